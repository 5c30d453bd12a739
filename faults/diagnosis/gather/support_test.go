package gather

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"message-processor/faults/diagnosis/logs"
)

const (
	id  = "mp1-12575-7-1"
	env = "/v1/organizations/acme/environments/test"
	tx  = env + "/transactions/" + id
)

// gateway answers paths of the management API. A path that is not there is ErrNotFound.
type gateway map[string]string

func (g gateway) fetch(ctx context.Context, path, _ string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if text, ok := g[path]; ok {
		return []byte(text), nil
	}
	return nil, ErrNotFound
}

// failing is a gateway that knows the call and says all it can, secrets included: none of it may get through.
func failing() gateway {
	return gateway{
		"/v1/runtime/about": `{"version":"1","commit":"c","go":"go1.26","os":"linux","host":"mp1","pid":7,"organization":"acme","environment":"test",` +
			`"gateway":"http://127.0.0.1:9001","system_log":"-"}`,
		tx + "/summary": `{"time":"2026-11-22T10:15:42.33Z","organization":"acme","environment":"test","api":"orders","revision":3,` +
			`"client":"198.51.100.11:40022","method":"GET","path":"/v1/orders?apikey=pl4nted&id=17","status":502,` +
			`"fault":"messaging.adaptors.http.BadGateway","fault_string":"Bad Gateway","fault_source":"target","duration_ms":2040,` +
			`"message_id":"` + id + `","trace_id":"0af7","target":"orders.example.com:443","channel":"SSLClientChannel[...]",` +
			`"steps":[{"name":"connect","offset_ms":1,"duration_ms":4},{"name":"tls handshake","offset_ms":5,"duration_ms":2000,"failed":true}],` +
			`"verdict":{"id":"firewall-drops-data","summary":"Nothing we send arrives.","evidence":["Sent 7 times."],"next_step":"Ask the network team."}}`,
		tx: `{"point":[{"results":[{"ActionResult":"ErrorMessage","reasonPhrase":"Bad Gateway",` +
			`"content":"{\"fault\":{\"faultstring\":\"Bad Gateway\",\"detail\":{\"errorcode\":\"messaging.adaptors.http.flow.BadGateway\"}}}"}]}]}`,
		tx + "/trace.xml":         "<DebugSession>" + id + "</DebugSession>\n",
		tx + "/curl":              `{"command":"curl -i 'http://127.0.0.1:9001/v1/orders?apikey='\"$APIKEY\"'&id=17'","variables":["APIKEY"],"notes":["A note."]}`,
		tx + "/log":               canonical([]string{eventLine(id, "handshake timeout token=pl4nted")}),
		"/v1/classification/tree": `[{"basePath":"/v1/orders","api":"orders","revision":"3","target":"https://joe:pl4nted@orders.example.com:443/api?sig=pl4nted"}]`,
		"/readyz":                 "ok\n",
		"/metrics":                "apigee_faults_total{api=\"orders\",code=\"messaging.adaptors.http.BadGateway\"} 3\nx{password=\"pl4nted\"} 1\n",
		env + "/faults":           `[{"path":"/x?token=pl4nted"}]`,
		env + "/apis/orders/revisions/3/settings":                                "proxies:\n  - name: orders\n    target:\n      url: https://h/?apikey=pl4nted\n",
		"/v1/runtime/organizations/acme/environments":                            `[ "test" ]`,
		"/v1/runtime/organizations/acme/environments/test/apis/orders/revisions": `[ "3" ]`,
	}
}

// options gather from a gateway into a new file.
func options(t *testing.T, g gateway) Options {
	t.Helper()
	playbookMustBeAbsent(t)
	return Options{MessageID: id, Output: filepath.Join(t.TempDir(), "incident.zip"), Fetch: g.fetch, Management: "http://joe:pl4nted@127.0.0.1:8082",
		Program: Program{Version: "1", Commit: "c", Go: "go1.26", OS: "linux", Arch: "amd64"}}
}

// playbookMustBeAbsent skips where the original is installed: its log would be read.
func playbookMustBeAbsent(t *testing.T) {
	t.Helper()
	for _, path := range logs.PlaybookPaths {
		if _, err := os.Stat(path); err == nil {
			t.Skip(path + " is there")
		}
	}
}

// mustRun gathers and returns the files, after checking what holds for every archive.
func mustRun(t *testing.T, o Options) (Result, map[string]string) {
	t.Helper()
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	files := unzip(t, o.Output)
	checkManifest(t, files)
	for name, text := range files {
		if strings.Contains(text, planted) {
			at := strings.Index(text, planted)
			t.Errorf("%s holds a secret: %q", name, text[max(0, at-60):at+10])
		}
	}
	if len(result.Files) != len(files) {
		t.Errorf("%d files told, %d in the zip", len(result.Files), len(files))
	}
	return result, files
}

func unzip(t *testing.T, path string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := files[f.Name]; twice || f.Mode().Perm() != 0o600 {
			t.Errorf("%s is there twice, or has mode %v", f.Name, f.Mode())
		}
		files[f.Name] = string(content)
	}
	return files
}

// checkManifest compares sizes and sums; every other file must be listed.
func checkManifest(t *testing.T, files map[string]string) {
	t.Helper()
	var manifest struct {
		Files []File `json:"files"`
	}
	if err := json.Unmarshal([]byte(files[ManifestName]), &manifest); err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, f := range manifest.Files {
		sum := sha256.Sum256([]byte(files[f.Name]))
		if int64(len(files[f.Name])) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 || f.About == "" {
			t.Errorf("%+v is not what is in the zip", f)
		}
		listed = append(listed, f.Name)
	}
	slices.Sort(listed)
	if all := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return name == ManifestName }); !slices.Equal(all, listed) {
		t.Errorf("the zip has %v, the manifest %v", all, listed)
	}
}

// socketText is a socket in one line, "" for none.
func socketText(s socket, ok bool) string {
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s %s %s %d %d", s.local, s.remote, s.state, s.sendQueue, s.receiveQueue)
}

// has fails for every text that a file lacks.
func has(t *testing.T, files map[string]string, name string, wanted ...string) {
	t.Helper()
	text, ok := files[name]
	if !ok {
		t.Errorf("there is no %s", name)
	}
	for _, want := range wanted {
		if ok && !strings.Contains(text, want) {
			t.Errorf("%s has no %q:\n%s", name, want, text)
		}
	}
}

// why is the reason for which something is missing, "" if it is not.
func (r Result) why(what string) string {
	for _, m := range r.Missing {
		if m.What == what {
			return m.Why
		}
	}
	return ""
}

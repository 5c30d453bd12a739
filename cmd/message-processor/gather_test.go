package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unpacked are the files of a zip.
func unpacked(t *testing.T, path string) map[string]string {
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
			t.Fatal(f.Name, err)
		}
		files[f.Name] = string(content)
	}
	return files
}

// The round trip: a call with secrets everywhere fails, and what support gets about it hangs together and holds none.
func TestGatherPacksTheCallAndNoneOfItsSecrets(t *testing.T) {
	t.Parallel()
	const planted = "pl4nted"
	dir, backend := t.TempDir(), staysSilent(t, 1)
	config := write(t, filepath.Join(dir, "gateway.yaml"), "organization: shop\nenvironment: staging\nsystem_log: {path: system.log}\n"+
		"management: {username: admin, password_file: password}\nproxies:\n"+
		proxyYAML("orders", "/v1/orders", backend.url+"/api?sig="+planted, "handshake_timeout: 500ms"))
	password := write(t, filepath.Join(dir, "password"), planted+"\n")
	p := serving(t, "--config", config)
	request, _ := http.NewRequest("GET", p.gateway+"/v1/orders/17?apikey="+planted+"&id=17", nil)
	for field, value := range map[string]string{"Authorization": "Bearer " + planted, "Cookie": "session=" + planted, "X-Api-Key": planted} {
		request.Header.Set(field, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	id := answer.Header.Get("X-Apigee-Message-ID")
	file := filepath.Join(dir, "incident.zip")
	args := []string{"gather", "--message-id", id, "-o", file, "--management", p.management, "--username", "admin", "--password-file", password, "--config", config}
	gathering := start(t, args...)
	gathering.mustExit(t, exitGood)

	files := unpacked(t, file)
	for name, content := range files {
		if strings.Contains(content, planted) {
			t.Errorf("%s holds a planted secret", name)
		}
	}
	const handshake = "backend-silent"
	for name, parts := range map[string][]string{
		"trace.xml":         {id, "messaging.adaptors.http.BadGateway"},
		"system.log":        {"messageid:" + id + " ", "org:shop env:staging api:orders ", " handshake timeout\n"},
		"error-message.txt": {"502", "messaging.adaptors.http.flow.BadGateway"},
		"facts.txt":         {"shop", "staging", "orders", id},
		"probe.txt":         {"verdict: " + handshake},
		"playbook.txt":      {"Verdict: " + handshake},
		"index.html":        {id, "did not answer"},
		"versions.txt":      {"message-processor "},
	} {
		for _, part := range parts {
			if !strings.Contains(files[name], part) {
				t.Errorf("%q is not in %s:\n%.2000s", part, name, files[name])
			}
		}
	}
	checkManifest(t, files)
	runsAgain(t, write(t, filepath.Join(dir, "curl.sh"), files["curl.sh"]))

	again := start(t, args...)
	again.mustExit(t, exitFailed)
	if !strings.Contains(again.stderr.String(), "overwrites nothing") {
		t.Error(again.stderr.String())
	}
}

// checkManifest compares the checksums with the files.
func checkManifest(t *testing.T, files map[string]string) {
	t.Helper()
	var manifest struct {
		Files []struct{ Name, SHA256 string }
	}
	if err := json.Unmarshal([]byte(files["manifest.json"]), &manifest); err != nil || len(manifest.Files) != len(files)-1 {
		t.Fatalf("%v, %d files of %d", err, len(manifest.Files), len(files))
	}
	for _, f := range manifest.Files {
		if sum := sha256.Sum256([]byte(files[f.Name])); hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s: the checksum does not match", f.Name)
		}
	}
}

// runsAgain runs the curl command: it fails as the call did.
func runsAgain(t *testing.T, script string) {
	t.Helper()
	component(t, "curl")
	out, err := exec.Command("sh", script).Output()
	if err != nil || !strings.Contains(string(out), "502 Bad Gateway") || !strings.Contains(string(out), "messaging.adaptors.http.flow.BadGateway") {
		t.Errorf("the curl command: %v\n%s", err, out)
	}
}

func TestGatherWithoutAGatewayOrAKnownCallWritesNothing(t *testing.T) {
	t.Parallel()
	p := serving(t)
	file := filepath.Join(t.TempDir(), "x.zip")
	for want, management := range map[string]string{"nothing is known about this message id": p.management, "connection refused": "http://127.0.0.1:9"} {
		g := start(t, "gather", "--message-id", "mp1-1-1-1", "-o", file, "--management", management, "--system-log", os.DevNull)
		g.mustExit(t, exitFailed)
		if !strings.Contains(g.stderr.String(), want) {
			t.Errorf("%q is not in:\n%s", want, &g.stderr)
		}
		if _, err := os.Stat(file); err == nil {
			t.Error("a file is left")
		}
	}
}

// Ctrl-C during the probe of a backend that hangs.
func TestGatherThatIsInterruptedLeavesNothing(t *testing.T) {
	t.Parallel()
	dir, backend := t.TempDir(), staysSilent(t, 2)
	p := serving(t, "--config", write(t, filepath.Join(dir, "gateway.yaml"), "proxies:\n"+proxyYAML("a", "/a", backend.url, "handshake_timeout: 2s")))
	r := mustGet(t, p.gateway+"/a")
	out := t.TempDir()
	g := start(t, "gather", "--message-id", r.id(), "-o", filepath.Join(out, "x.zip"), "--management", p.management)
	<-backend.waiting
	g.signal(t, syscall.SIGINT)
	g.mustExit(t, exitFailed)
	if left, _ := os.ReadDir(out); len(left) > 0 || !strings.Contains(g.stderr.String(), "nothing was written") {
		t.Errorf("%v is left; said\n%s", left, &g.stderr)
	}
}

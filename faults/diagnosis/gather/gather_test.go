package gather

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePrivateFormHasEverythingOnTheList(t *testing.T) {
	o := options(t, failing())
	o.SystemLog = logFile(t, eventLine("other-1-1-1", "before"), eventLine(id, "handshake timeout password=pl4nted"), eventLine("other-1-2-1", "after"))
	o.Capture = filepath.Join(t.TempDir(), "x.pcapng")
	os.WriteFile(o.Capture, ngFile(binary.LittleEndian, linkRaw), 0o600)
	o.Config = filepath.Join(t.TempDir(), "gateway.yaml")
	os.WriteFile(o.Config, []byte("organization: acme\nmanagement: {password: pl4nted}\n"), 0o600)
	var asked string
	o.Probe = func(_ context.Context, url string, _ []byte) (string, []byte, error) {
		asked = url
		return "firewall-drops-data\x1b[2J\nCookie: pl4nted\n", []byte(`{"verdict":"x","token":"pl4nted"}`), nil
	}
	result, files := mustRun(t, o)
	if len(result.Missing) != 0 && result.why("state/sockets.txt") == "" {
		t.Errorf("missing: %v", result.Missing)
	}
	if asked != "https://orders.example.com:443/api" {
		t.Errorf("probed %s", asked)
	}
	has(t, files, "facts.txt", "Organization:  acme", "Environment:   test", "API proxy:     orders", "Revision:      3", id)
	has(t, files, "error-message.txt", "HTTP/1.1 502 Bad Gateway", "Error code: messaging.adaptors.http.flow.BadGateway",
		"Trace fault code: messaging.adaptors.http.BadGateway", `{"fault":{"faultstring":"Bad Gateway"`)
	has(t, files, "curl.sh", "#!/bin/sh\n", "\nAPIKEY=${APIKEY:-your-apikey}\ncurl -i 'http://127.0.0.1:9001/v1/orders?apikey='\"$APIKEY\"'&id=17'\n", "# A note.")
	has(t, files, "trace.xml", id)
	has(t, files, "system.log", "messageid:"+id, "handshake timeout")
	has(t, files, "system-log-surroundings.txt", "        1  ", ">       2  ", "other-1-2-1")
	has(t, files, "configuration/proxy.yaml", "name: orders")
	has(t, files, "configuration/gateway.yaml", "organization: acme")
	has(t, files, "probe.txt", "firewall-drops-data␛[2J\n")
	has(t, files, "playbook.txt", "tried      Connect to the backend", "apigee_faults_total{", "Next step: Ask the network team.")
	has(t, files, "versions.txt", "message-processor 1, commit c, go1.26", "host mp1, process 7")
	has(t, files, "state/metrics.txt", "apigee_faults_total")
	has(t, files, "capture.pcapng", string(clientHello))
	for _, name := range []string{"probe.json", "state/about.json", "state/classification-tree.json", "state/environments.json",
		"state/revisions.json", "state/faults.json", "state/readyz.txt", "summary.json"} {
		has(t, files, name)
	}
	if info, err := os.Stat(o.Output); err != nil || info.Mode().Perm() != 0o600 || info.Size() != result.Bytes {
		t.Errorf("%v %v", info.Mode(), err)
	}
	has(t, files, "index.html", "TLS session secrets", "In 2 packets")
}

func TestThePublicFormHasNothingOfTheGatewaysInside(t *testing.T) {
	o := options(t, failing())
	o.Form = Public
	o.SystemLog = logFile(t, eventLine(id, "x"))
	o.Probe = func(context.Context, string, []byte) (string, []byte, error) {
		t.Error("the target was tried")
		return "", nil, nil
	}
	result, files := mustRun(t, o)
	for name := range files {
		if strings.HasPrefix(name, "state/") || strings.HasPrefix(name, "configuration/") || strings.Contains(name, "log") {
			t.Errorf("%s is in the public form", name)
		}
	}
	has(t, files, "curl.sh", "curl -i")
	has(t, files, "trace.xml", id)
	has(t, files, "index.html", "public cloud form")
	if strings.Contains(files["index.html"], "NIOThread") {
		t.Error("the page shows system.log")
	}
	if result.why("packet capture") == "" || len(result.Missing) != 1 {
		t.Errorf("%v", result.Missing)
	}
}

func TestWithoutTheGatewayTheLogIsEnough(t *testing.T) {
	o := options(t, nil)
	o.Fetch = func(context.Context, string, string) ([]byte, error) { return nil, errors.New("no gateway answers") }
	o.SystemLog = logFile(t, eventLine(id, "SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@1 useCount=1 isOpen=true handshake timeout"))
	result, files := mustRun(t, o)
	has(t, files, "facts.txt", "API proxy:     orders", "Revision:      3", "Target:        203.0.113.7:443")
	has(t, files, "system.log", id)
	has(t, files, "index.html", "What is missing, and why", "no gateway answers", "handshake timeout")
	for _, what := range []string{"gateway", "trace file", "curl command", "error message", "packet capture", "API proxy in force", "probe of the target"} {
		if result.why(what) == "" {
			t.Errorf("%s is not told to be missing: %v", what, result.Missing)
		}
	}
}

func TestLinesThatWereRotatedAwayAreFoundToo(t *testing.T) {
	o := options(t, gateway{})
	o.SystemLog = logFile(t, eventLine("other-1-1-1", "x"))
	if err := os.WriteFile(o.SystemLog+".1", []byte(eventLine(id, "handshake timeout")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, files := mustRun(t, o)
	has(t, files, "system.log", "messageid:"+id)
	has(t, files, "system-log-surroundings.txt", ">       1  ")
}

func TestACallThatNobodyKnowsIsAnErrorAndLeavesNothing(t *testing.T) {
	g := failing()
	for path := range g {
		if strings.HasPrefix(path, tx) {
			delete(g, path)
		}
	}
	o := options(t, g)
	o.SystemLog = logFile(t, eventLine("other-1-1-1", "x"))
	_, err := Run(t.Context(), o)
	if !errors.Is(err, ErrNowhere) || !strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), "no line of it in ") {
		t.Errorf("%v", err)
	}
	leavesNothing(t, o.Output)
}

// leavesNothing checks that the directory of an output is empty.
func leavesNothing(t *testing.T, output string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(output))
	if err != nil || len(entries) != 0 {
		t.Errorf("left: %v %v", entries, err)
	}
}

func TestTheGatewaysOwnCaptureIsFoundAndIsEnough(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, id+".pcapng"), ngFile(binary.LittleEndian, linkRaw), 0o600)
	o := options(t, gateway{"/v1/runtime/about": `{"organization":"acme","environment":"test","capture_directory":"` + dir + `"}`})
	_, files := mustRun(t, o)
	has(t, files, "capture.pcapng", string(clientHello))
}

func TestWordsThatTheCallerKnowsToBeSecretAreTakenOut(t *testing.T) {
	g := failing()
	g["/readyz"] = "well, " + planted + "x\n"
	g[tx+"/trace.xml"] = "<a>" + planted + "x</a>"
	o := options(t, g)
	o.Secrets = []string{planted + "x", "ok"}
	_, files := mustRun(t, o)
	has(t, files, "state/readyz.txt", "well, *****")
	has(t, files, "trace.xml", "<a>*****</a>")
}

// An interruption at whatever question ends the run, and leaves nothing.
func TestAnInterruptedRunLeavesNothing(t *testing.T) {
	questions := 0
	count := options(t, failing())
	fetch := count.Fetch
	count.Fetch = func(ctx context.Context, path, accept string) ([]byte, error) {
		questions++
		return fetch(ctx, path, accept)
	}
	mustRun(t, count)
	if questions < 8 {
		t.Fatalf("only %d questions", questions)
	}
	for stop := 1; stop <= questions; stop++ {
		o := options(t, failing())
		ctx, cancel := context.WithCancel(t.Context())
		asked := 0
		o.Fetch = func(ctx context.Context, path, accept string) ([]byte, error) {
			if asked++; asked == stop {
				cancel()
			}
			return fetch(ctx, path, accept)
		}
		if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted at question %d: %v", stop, err)
		}
		leavesNothing(t, o.Output)
		cancel()
	}
}

func TestWrongOptionsAreRefusedBeforeAnythingIsAsked(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no id": func(o *Options) { o.MessageID = "" }, "a path for an id": func(o *Options) { o.MessageID = "../../etc/passwd" },
		"a blank": func(o *Options) { o.MessageID = "a b" }, "an endless id": func(o *Options) { o.MessageID = strings.Repeat("x", 300) },
		"no file": func(o *Options) { o.Output = "" }, "a third form": func(o *Options) { o.Form = "hybrid" },
	} {
		o := options(t, failing())
		change(&o)
		o.Fetch = func(context.Context, string, string) ([]byte, error) {
			t.Errorf("%s: the gateway was asked", name)
			return nil, ErrNotFound
		}
		if _, err := Run(t.Context(), o); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"message-processor/faults/diagnosis/logs"
)

func runLog(stdin string, args ...string) (code int, out, talk string) {
	var o, e bytes.Buffer
	code = run(append([]string{"log"}, args...), streams{in: strings.NewReader(stdin), out: &o, err: &e})
	return code, o.String(), e.String()
}

// What the line says never contradicts what the trace, which knows more, says.
func TestTheVerdictOfALineAgreesWithTheTrace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "system.log")
	p := serving(t, "--system-log", file, "--handshake-timeout", "500ms", "--io-timeout", "500ms", "--connect-timeout", "500ms")
	known := 0
	for _, name := range []string{"tls-silent", "tls-close", "tls-reset", "tls-expired", "tls-wrong-name", "tls-unknown-ca", "tls-alert",
		"connect-refused", "connect-timeout", "dns-failure", "response-silent", "response-stalls", "eof-before-response", "eof-in-body", "big-headers"} {
		r := mustGet(t, p.gateway+"/lab/"+name)
		var trace struct{ Verdict struct{ ID string } }
		eventually(t, "the trace of "+name, func() bool {
			summary := mustGet(t, p.management+"/v1/organizations/acme/environments/test/transactions/"+r.id()+"/summary")
			return summary.status == 200 && json.Unmarshal([]byte(summary.body), &trace) == nil
		})
		var found loggedEvents
		eventually(t, "the line of "+name, func() bool { return strings.Contains(read(t, file), r.id()) })
		code, out, talk := runLog("", r.id(), "--system-log", file, "--json")
		if err := json.Unmarshal([]byte(out), &found); code != 0 || err != nil || len(found.Events) != 1 || found.Fault == "" {
			t.Fatalf("%s: %d %v %s%s", name, code, err, out, talk)
		}
		if found.Fault != r.header.Get("X-Apigee-fault-code") {
			t.Errorf("%s: the line says %s, the answer %s", name, found.Fault, r.header.Get("X-Apigee-fault-code"))
		}
		if v := found.Verdict; v != nil && v.ID != "inconclusive" {
			known++
			if string(v.ID) != trace.Verdict.ID {
				t.Errorf("%s: the line says %s, the trace %s", name, v.ID, trace.Verdict.ID)
			}
		}
	}
	if known < 8 {
		t.Errorf("only %d lines have a verdict", known)
	}
}

func TestLogFindsTheWholeEventAcrossRotatedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	head := "2026-11-25 10:00:00,000  org:o env:e api:a rev:1 messageid:mp1-1-1-1 NIOThread@1 ERROR HTTP.CLIENT - "
	write(t, path+".1", head+"first\n\tat com.example.A(B.java:1)\nnot mine\n"+strings.Replace(head, "mp1-1-1-1", "mp1-1-1-12", 1)+"another\n")
	write(t, path, head+"second \x1b[2J\n")
	code, out, talk := runLog("", "mp1-1-1-1", "--system-log", path)
	want := head + "first\n\tat com.example.A(B.java:1)\nnot mine\n" + head + "second"
	if code != 0 || !strings.HasPrefix(out, want) || strings.ContainsAny(out, "\x1b") || strings.Contains(out, "another") {
		t.Errorf("%d\n%s%s", code, out, talk)
	}
	code, out, _ = runLog(read(t, path), "mp1-1-1-1", "--system-log", "-")
	if code != 0 || !strings.Contains(out, "second") {
		t.Errorf("standard input: %d\n%s", code, out)
	}
}

func TestLogSaysWhatIsWrong(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "system.log"), "nothing\n")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"mp1-1-1-1", "--system-log", path}, exitFailed, "no line of mp1-1-1-1 in "},
		{[]string{"mp1-1-1-1", "--system-log", path + "x"}, exitFailed, "no such file"},
		{[]string{"mp1-1-1-1"}, exitFailed, logs.PlaybookPaths[0] + " or " + logs.PlaybookPaths[1]},
		{nil, exitUsage, "log needs a MESSAGE_ID"},
		{[]string{"a b"}, exitUsage, "is no message id"},
		{[]string{"--faults", "--since", "yesterday", "--system-log", path}, exitUsage, "--since: is \"yesterday\""},
	} {
		if code, _, talk := runLog("", c.args...); code != c.code || !strings.Contains(talk, c.want) {
			t.Errorf("%q: %d %s", c.args, code, talk)
		}
	}
}

// The issue of gigabytes: no slower than twice grep -F on the same file in the same run. The best of several rounds counts,
// because other tests run beside it.
func TestLogIsAboutAsFastAsGrep(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200 MB")
	}
	grep, err := exec.LookPath("grep")
	if err != nil {
		t.Skip("needs grep")
	}
	path := filepath.Join(t.TempDir(), "system.log")
	writeLargeLog(t, path, 200<<20)
	binary := builtForSpeed(t)
	const id = "mp1-12575-999999-7"
	best := map[string]time.Duration{}
	for range 7 {
		for name, command := range map[string]*exec.Cmd{
			"grep": exec.Command(grep, "-F", id, path),
			"log":  exec.Command(binary, "log", id, "--system-log", path),
		} {
			began := time.Now()
			out, err := command.Output()
			if took := time.Since(began); best[name] == 0 || took < best[name] {
				best[name] = took
			}
			if err != nil || strings.Count(string(out), "messageid:"+id+" ") != 1 {
				t.Fatalf("%s: %v\n%.500s", name, err, out)
			}
		}
	}
	t.Logf("200 MB: log %v, grep -F %v, ratio %.2f", best["log"], best["grep"], float64(best["log"])/float64(best["grep"]))
	if best["log"] > 2*best["grep"] {
		t.Errorf("log takes %v, grep -F %v", best["log"], best["grep"])
	}
}

// builtForSpeed is the program without the race detector.
func builtForSpeed(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "message-processor")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// writeLargeLog writes lines of many calls, the one that is looked for near the end.
func writeLargeLog(t *testing.T, path string, size int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var block bytes.Buffer
	for written, n := 0, 0; written < size; n++ {
		fmt.Fprintf(&block, "2026-11-25 10:00:00,%03d  org:acme env:test api:orders rev:3 messageid:mp1-12575-%d-7 NIOThread@%d ERROR HTTP.CLIENT - HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@%d useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout\n", n%1000, n, n%16, n)
		if block.Len() > 1<<20 {
			written += block.Len()
			if written >= size {
				fmt.Fprintf(&block, "2026-11-25 10:00:00,000  org:acme env:test api:orders rev:3 messageid:mp1-12575-999999-7 NIOThread@1 ERROR HTTP.CLIENT - the one\n")
			}
			if _, err := block.WriteTo(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

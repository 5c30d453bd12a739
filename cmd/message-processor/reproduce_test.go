package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// varies is what may differ between two lines of the same failure: ids, addresses, milliseconds, masked revisions, and the length
// of the request.
var varies = regexp.MustCompile(`messageid:\S+|NIOThread@\d+|(Remote|Local):[\dX.:]+|@\d+|rev:\S+|\d+ms|bytesWritten=[1-9]\d*`)

// when is the time of a line; the playbook quotes its line without one.
var when = regexp.MustCompile(`^\d{4}-\S+ \S+  `)

func sameButForIDs(a, b string) bool {
	essence := func(line string) string {
		return varies.ReplaceAllString(when.ReplaceAllString(strings.TrimSpace(line), ""), "#")
	}
	return essence(a) == essence(b)
}

// reproduced runs the command for one request and returns its exit code and the two lines it compares.
func reproduced(t *testing.T, file string, args ...string) (p *process, then, now string) {
	t.Helper()
	p = start(t, append([]string{"reproduce", file, "--once"}, args...)...)
	if _, err := p.exit(); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(p.stdout.String()) {
		if rest, ok := strings.CutPrefix(line, "then: "); ok {
			then = rest
		}
		if rest, ok := strings.CutPrefix(line, "now:  "); ok {
			now = rest
		}
	}
	return p, then, now
}

func TestThePlaybooksLineIsReproduced(t *testing.T) {
	t.Parallel()
	const seed = "org:xxx env:xxx api:xxx rev:x messageid:<MESSAGE_ID> NIOThread@1 ERROR HTTP.CLIENT - HTTPClient$Context.handshakeTimeout() : " +
		"SSLClientChannel[Connected: Remote:X.X.X.X:443 Local:X.X.X.X]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout"
	dir := t.TempDir()
	kept := filepath.Join(dir, "kept.yaml")
	p, then, now := reproduced(t, write(t, filepath.Join(dir, "seed.log"), seed+"\n"), "--speed", "100x", "--write-config", kept)
	p.mustExit(t, exitGood)
	if strings.TrimSpace(then) != seed || !sameButForIDs(then, now) {
		t.Errorf("then: %s\nnow:  %s", then, now)
	}
	if out := p.stdout.String(); !strings.Contains(out, "answer: HTTP/1.1 502 Bad Gateway after 5") {
		t.Error(out)
	}
	check := start(t, "check", "--config", kept)
	check.mustExit(t, exitGood)
	again := start(t, "reproduce", filepath.Join(dir, "seed.log"), "--once", "--write-config", kept)
	again.mustExit(t, exitFailed)
	if !strings.Contains(again.stderr.String(), "is not overwritten") {
		t.Error(again.stderr.String())
	}
}

// Every fault that the lab's backends cause comes out again from nothing but its line.
func TestFaultsAreReproducedFromTheirLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "system.log")
	p := serving(t, "--system-log", log, "--handshake-timeout", "300ms", "--io-timeout", "300ms", "--connect-timeout", "3s")
	for _, name := range []string{"tls-silent", "tls-close", "tls-expired", "tls-unknown-ca", "tls-wrong-name", "tls-alert", "connect-refused", "dns-failure",
		"response-silent", "response-stalls", "eof-before-response", "eof-in-body", "big-headers", "big-line", "405-without-allow", "malformed-response", "bad-gzip"} {
		r := mustGet(t, p.gateway+"/lab/"+name)
		eventually(t, "the line of "+name, func() bool { return strings.Contains(read(t, log), r.id()) })
		p, then, now := reproduced(t, log, "--message-id", r.id())
		p.mustExit(t, exitGood)
		if !sameButForIDs(then, now) {
			t.Errorf("%s\nthen: %s\nnow:  %s", name, then, now)
		}
	}
}

func TestATraceFileIsReproduced(t *testing.T) {
	t.Parallel()
	gateway := serving(t, "--handshake-timeout", "1s")
	var trace struct{ Point []json.RawMessage }
	r := mustGet(t, gateway.gateway+"/lab/tls-silent")
	url := gateway.management + "/v1/organizations/acme/environments/test/transactions/" + r.id()
	eventually(t, "the trace", func() bool {
		return json.Unmarshal([]byte(mustGet(t, url).body), &trace) == nil && len(trace.Point) > 0
	})
	file := write(t, filepath.Join(t.TempDir(), "trace.xml"), mustGet(t, url+"/trace.xml").body)
	p, _, now := reproduced(t, file, "--speed", "5x")
	p.mustExit(t, exitGood)
	if !strings.Contains(now, "api:lab-tls-silent rev:1") || !strings.Contains(now, "handshake timeout") || !strings.Contains(p.stderr.String(), "handshake_timeout: 200ms") {
		t.Errorf("%s%s", now, &p.stderr)
	}
}

func TestReproduceSaysWhatItWants(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "x"), "hello\n")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{file}, exitFailed, "wanted are lines of system.log with a fault, a trace file (XML), or a packet capture"},
		{[]string{file + "x"}, exitFailed, "no such file"},
		{[]string{file, "--speed", "fast"}, exitUsage, `--speed: is "fast"`},
		{nil, exitUsage, "reproduce needs one FILE"},
	} {
		p := start(t, append([]string{"reproduce"}, c.args...)...)
		p.mustExit(t, c.code)
		if !strings.Contains(p.stderr.String(), c.want) {
			t.Errorf("%q: %s", c.args, &p.stderr)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
		t.Error(left)
	}
}

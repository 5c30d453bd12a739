package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"message-processor/tracing/systemlog"
)

// faulty sends n requests that end in a fault with a line in system.log, eight at a time, and returns their message ids.
func faulty(t *testing.T, gateway string, n int) []string {
	t.Helper()
	ids, free := make([]string, n), make(chan struct{}, 8)
	var all sync.WaitGroup
	for i := range n {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			r, err := get(gateway + "/lab/connect-refused")
			if err != nil || r.status != 503 {
				t.Errorf("connect-refused: %d, %v", r.status, err)
			}
			ids[i] = r.id()
		})
	}
	all.Wait()
	return ids
}

// logged reads a system.log with what was rotated away from it, oldest first.
func logged(t *testing.T, path string) string {
	t.Helper()
	rotated, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for n := len(rotated); n > 0; n-- {
		text.WriteString(read(t, fmt.Sprintf("%s.%d", path, n)))
	}
	return text.String() + read(t, path)
}

// missing are the ids without exactly one line.
func missing(text string, ids []string) (wrong []string) {
	lines := map[string]int{}
	for line := range strings.Lines(text) {
		if _, rest, found := strings.Cut(line, "messageid:"); found {
			id, _, _ := strings.Cut(rest, " ")
			lines[id]++
		}
	}
	for _, id := range ids {
		if lines[id] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: %d lines", id, lines[id]))
		}
	}
	return wrong
}

func TestALogFileThatWasRemovedComesBackByItself(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "system.log")
	p := serving(t, "--system-log", file)
	faulty(t, p.gateway, 1)
	eventually(t, "a first line", func() bool { return strings.Contains(read(t, file), "connect-refused") })
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the file is back", func() bool {
		faulty(t, p.gateway, 1)
		_, err := os.Stat(file)
		return err == nil
	})
	ids := faulty(t, p.gateway, 20)
	p.stop(t)
	if wrong := missing(read(t, file), ids); wrong != nil {
		t.Error(wrong)
	}
}

// A receiver that takes the connection and never answers, as one that is overloaded does.
func TestASpanReceiverThatHangsHarmsNeitherRequestsNorTheEnd(t *testing.T) {
	receiver := staysSilent(t, 1)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", strings.Replace(receiver.url, "https:", "http:", 1))
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "shutdown_timeout: 1s\nlab: [{name: fine, does: healthy}]\n")
	p := serving(t, "--config", file)
	for range 200 {
		if r := mustGet(t, p.gateway+"/lab/fine"); r.status != 200 {
			t.Fatal(r.status)
		}
	}
	eventually(t, "an upload", func() bool { return receiver.accepted.Load() > 0 })
	p.signal(t, syscall.SIGTERM)
	began := time.Now()
	p.mustExit(t, exitGood)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %v, with a shutdown_timeout of 1s", took)
	}
	if said := linesWith(p.stdout.String(), " spans"); len(said) == 0 || len(said) > 5 {
		t.Errorf("said of the loss: %q", said)
	}
}

func TestAProcessOutOfDescriptorsServesAgainWhenThereAreSome(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("message-processor")
	if err != nil {
		t.Fatal(err)
	}
	p := beside(t, exec.Command("sh", "-c", "ulimit -n 90; exec "+path+" serve --listen 127.0.0.1:0 --management 127.0.0.1:0 --target "+named(t, "a")))
	ready, err := p.await(&p.stderr, readyLine)
	if err != nil {
		t.Fatal(err)
	}
	var open []net.Conn
	for range 150 {
		conn, err := net.Dial("tcp", ready[1])
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	if err := p.until(&p.stdout, func(text string) bool { return strings.Contains(text, "too many open files") }); err != nil {
		t.Error("nothing is said of it: ", err)
	}
	for _, conn := range open {
		conn.Close()
	}
	expectBody(t, "http://"+ready[1]+"/x", 200, "a /x")
	if said := linesWith(p.stdout.String(), "too many open files"); len(said) > 10 {
		t.Errorf("%d lines of it", len(said))
	}
}

// Killed while lines are written and files rotated, again and again: what was written stays, whole, and the rotation goes on.
func TestAKillDuringLogRotationLosesNoWrittenLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "system.log")
	file := write(t, filepath.Join(dir, "gateway.yaml"), "system_log: {path: "+log+", max_size_mb: 1, max_files: 9}\n"+
		"lab: [{name: connect-refused, does: connect-refused}]\n")
	padded := "/lab/connect-refused/" + strings.Repeat("x", 7000)
	var settled []string
	for range 3 {
		p := serving(t, "--config", file)
		ids := faulty(t, p.gateway, 20)
		eventually(t, "the first lines are written", func() bool { return missing(logged(t, log), ids) == nil })
		settled = append(settled, ids...)
		var busy sync.WaitGroup
		for range 4 {
			busy.Go(func() {
				for {
					if _, err := get(p.gateway + padded); err != nil {
						return // killed
					}
				}
			})
		}
		before := len(rotations(t, log))
		eventually(t, "a rotation", func() bool { return len(rotations(t, log)) > before })
		p.kill()
		busy.Wait()
	}
	text := logged(t, log)
	if wrong := missing(text, settled); wrong != nil {
		t.Error(wrong)
	}
	torn := 0
	for line := range strings.Lines(text) {
		if !systemlog.StartsEvent(line) || !strings.HasSuffix(line, "\n") {
			torn++
		}
	}
	if torn > 3 {
		t.Errorf("%d torn lines of three kills", torn)
	}
}

func rotations(t *testing.T, log string) []string {
	t.Helper()
	files, err := filepath.Glob(log + ".*")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// An editor that saves in pieces, or a full disk: the file ends somewhere in the middle.
func TestAHalfWrittenConfigurationIsRefusedUntilItIsWhole(t *testing.T) {
	t.Parallel()
	whole := "proxies:\n" + proxyYAML("a", "/a", named(t, "a")) + proxyYAML("b", "/b", named(t, "b")) +
		"limits: {in_flight: 1000, client_connections: 1000}\n"
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), whole)
	p := serving(t, "--config", file)
	write(t, file, whole[:strings.Index(whole, "client_connections")+5])
	p.reload(t, "the old one keeps serving")
	expectBody(t, p.gateway+"/b/x", 200, "b /x")
	write(t, file, whole)
	p.reload(t, "configuration reloaded")
	expectBody(t, p.gateway+"/b/x", 200, "b /x")
	p.stop(t)
}

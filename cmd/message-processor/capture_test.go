//go:build linux

package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"message-processor/faults/lab"
)

// The playbook's evidence, twenty times for each of the two causes that look alike: the gateway answers 502, `capture` has
// the packets, `analyze` names the cause with their numbers, and so do the captures the gateway keeps by itself.
func TestCapturesTellAFirewallFromASilentBackend(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	running, err := lab.Start(t.Context(), lab.Options{Names: []string{"healthy", "tls-silent"}})
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	well, silent := running.Backends()[0], running.Backends()[1]
	firewall(t, dropsPayload(portOf(t, well.Address)))

	dir := t.TempDir()
	kept, file := filepath.Join(dir, "kept"), filepath.Join(dir, "all.pcapng")
	p := serving(t, "--config", write(t, filepath.Join(dir, "gateway.yaml"),
		"defaults: {handshake_timeout: 2s}\ncapture: {on_fault: true, directory: "+kept+"}\nproxies:\n"+
			proxyYAML("well", "/well", well.URL)+proxyYAML("silent", "/silent", silent.URL)))
	recorder := start(t, "capture", "--host", "127.0.0.1", "--port", portOf(t, well.Address), "--port", portOf(t, silent.Address), "-w", file)
	recorder.mustAwait(t, &recorder.stderr, "capturing ")

	const runs = 20
	ids := map[string][]string{}
	var mutex sync.Mutex
	var all sync.WaitGroup
	for range runs {
		for _, path := range []string{"/well", "/silent"} {
			all.Go(func() {
				r, err := get(p.gateway + path)
				if err != nil || r.status != 502 || !strings.Contains(r.body, "messaging.adaptors.http.flow.BadGateway") {
					t.Errorf("%s: %+v, %v", path, r, err)
				}
				mutex.Lock()
				ids[path] = append(ids[path], r.id())
				mutex.Unlock()
			})
		}
	}
	all.Wait()
	captures := func() int { found, _ := filepath.Glob(filepath.Join(kept, "*.pcapng")); return len(found) }
	eventually(t, "a capture of every transaction", func() bool { return captures() == 2*runs })
	recorder.signal(t, syscall.SIGINT)
	recorder.mustExit(t, exitGood)

	whole := analyzeFile(t, file)
	for path, b := range map[string]struct{ address, want string }{"/well": {well.Address, "firewall-drops-data"}, "/silent": {silent.Address, "backend-silent"}} {
		if found := whole.verdictsOf(b.address); len(found) != runs {
			t.Errorf("%s: %d connections in the capture, want %d", path, len(found), runs)
		}
		whole.check(t, path, b.address, b.want)
		for _, id := range ids[path] {
			own := analyzeFile(t, filepath.Join(kept, id+".pcapng"))
			own.check(t, id, b.address, b.want)
			if len(own.Connections) != 1 || own.Comment != id {
				t.Errorf("the capture of %s has %d connections, comment %q", id, len(own.Connections), own.Comment)
			}
		}
		pages := 0
		for _, id := range ids[path] {
			page := mustGet(t, p.management+"/faults/"+id)
			if page.status != http.StatusOK {
				continue // only the last faults are kept
			}
			if pages++; strings.Count(page.body, b.want) < 2 {
				t.Errorf("%s: the trace page does not say %s twice, once from the packets", path, b.want)
			}
		}
		if pages == 0 {
			t.Errorf("%s: no trace is kept", path)
		}
	}
	for i := range whole.Connections {
		c := &whole.Connections[i]
		if c.Server.String() == well.Address && (c.Retransmissions < 3 || !strings.Contains(strings.Join(c.Verdict.Evidence, "\n"), "packets ")) {
			t.Errorf("connection %d: %d retransmissions, evidence %q", c.Number, c.Retransmissions, c.Verdict.Evidence)
		}
	}
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// tsharkOn runs tshark on a file and returns its lines.
func tsharkOn(t *testing.T, file string, args ...string) []string {
	t.Helper()
	return strings.Split(strings.TrimSpace(toEnd(t, component(t, "tshark"), append([]string{"-r", file}, args...)...)), "\n")
}

// A backend that took the request and never answered. With the secrets in the file Wireshark shows what was asked.
func TestACaptureWithSecretsIsOpenedDecrypted(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	holds := make(chan struct{})
	backend := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-holds }))
	defer backend.Close()
	defer close(holds)
	for _, secrets := range []string{"true", "false"} {
		dir := t.TempDir()
		p := serving(t, "--config", write(t, filepath.Join(dir, "gateway.yaml"),
			"capture: {on_fault: true, directory: kept, tls_secrets: "+secrets+"}\nproxies:\n"+
				proxyYAML("a", "/a", backend.URL, "io_timeout: 300ms", "tls: {verify: none}")))
		if said := strings.Contains(p.stderr.String(), "whoever can read a capture"); said != (secrets == "true") {
			t.Errorf("tls_secrets: %s: the warning is there: %v", secrets, said)
		}
		r := mustGet(t, p.gateway+"/a/secret-path")
		file := filepath.Join(dir, "kept", r.id()+".pcapng")
		eventually(t, "the capture", func() bool { _, err := os.Stat(file); return err == nil })
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info.Mode(), err)
		}
		requests := tsharkOn(t, file, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri")
		if secrets == "true" && (len(requests) != 1 || requests[0] != "/secret-path") {
			t.Errorf("tshark sees the requests %q", requests)
		}
		if content := read(t, file); secrets == "false" && (requests[0] != "" || strings.Contains(content, "CLIENT_")) {
			t.Errorf("tshark sees the requests %q in a capture without secrets", requests)
		}
		p.stop(t)
	}
}

// What is counted as sent again is what tshark counts.
func TestAnalyzeAndTsharkCountTheSameRetransmissions(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	running, err := lab.Start(t.Context(), lab.Options{Names: []string{"healthy"}})
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	well := running.Backends()[0]
	firewall(t, dropsPayload(portOf(t, well.Address)))
	file := filepath.Join(t.TempDir(), "a.pcapng")
	recorder := start(t, "capture", "--host", "127.0.0.1", "--port", portOf(t, well.Address), "-w", file)
	recorder.mustAwait(t, &recorder.stderr, "capturing ")
	probed(t, 1, well.URL, "--handshake-timeout", "2s", "--count", "3", "--interval", "0s")
	recorder.signal(t, syscall.SIGINT)
	recorder.mustExit(t, exitGood)
	a, again := analyzeFile(t, file), 0
	for i := range a.Connections {
		again += a.Connections[i].Retransmissions
	}
	seen := tsharkOn(t, file, "-Y", "tcp.analysis.retransmission", "-T", "fields", "-e", "frame.number")
	all := tsharkOn(t, file, "-T", "fields", "-e", "frame.number")
	if again < 9 || len(seen) != again || len(all) != a.Packets {
		t.Errorf("analyze: %d of %d packets were sent again; tshark: %d of %d", again, a.Packets, len(seen), len(all))
	}
}

func TestWithoutThePrivilegeCaptureSaysWhatToDo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.pcapng")
	command := exec.Command("message-processor", "capture", "--host", "203.0.113.7", "--port", "443", "-w", file)
	// Root in a user namespace of its own has no privileges over the network outside.
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var talk bytes.Buffer
	command.Stderr = &talk
	err := command.Run()
	if command.ProcessState == nil {
		t.Skip("needs a system that permits user namespaces: ", err)
	}
	if command.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d", command.ProcessState.ExitCode())
	}
	for _, want := range []string{"sudo setcap cap_net_raw+ep ", "tcpdump -i any -s 0 -w FILE 'host 203.0.113.7 and port 443'"} {
		if !strings.Contains(talk.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &talk)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a file is left behind")
	}
}

func TestCaptureStopsByItselfAndOverwritesNothing(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	file := filepath.Join(t.TempDir(), "a.pcapng")
	args := []string{"capture", "--host", "127.0.0.1", "-w", file, "--duration", "300ms"}
	began := time.Now()
	p := start(t, args...)
	p.mustExit(t, exitGood)
	if took := time.Since(began); took < 300*time.Millisecond || !strings.Contains(p.stderr.String(), "0 packets, ") {
		t.Errorf("after %v:\n%s", took, &p.stderr)
	}
	again := start(t, args...)
	again.mustExit(t, exitFailed)
	if !strings.Contains(again.stderr.String(), "there already") {
		t.Error(again.stderr.String())
	}
}

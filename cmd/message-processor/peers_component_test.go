package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"
)

// components are the programs that play the peers in these tests. The script tools/install-test-components installs the
// same ones.
var components = []string{"amtool", "curl", "nft", "nginx", "openssl", "prometheus", "prometheus-alertmanager", "promtool", "systemd-analyze", "tcpdump", "tshark", "varnishtest", "wrk"}

// component finds a program. A test that needs a missing one is skipped, or fails where everything is asked for.
func component(t testing.TB, name string) string {
	t.Helper()
	if !slices.Contains(components, name) {
		t.Fatalf("%s is not in the list of components", name)
	}
	path, err := exec.LookPath(name)
	for _, dir := range []string{"/usr/sbin", "/sbin"} { // not in everybody's PATH
		if err != nil {
			path, err = exec.LookPath(filepath.Join(dir, name))
		}
	}
	needs(t, err == nil, name+", which tools/install-test-components installs")
	return path
}

// needsRoot skips a test that only root can run. Being root is nothing that could be installed, so this never fails.
func needsRoot(t *testing.T, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root " + what)
	}
}

// toEnd lets a program run to its good end and returns what it wrote to standard output.
func toEnd(t testing.TB, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, out, &stderr)
	}
	return string(out)
}

// beside runs another program for the time of a test.
func beside(t testing.TB, command *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: command, ended: make(chan struct{})}
	command.Stdout, command.Stderr = &p.stdout, &p.stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		command.Wait() // how it ends is of no interest
		close(p.ended)
	}()
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM) // not SIGKILL: nginx would leave its workers behind
		<-p.ended
		if t.Failed() {
			t.Logf("%s said\n%s%s", command.Path, &p.stderr, &p.stdout)
		}
	})
	return p
}

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

func TestTheInstallScriptKnowsTheComponents(t *testing.T) {
	script, err := os.ReadFile("../../tools/install-test-components")
	if err != nil {
		t.Fatal(err)
	}
	var installed []string
	for _, match := range regexp.MustCompile(`(?m)^need (\S+) `).FindAllStringSubmatch(string(script), -1) {
		// the race detector's, and those of tools/browser, tools/soak and tools/bench
		if !slices.Contains([]string{"gcc", "chromium", "haproxy", "slowhttptest"}, match[1]) {
			installed = append(installed, match[1])
		}
	}
	slices.Sort(installed)
	if !slices.Equal(installed, components) {
		t.Errorf("the script installs %v, the tests use %v", installed, components)
	}
}

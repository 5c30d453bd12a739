//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inNamespace tells a test that runs in network and mount namespaces of its own, with no network but loopback, where it is
// root. Such a test begins with
//
//	if !inNamespace(t) {
//		return
//	}
//
// Outside it runs the test again, and only it, in a child of the test binary that is in new user, network and mount namespaces;
// root is not needed for that, but some systems do not permit it. What the child says is shown if it fails.
//
// The test must not be a subtest.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const marker = "IN_NAMESPACE_OF"
	if os.Getenv(marker) == t.Name() {
		loopbackUp(t)
		return true
	}
	command := exec.Command("/proc/self/exe", "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v", "-test.count=1")
	command.Env = append(os.Environ(), marker+"="+t.Name())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		t.Errorf("in its namespace: %v\n%s", err, &out)
	case err != nil:
		t.Skip("needs a system that permits user and network namespaces: ", err)
	case strings.Contains(out.String(), "--- SKIP: "+t.Name()):
		t.Skip("in its namespace:\n", out.String())
	case !strings.Contains(out.String(), "--- PASS: "+t.Name()):
		t.Errorf("the test did not run in its namespace:\n%s", &out)
	}
	return false
}

// loopbackUp is `ip link set lo up`.
func loopbackUp(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		t.Fatal("loopback: ", err)
	}
}

// firewall loads rules into the input hook of the namespace the test is in, one rule a line in the language of nft(8).
func firewall(t *testing.T, rules ...string) {
	t.Helper()
	command := exec.Command(component(t, "nft"), "-f", "-")
	command.Stdin = strings.NewReader("table inet fw {\n  chain input {\n    type filter hook input priority 0; policy accept;\n    " +
		strings.Join(rules, "\n    ") + "\n  }\n}\n")
	if out, err := command.CombinedOutput(); err != nil {
		t.Skipf("needs a kernel that permits nftables in a namespace: %v\n%s", err, out)
	}
}

// dropsPayload is a rule that lets TCP's own packets through to a port (a SYN has 60 bytes at most, without payload) and
// drops whatever carries data: the playbook's firewall.
func dropsPayload(port string) string { return "tcp dport " + port + " meta length > 60 counter drop" }

// dropped is how many packets the firewall has dropped.
func dropped(t *testing.T) int {
	t.Helper()
	return number(t, toEnd(t, component(t, "nft"), "list", "table", "inet", "fw"), `counter packets (\d+)`)
}

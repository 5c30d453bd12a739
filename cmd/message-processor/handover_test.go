package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nextPID signals a gateway to hand over, waits until its n-th successor serves, and returns that one's process id.
func nextPID(t *testing.T, p *process, pid, n int) int {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	const pattern = `message-processor handed over to process (\d+)\n`
	all := p.mustAwait(t, &p.stderr, strings.Repeat(`(?s:.*?)`+pattern, n))
	pid, err := strconv.Atoi(all[n])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) }) // does nothing to one that has ended
	return pid
}

// It is not parallel: the load would spoil the timing of other tests.
func TestTenRestartsUnderLoadLoseNoRequest(t *testing.T) {
	load, server := component(t, "wrk"), nginx(t)
	p := frontNginx(t, server, "")
	write(t, filepath.Join(server.root, "page"), "hello\n")
	wrkRun := exec.Command(load, "-t1", "-c16", "-d6s", p.gateway+"/page")
	report := beside(t, wrkRun)
	pid := p.cmd.Process.Pid
	for n := range 10 {
		time.Sleep(300 * time.Millisecond) // of load on each process
		pid = nextPID(t, p, pid, n+1)
	}
	<-report.ended
	said := report.stdout.String()
	if n := number(t, said, `(\d+) requests in`); n < 1000 || strings.Contains(said, "Socket errors") || strings.Contains(said, "Non-2xx") {
		t.Error(said)
	}
	syscall.Kill(pid, syscall.SIGTERM)
	p.mustExit(t, exitGood) // and with it all that have its standard output
	if errors := linesWith(p.stdout.String(), " ERROR "); len(errors) > 0 {
		t.Errorf("%q", errors)
	}
	if stopped := linesWith(p.stdout.String(), "Gateway.stop() : stopped"); len(stopped) != 11 {
		t.Errorf("%d processes have stopped in order", len(stopped))
	}
}

func TestARequestUnderWayIsFinishedByTheProcessThatTookIt(t *testing.T) {
	t.Parallel()
	backend := holding(t)
	p := serving(t, "--target", backend.url)
	answer := later(p.gateway + "/slow")
	<-backend.arrived
	pid := nextPID(t, p, p.cmd.Process.Pid, 1)
	if r := mustGet(t, p.management+"/readyz"); r.status != http.StatusOK {
		t.Errorf("the successor's /readyz is %d", r.status)
	}
	close(backend.letGo)
	if r := <-answer; r.err != nil || r.status != 200 || r.body != "late but whole" {
		t.Errorf("the request under way: %+v", r)
	}
	syscall.Kill(pid, syscall.SIGTERM)
	p.mustExit(t, exitGood)
}

func TestASuccessorThatCannotStartChangesNothing(t *testing.T) {
	t.Parallel()
	path := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "lab: [{name: fine, does: healthy}]\n")
	p := serving(t, "--config", path)
	write(t, path, "lab: [{name: fine, does: nonsense}]\n")
	p.signal(t, syscall.SIGUSR2)
	p.mustAwait(t, &p.stderr, `message-processor: no successor: it ended before it was ready \(EOF\); standard error says why; this process keeps serving\n`)
	if r := mustGet(t, p.gateway+"/lab/fine"); r.status != http.StatusOK {
		t.Errorf("afterwards: %d", r.status)
	}
	if !strings.Contains(p.stderr.String(), `lab[0].does: is "nonsense"`) {
		t.Error("the reason is not told")
	}
	p.stop(t)
}

// systemd opens the sockets, starts the service with them, and waits to be told that it is ready.
func TestTheServiceManagersSocketsAreServedAndItIsToldSo(t *testing.T) {
	t.Parallel()
	traffic, management := inherited(t), inherited(t)
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	// The shell replaces itself, so that LISTEN_PID can name the process as systemd does.
	command := exec.Command("sh", "-c", `LISTEN_PID=$$ exec message-processor serve`)
	command.Env = append(os.Environ(), "LISTEN_FDS=2", "LISTEN_FDNAMES=traffic:management", "NOTIFY_SOCKET="+manager.LocalAddr().String())
	for _, l := range []*net.TCPListener{traffic, management} {
		file, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		command.ExtraFiles = append(command.ExtraFiles, file)
	}
	service := beside(t, command)
	told := make([]byte, 1000)
	expect := func(want string) {
		t.Helper()
		manager.SetReadDeadline(time.Now().Add(patience))
		if n, err := manager.Read(told); err != nil || string(told[:n]) != want {
			t.Errorf("told %q, %v; want %q", told[:n], err, want)
		}
	}
	expect(fmt.Sprintf("READY=1\nMAINPID=%d", command.Process.Pid))
	for _, url := range []string{"http://" + traffic.Addr().String() + "/lab/healthy", "http://" + management.Addr().String() + "/readyz"} {
		if r := mustGet(t, url); r.status != http.StatusOK {
			t.Errorf("%s: %d", url, r.status)
		}
	}
	command.Process.Signal(syscall.SIGTERM)
	expect("STOPPING=1")
	<-service.ended
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must come. It is never waited out by a test that passes.
const patience = 30 * time.Second

// process is the program running as a process of its own.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{}

	gateway, management string // base URLs, once ready
}

// launch starts the program in a directory ("" is the test's) and does not wait for anything.
func launch(dir string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command("message-processor", args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.stdout, &p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that kill reaches its successors too
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() // exit code and output tell how it went
		close(p.ended)
	}()
	return p, nil
}

var readyLine = regexp.MustCompile(`(?m)^message-processor ready listen=(\S+) management=(\S+)$`)

// launchServe starts a gateway on free ports and waits until it is ready.
func launchServe(dir string, args ...string) (*process, error) {
	p, err := launch(dir, append([]string{"serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"}, args...)...)
	if err != nil {
		return nil, err
	}
	ready, err := p.await(&p.stderr, readyLine)
	if err != nil {
		p.kill()
		return nil, err
	}
	p.gateway, p.management = "http://"+ready[1], "http://"+ready[2]
	return p, nil
}

// start runs the program for the time of a test, and shows what it said if the test fails.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return watched(t)(launch("", args...))
}

// serving is start for a gateway on free ports that is ready.
func serving(t *testing.T, args ...string) *process {
	t.Helper()
	return watched(t)(launchServe("", args...))
}

func watched(t *testing.T) func(*process, error) *process {
	t.Helper()
	return func(p *process, err error) *process {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			p.kill()
			if strings.Contains(p.stderr.String(), "DATA RACE") {
				t.Error("data race in the program")
			}
			if t.Failed() {
				t.Logf("standard error:\n%s\nstandard output:\n%s", &p.stderr, &p.stdout)
			}
		})
		return p
	}
}

// await waits until an output matches, and returns the submatches.
func (p *process) await(o *output, pattern *regexp.Regexp) (match []string, err error) {
	err = p.until(o, func(text string) bool {
		match = pattern.FindStringSubmatch(text)
		return match != nil
	})
	if err != nil {
		return nil, fmt.Errorf("no %s: %w", pattern, err)
	}
	return match, nil
}

// until waits for an output to be as it should, if need be until the end of the process.
func (p *process) until(o *output, fine func(text string) bool) error {
	deadline := time.After(patience)
	for {
		changed := o.changed()
		if fine(o.String()) {
			return nil
		}
		select {
		case <-changed:
		case <-p.ended:
			if fine(o.String()) {
				return nil
			}
			return fmt.Errorf("ended with %d\n%s", p.cmd.ProcessState.ExitCode(), &p.stderr)
		case <-deadline:
			return fmt.Errorf("waited for %v\n%s", patience, o)
		}
	}
}

func (p *process) mustAwait(t *testing.T, o *output, pattern string) []string {
	t.Helper()
	match, err := p.await(o, regexp.MustCompile(pattern))
	if err != nil {
		t.Fatal(err)
	}
	return match
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("%v: %v", s, err)
	}
}

// exit waits for the end and returns the exit code, -1 if it was killed.
func (p *process) exit() (int, error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(patience):
		return 0, fmt.Errorf("still running after %v\n%s", patience, &p.stderr)
	}
}

func (p *process) mustExit(t *testing.T, want int) {
	t.Helper()
	code, err := p.exit()
	if err != nil {
		t.Fatal(err)
	}
	if code != want {
		t.Errorf("exit code %d, want %d", code, want)
	}
}

// stop ends a gateway that is expected to be well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	p.mustExit(t, 0)
}

// kill ends a process and its successors, which have its standard output too.
func (p *process) kill() {
	if syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) != nil {
		p.cmd.Process.Kill() // it leads no group
	}
	<-p.ended
}

// output is what a process has written so far.
type output struct {
	mutex  sync.Mutex
	text   []byte
	notify chan struct{} // closed at the next write
}

func (o *output) Write(b []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.text = append(o.text, b...)
	if o.notify != nil {
		close(o.notify)
		o.notify = nil
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return string(o.text)
}

// changed is closed when there is more than there was at the call.
func (o *output) changed() <-chan struct{} {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.notify == nil {
		o.notify = make(chan struct{})
	}
	return o.notify
}

// linesWith are the lines that hold a text.
func linesWith(text, part string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return !strings.Contains(line, part) })
}

// write puts a file into a directory and returns its path.
func write(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Times within which a program has to be ready, or to be gone.
const (
	startPatience = 15 * time.Second
	stopPatience  = 5 * time.Second
)

// program is a process, with its workers, that serves on an address.
type program struct {
	address    string
	management string // of the gateway
	cmd        *exec.Cmd
	listen     []net.Listener // held open here for a program that inherited them
	said       *talk
	ended      chan struct{}
}

// find looks a program up, also where not everybody's PATH leads.
func find(name string) (string, error) {
	path, err := exec.LookPath(name)
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if err != nil {
			path, err = exec.LookPath(filepath.Join(dir, name))
		}
	}
	if err != nil {
		return "", fmt.Errorf("%s is not installed; tools/install-test-components installs it", name)
	}
	return path, nil
}

// inherit opens a listener that cmd gets as its next file descriptor, from 3 on: no port can be taken by somebody else,
// and clients may connect before the program is ready.
func (p *program) inherit() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	p.listen = append(p.listen, l)
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		return "", err
	}
	p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, file)
	return l.Addr().String(), nil
}

// start runs cmd. What it says is kept for the case that it ends badly.
func (p *program) start() error {
	p.said, p.ended = new(talk), make(chan struct{})
	p.cmd.Stderr = p.said
	if p.cmd.Stdout == nil {
		p.cmd.Stdout = p.said
	}
	err := p.cmd.Start()
	for _, file := range p.cmd.ExtraFiles {
		file.Close()
	}
	if err == nil {
		err = p.unblock()
	}
	if err != nil {
		p.stop()
		return err
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	return nil
}

// unblock undoes what handing a listener to a process does to it. nginx leaves one that blocks as it is, and two workers
// that are woken for the same connection would not both come back from accepting it.
func (p *program) unblock() error {
	for _, l := range p.listen {
		raw, err := l.(*net.TCPListener).SyscallConn()
		if err != nil {
			return err
		}
		var failed error
		if err := raw.Control(func(fd uintptr) { failed = syscall.SetNonblock(int(fd), true) }); err != nil || failed != nil {
			return errors.Join(err, failed)
		}
	}
	return nil
}

// awaitLine waits for what the program says when it is ready, and returns the submatches.
func (p *program) awaitLine(pattern *regexp.Regexp) ([]string, error) {
	for deadline := time.Now().Add(startPatience); ; time.Sleep(time.Millisecond) {
		if match := pattern.FindStringSubmatch(p.said.String()); match != nil {
			return match, nil
		}
		if p.hasEnded() || time.Now().After(deadline) {
			return nil, fmt.Errorf("%s is not ready:\n%s", p.cmd.Path, p.said)
		}
	}
}

func (p *program) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// stop ends the program: asked first, because nginx that is killed leaves its workers behind.
func (p *program) stop() {
	for _, l := range p.listen {
		l.Close()
	}
	if p.cmd.Process == nil || p.ended == nil {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopPatience):
		for _, pid := range tree(p.cmd.Process.Pid) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		<-p.ended
	}
}

// talk is what a program has said, up to a bound.
type talk struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

const maxTalk = 64 << 10

func (t *talk) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if room := maxTalk - t.text.Len(); room > 0 {
		t.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (t *talk) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.text.String()
}

// logFile is a file in dir that a program writes its log into.
func logFile(dir, name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
}

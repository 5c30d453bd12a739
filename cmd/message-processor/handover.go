package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// handoverTime is how long a successor may take to be ready.
const handoverTime = 30 * time.Second

// handOver starts a successor with the same arguments, from the program file
// that is there now, and gives it the listeners: the queue of connections that
// nobody has accepted yet stays, so none is refused. It tells whether the
// successor serves; if not, this process goes on as if nothing had happened.
func (p *program) handOver() bool {
	pid, err := p.startSuccessor()
	if err != nil {
		said := "no successor: " + err.Error() + "; this process keeps serving"
		fmt.Fprintln(p.streams.err, "message-processor:", said)
		p.say(p.log.Warn(), "Gateway.handOver() : "+said)
		return false
	}
	// Before it is said, so that whoever reads it and asks for /readyz gets the successor's. Not Shutdown: it would drop
	// the request of a connection that has just come.
	p.control.Close()
	said := fmt.Sprintf("handed over to process %d", pid)
	fmt.Fprintln(p.streams.err, "message-processor", said)
	p.say(p.log.Info(), "Gateway.handOver() : "+said)
	p.managing.SetKeepAlivesEnabled(false)
	return true
}

// startSuccessor returns the successor's process id once it serves.
func (p *program) startSuccessor() (pid int, err error) {
	told, tell, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer told.Close()
	cmd, err := p.successor(tell)
	if err != nil {
		tell.Close()
		return 0, err
	}
	err = cmd.Start()
	for _, file := range cmd.ExtraFiles {
		file.Close()
	}
	if err != nil {
		return 0, err
	}
	told.SetReadDeadline(time.Now().Add(handoverTime))
	if line, err := bufio.NewReader(told).ReadString('\n'); line != "ready\n" {
		cmd.Process.Kill()
		cmd.Wait()
		return 0, fmt.Errorf("it ended before it was ready (%w); standard error says why", err)
	}
	pid = cmd.Process.Pid // Release forgets it
	return pid, cmd.Process.Release()
}

// successor is the command, not yet started. It owns its files.
func (p *program) successor(ready *os.File) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: path, Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.Environ()}
	names := []string{trafficListener, managementListener}
	for i, l := range []net.Listener{p.traffic, p.control} {
		file, err := duplicate(l.(*net.TCPListener))
		if err != nil {
			return nil, fmt.Errorf("%s listener: %w", names[i], err)
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, ready)
	cmd.Env = append(cmd.Env, fmt.Sprintf("LISTEN_FDS=%d", len(names)), "LISTEN_FDNAMES="+strings.Join(names, ":"),
		fmt.Sprintf("%s=%d", handoverVariable, firstInherited+len(names)))
	return cmd, nil
}

// duplicate is another descriptor of a listener, still not blocking. That of
// TCPListener.File becomes blocking when it is passed on, and the listener with
// it, because both are one open file: its Accept would not end any more.
func duplicate(l *net.TCPListener) (*os.File, error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	var descriptor int
	controlErr := raw.Control(func(fd uintptr) { descriptor, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err := errors.Join(controlErr, err); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(descriptor), l.Addr().String()), nil
}

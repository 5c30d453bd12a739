package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
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
	said := fmt.Sprintf("handed over to process %d", pid)
	fmt.Fprintln(p.streams.err, "message-processor", said)
	p.say(p.log.Info(), "Gateway.handOver() : "+said)
	go p.managing.Shutdown(context.Background()) // accepts no more; close ends what is left
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
	return cmd.Process.Pid, cmd.Process.Release()
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
		tcp, ok := l.(*net.TCPListener)
		if !ok {
			return nil, errors.New(names[i] + " is no TCP listener")
		}
		file, err := tcp.File()
		if err != nil {
			return nil, err
		}
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, ready)
	cmd.Env = append(cmd.Env, fmt.Sprintf("LISTEN_FDS=%d", len(names)), "LISTEN_FDNAMES="+strings.Join(names, ":"),
		fmt.Sprintf("%s=%d", handoverVariable, firstInherited+len(names)))
	return cmd, nil
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// patience is how long a process may take to start or to end.
const patience = 40 * time.Second

// child is a process of the soak. What it says on standard error goes to a file, which is searched at the end.
type child struct {
	name   string
	cmd    *exec.Cmd
	stderr string // path
	ended  chan struct{}
	err    error // how it ended
}

// launch starts a program whose standard output goes to out. It is killed with the context.
func launch(ctx context.Context, dir, name string, out io.Writer, env []string, program string, args ...string) (*child, error) {
	c := &child{name: name, cmd: exec.CommandContext(ctx, program, args...), stderr: filepath.Join(dir, name+".stderr"), ended: make(chan struct{})}
	talk, err := os.Create(c.stderr)
	if err != nil {
		return nil, err
	}
	defer talk.Close()
	c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = append(os.Environ(), env...), out, talk
	c.cmd.WaitDelay = patience
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	go func() { c.err = c.cmd.Wait(); close(c.ended) }()
	return c, nil
}

// await waits until a line of standard error matches, and returns the submatches.
func (c *child) await(pattern *regexp.Regexp) ([]string, error) {
	for deadline, ended := time.Now().Add(patience), false; time.Now().Before(deadline); {
		text, err := os.ReadFile(c.stderr)
		if err != nil {
			return nil, err
		}
		if match := pattern.FindStringSubmatch(string(text)); match != nil {
			return match, nil
		}
		if ended {
			return nil, fmt.Errorf("%s ended at once: %w\n%s", c.name, c.err, text)
		}
		select {
		case <-c.ended: // it may have said why in the meantime
			ended = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil, fmt.Errorf("%s is not ready after %v, see %s", c.name, patience, c.stderr)
}

// stop asks the process to end and waits for it.
func (c *child) stop() error {
	c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
		if c.err != nil {
			return fmt.Errorf("%s ended with %w, see %s", c.name, c.err, c.stderr)
		}
		return nil
	case <-time.After(patience):
		c.cmd.Process.Kill()
		<-c.ended
		return fmt.Errorf("%s did not end within %v and was killed", c.name, patience)
	}
}

// alarming are lines that a Go program writes when something is badly wrong with it.
var alarming = regexp.MustCompile(`DATA RACE|^panic: |^fatal error: `)

// alarms counts the alarming lines of standard error and returns the first one.
func (c *child) alarms() (n int, first string, err error) {
	file, err := os.Open(c.stderr)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if alarming.MatchString(lines.Text()) {
			if n++; first == "" {
				first = lines.Text()
			}
		}
	}
	return n, first, lines.Err()
}

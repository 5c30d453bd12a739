package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts plays what users type, see testdata/script. Besides testscript's own commands there are:
//
//	serve ARGS…          starts a gateway on free ports; sets $gateway and $management, its base URLs
//	launch ARGS…         starts any command of the program
//	get [-takes D] URL   asks once; stdout is the body, stderr the head, $id the message id. With -takes the answer
//	                     must take D, at most 50 ms more or less; a noisy machine has three tries
//	await WHERE PATTERN  waits until stdout, stderr or a file of the program matches
//	signal NAME          HUP, INT or TERM
//	ends CODE            waits for the end of the program; stdout and stderr are all it has written
//	freeports N          sets $port to the first of N free ports in a row
//	taken                sets $taken to an address that somebody listens on
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Values[running{}] = &running{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": scriptServe, "launch": scriptLaunch, "get": scriptGet, "await": scriptAwait,
			"signal": scriptSignal, "ends": scriptEnds, "freeports": scriptFreePorts, "taken": scriptTaken,
		},
	})
}

// running is the process a script has started last.
type running struct{ *process }

func of(ts *testscript.TestScript) *running { return ts.Value(running{}).(*running) }

func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	p, err := launchServe(ts.Getenv("WORK"), args...)
	ts.Check(err)
	ts.Defer(p.kill)
	of(ts).process = p
	ts.Setenv("gateway", p.gateway)
	ts.Setenv("management", p.management)
}

func scriptLaunch(ts *testscript.TestScript, _ bool, args []string) {
	p, err := launch(ts.Getenv("WORK"), args...)
	ts.Check(err)
	ts.Defer(p.kill)
	of(ts).process = p
}

func scriptGet(ts *testscript.TestScript, _ bool, args []string) {
	tries, takes := 1, time.Duration(0)
	if len(args) == 3 && args[0] == "-takes" {
		d, err := time.ParseDuration(args[1])
		ts.Check(err)
		tries, takes, args = 3, d, args[2:]
	}
	for try := 1; ; try++ {
		began := time.Now()
		head, body, err := rawGet(args[0])
		ts.Check(err)
		took := time.Since(began)
		off := (took - takes).Abs()
		if takes > 0 && off > 50*time.Millisecond && try < tries {
			ts.Logf("took %v, trying again", took)
			continue
		}
		if takes > 0 && off > 50*time.Millisecond {
			ts.Fatalf("took %v, want %v", took, takes)
		}
		io.WriteString(ts.Stdout(), body)
		io.WriteString(ts.Stderr(), head)
		ts.Setenv("id", submatch(head, `(?m)^X-Apigee-Message-ID: (.*)$`))
		return
	}
}

// rawGet returns the head as it came, each line ended by \n, and the body.
func rawGet(address string) (head, body string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return "", "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.RequestURI(), u.Host)
	answer, err := io.ReadAll(conn)
	if err != nil {
		return "", "", err
	}
	head, body, found := strings.Cut(string(answer), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	if !found || slices.ContainsFunc(lines, func(l string) bool { return strings.ContainsAny(l, "\r\n") }) {
		return "", "", fmt.Errorf("no HTTP/1.1 answer: %q", answer)
	}
	return strings.Join(lines, "\n") + "\n", body, nil
}

func submatch(text, pattern string) string {
	if match := regexp.MustCompile(pattern).FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

func scriptAwait(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: await stdout|stderr|FILE PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	p := of(ts)
	switch args[0] {
	case "stdout":
		_, err = p.await(&p.stdout, pattern)
	case "stderr":
		_, err = p.await(&p.stderr, pattern)
	default:
		err = awaitFile(ts.MkAbs(args[0]), pattern)
	}
	ts.Check(err)
}

// awaitFile looks again and again: a file does not tell when it grows.
func awaitFile(path string, pattern *regexp.Regexp) error {
	var content []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		content, _ = os.ReadFile(path)
		if pattern.Match(content) {
			return nil
		}
	}
	return fmt.Errorf("no %s in %s:\n%s", pattern, path, content)
}

func scriptSignal(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]os.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	ts.Check(of(ts).cmd.Process.Signal(signals[args[0]]))
}

func scriptEnds(ts *testscript.TestScript, _ bool, args []string) {
	p := of(ts)
	code, err := p.exit()
	ts.Check(err)
	io.WriteString(ts.Stdout(), p.stdout.String())
	io.WriteString(ts.Stderr(), p.stderr.String())
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d\n%s", code, &p.stderr)
	}
}

func scriptFreePorts(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for base := 20000 + os.Getpid()%10000; base < 32000; base += n {
		if portsAreFree(base, n) {
			ts.Setenv("port", strconv.Itoa(base))
			ts.Setenv("nextport", strconv.Itoa(base+1))
			return
		}
	}
	ts.Check(errors.New("no free ports"))
}

// portsAreFree looks below the range that the kernel takes free ports from.
func portsAreFree(base, n int) bool {
	for port := base; port < base+n; port++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func scriptTaken(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("taken", l.Addr().String())
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// relayCase is one script of testdata/peers. A script plays both sides of the gateway: server s1 listens on ${backend},
// client c1 connects to ${gateway} and asks for ${base}, which is "/" and the script's name. Comments say the rest:
//
//	# target: YAML           more settings of the target, in YAML's flow form
//	# s1 receives            these lines, one after the other, byte for byte; a final * stands for anything
//	#   GET /x HTTP/1.1
//	#   Host: *
type relayCase struct {
	name, path string
	target     string
	receives   []received
	backend    string // address
}

// received is a block of lines that a peer has to see in heads, in chunk sizes and in what it reads with recv.
type received struct {
	peer  string
	lines []string
}

var (
	targetComment   = regexp.MustCompile(`^# target: (.*)$`)
	receivesComment = regexp.MustCompile(`^# ([cs]\d) receives$`)
)

// readCase reads a script's comments.
func readCase(t *testing.T, path string) relayCase {
	t.Helper()
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := relayCase{name: strings.TrimSuffix(filepath.Base(path), ".vtc"), path: path, backend: reserve(t)}
	for line := range strings.Lines(string(script)) {
		line = strings.TrimSuffix(line, "\n")
		if match := targetComment.FindStringSubmatch(line); match != nil {
			c.target = ", " + match[1]
		} else if match := receivesComment.FindStringSubmatch(line); match != nil {
			c.receives = append(c.receives, received{peer: match[1]})
		} else if text, found := strings.CutPrefix(line, "#   "); found && len(c.receives) > 0 {
			last := &c.receives[len(c.receives)-1]
			last.lines = append(last.lines, text)
		} else if line == "#" && len(c.receives) > 0 {
			last := &c.receives[len(c.receives)-1]
			last.lines = append(last.lines, "")
		}
	}
	return c
}

// reserve binds a free port without listening on it. Nobody gets it by chance, and varnishtest, which asks for it by
// number and with SO_REUSEADDR, can have it. So a script's backend has an address before it runs.
func reserve(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fd)
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	address, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", address.(*syscall.SockaddrInet4).Port)
}

// frontScripts runs one gateway for all scripts.
func frontScripts(t *testing.T, cases []relayCase) *process {
	t.Helper()
	config := "response_headers: false\ndefaults: {io_timeout: 5s}\nproxies:\n"
	for _, c := range cases {
		config += fmt.Sprintf("  - {name: %[1]s, base_path: /%[1]s, target: {url: 'http://%[2]s/'%[3]s}}\n",
			c.name, c.backend, c.target)
	}
	return serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), config))
}

func TestMessagesAreRelayedByteForByte(t *testing.T) {
	t.Parallel()
	varnishtest := component(t, "varnishtest")
	paths, err := filepath.Glob("testdata/peers/*.vtc")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts: ", err)
	}
	var cases []relayCase
	for _, path := range paths {
		cases = append(cases, readCase(t, path))
	}
	gateway := frontScripts(t, cases)
	t.Run("scripts", func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.run(t, varnishtest, gateway)
			})
		}
	})
}

func (c relayCase) run(t *testing.T, varnishtest string, gateway *process) {
	t.Helper()
	command := exec.Command(varnishtest, "-v", "-t", "30",
		"-D", "gateway="+hostOf(gateway.gateway), "-D", "backend="+c.backend, "-D", "base=/"+c.name, c.path)
	command.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	log, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range c.receives {
		if got := linesOf(string(log), want.peer); !want.within(got) {
			t.Errorf("%s did not receive\n%s\n\nbut\n%s", want.peer, strings.Join(want.lines, "\n"), strings.Join(got, "\n"))
		}
	}
}

// linesOf is what a peer has received. varnishtest prints each CR LF as \r and a line break, and may print a line that it
// reads with recv in pieces.
func linesOf(log, peer string) []string {
	matcher := regexp.MustCompile(`(?m)^\*+ +` + peer + ` +(?:rxhdr|len|recv)\|(.*)$`)
	var lines []string
	complete := true
	for _, match := range matcher.FindAllStringSubmatch(log, -1) {
		if !complete {
			last := len(lines) - 1
			match[1] = lines[last] + match[1]
			lines = lines[:last]
		}
		var line string
		line, complete = strings.CutSuffix(match[1], `\r`)
		lines = append(lines, line)
	}
	if !complete {
		lines[len(lines)-1] += endless
	}
	return lines
}

// endless marks what came at the end without CR LF.
const endless = " (without CR LF)"

// within tells whether the wanted lines are among those received, one after the other.
func (r received) within(lines []string) bool {
	return slices.ContainsFunc(windows(lines, len(r.lines)), func(window []string) bool {
		return slices.EqualFunc(window, r.lines, func(line, want string) bool {
			prefix, open := strings.CutSuffix(want, "*")
			return line == want || open && strings.HasPrefix(line, prefix)
		})
	})
}

// windows are all runs of n lines.
func windows(lines []string, n int) [][]string {
	var all [][]string
	for i := 0; i+n <= len(lines); i++ {
		all = append(all, lines[i:i+n])
	}
	return all
}

package browser

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gateway is the running program.
type gateway struct {
	traffic, management string // base URLs
	log                 string // path of system.log
}

// startGateway builds the program and runs it with the lab behind it.
func startGateway(t *testing.T) gateway {
	t.Helper()
	directory := t.TempDir()
	binary := filepath.Join(directory, "message-processor")
	build := exec.Command("go", "build", "-o", binary, "./cmd/message-processor")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	g := gateway{log: filepath.Join(directory, "system.log")}
	cmd := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0",
		"--handshake-timeout", "2s", "--system-log", g.log)
	errors, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	})
	g.traffic, g.management = ready(t, errors)
	return g
}

var readyLine = regexp.MustCompile(`^message-processor ready listen=(\S+) management=(\S+)$`)

// ready waits for the line that tells the addresses, and takes in what follows it.
func ready(t *testing.T, output io.Reader) (traffic, management string) {
	t.Helper()
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if found := readyLine.FindStringSubmatch(lines.Text()); found != nil {
			go io.Copy(io.Discard, output)
			return "http://" + found[1], "http://" + found[2]
		}
	}
	t.Fatalf("the gateway ended before it was ready: %v", lines.Err())
	return "", ""
}

// call sends a request in the background; the answer's status comes out of the channel, 0 if there was none.
func (g gateway) call(path string) <-chan int {
	status := make(chan int, 1)
	go func() {
		client := &http.Client{Timeout: 30 * time.Second}
		defer client.CloseIdleConnections()
		request, _ := http.NewRequest("GET", g.traffic+path, nil)
		request.Header.Set("X-Dbg", "1")
		answer, err := client.Do(request)
		if err != nil {
			status <- 0
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	return status
}

// logged returns the lines of system.log that hold the text.
func (g gateway) logged(t *testing.T, text string) []string {
	t.Helper()
	content, err := os.ReadFile(g.log)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(content)) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

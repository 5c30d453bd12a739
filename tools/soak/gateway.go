package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// gateway is a process under test.
type gateway struct {
	*child
	dir                 string // of its configuration and its log
	traffic, management string // host:port
	from                surroundings
	client              *http.Client

	reloads, refused, moved int // by reload.go
}

var readyLine = regexp.MustCompile(`(?m)^message-processor ready listen=(\S+) management=(\S+)$`)

// startGateway starts a gateway that exports its spans to a receiver, and waits until it is ready.
func startGateway(ctx context.Context, program, dir, name string, from surroundings, receiver string) (*gateway, error) {
	g := &gateway{dir: filepath.Join(dir, name), from: from, client: &http.Client{Timeout: patience}}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, err
	}
	if err := from.write(g.config(), 0); err != nil {
		return nil, err
	}
	// More room for spans than the default: thousands of handshakes give up within a second.
	env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver, "OTEL_BSP_MAX_QUEUE_SIZE=400000", "GORACE=halt_on_error=0"}
	var err error
	if g.child, err = launch(ctx, dir, name, nil, env, program, "serve", "--config", g.config(),
		"--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	ready, err := g.await(readyLine)
	if err != nil {
		return nil, err
	}
	g.traffic, g.management = ready[1], ready[2]
	return g, nil
}

func (g *gateway) config() string { return filepath.Join(g.dir, "gateway.yaml") }

func (g *gateway) hangup() error { return g.cmd.Process.Signal(syscall.SIGHUP) }

// manage asks the management listener. An answer other than want is an error.
func (g *gateway) manage(ctx context.Context, method, path string, want int) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+g.management+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Requested-With", "soak")
	response, err := g.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("%s %s: %d, want %d: %.200s", method, path, response.StatusCode, want, body)
	}
	return body, err
}

// scrape reads the metrics.
func (g *gateway) scrape(ctx context.Context) (samples, error) {
	body, err := g.manage(ctx, http.MethodGet, "/metrics", http.StatusOK)
	if err != nil {
		return nil, err
	}
	return parseSamples(string(body)), nil
}

// footprint is what a gateway holds on to.
type footprint struct {
	goroutines, files int // goroutines that serve, or wait for what may come
	heap, resident    int // bytes; the heap after a collection
}

var (
	heapAlloc = regexp.MustCompile(`# HeapAlloc = (\d+)`)
	sameStack = regexp.MustCompile(`(?m)^(\d+) @`)
)

// footprint looks at a gateway that is at rest, after a garbage collection.
func (g *gateway) footprint(ctx context.Context) (footprint, error) {
	heap, err := g.manage(ctx, http.MethodGet, "/debug/pprof/heap?gc=1&debug=1", http.StatusOK)
	if err != nil {
		return footprint{}, err
	}
	match := heapAlloc.FindSubmatch(heap)
	if match == nil {
		return footprint{}, fmt.Errorf("no %v in the heap profile", heapAlloc)
	}
	f := footprint{}
	f.heap, _ = strconv.Atoi(string(match[1]))
	stacks, err := g.manage(ctx, http.MethodGet, "/debug/pprof/goroutine?debug=1", http.StatusOK)
	if err != nil {
		return f, err
	}
	f.goroutines = busy(string(stacks))
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", g.cmd.Process.Pid))
	if err != nil {
		return f, err
	}
	f.files = len(files)
	f.resident, err = g.resident()
	return f, err
}

// saveHeap writes a heap profile into a file.
func (g *gateway) saveHeap(ctx context.Context, path string) error {
	profile, err := g.manage(ctx, http.MethodGet, "/debug/pprof/heap?gc=1", http.StatusOK)
	if err != nil {
		return err
	}
	return os.WriteFile(path, profile, 0o644)
}

// busy counts the goroutines in a profile. Those that fasthttp keeps for the next connections, for ten seconds or more, do
// nothing.
func busy(profile string) int {
	n := 0
	for stack := range strings.SplitSeq(profile, "\n\n") {
		if strings.Contains(stack, "workerFunc") && !strings.Contains(stack, "serveConn") {
			continue
		}
		if count := sameStack.FindStringSubmatch(stack); count != nil {
			more, _ := strconv.Atoi(count[1])
			n += more
		}
	}
	return n
}

// resident is the resident memory in bytes, as the kernel has it.
func (g *gateway) resident() (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", g.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm says %q", text)
	}
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}

const (
	settleWithin = 45 * time.Second
	settled      = 5 // looks in a row, a second apart, that show the same
)

// settle waits until nothing is under way and the number of goroutines and files stays the same.
func (g *gateway) settle(ctx context.Context) (footprint, error) {
	var last footprint
	same := 0
	for deadline := time.Now().Add(settleWithin); ; {
		s, err := g.scrape(ctx)
		if err != nil {
			return last, err
		}
		now, err := g.footprint(ctx)
		if err != nil {
			return last, err
		}
		if same++; s.sum("http_server_active_requests") != 0 || now.goroutines != last.goroutines || now.files != last.files {
			same = 0
		}
		if last = now; same >= settled || time.Now().After(deadline) {
			return now, nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return last, err
		}
	}
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

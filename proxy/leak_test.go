package proxy

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// usage is what a process holds.
type usage struct {
	goroutines, files int
	heap              uint64
}

func measure(t *testing.T) usage {
	t.Helper()
	var stats runtime.MemStats
	for range 3 {
		runtime.GC() // the second and third empty the pools
	}
	runtime.ReadMemStats(&stats)
	u := usage{goroutines: runtime.NumGoroutine(), heap: stats.HeapAlloc}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(files)
	}
	return u
}

// TestTenThousandRequestsLeaveNothingBehind compares what the process holds after some requests with what it holds after
// 10,000, of every kind that has resources of its own.
func TestTenThousandRequestsLeaveNothingBehind(t *testing.T) {
	target := serve(t, always(plain))
	g := setup{target: target.url(), within: streamed}.start(t)
	mixed := func(connections, requests int) {
		var clients sync.WaitGroup
		for range connections {
			clients.Go(func() {
				c := dialTo(t, g.address)
				for range requests / connections / 4 {
					c.exchange(ask, 200)
					c.exchange(post("Content-Length: 5", "hello"), 200)
					c.exchange(post("Transfer-Encoding: chunked", chunkedBody), 200)
					c.exchange("GET /nowhere HTTP/1.1\r\nHost: gw\r\n\r\n", 404)
				}
				c.Close()
			})
		}
		clients.Wait()
		for g.Clients() > 0 {
			time.Sleep(time.Millisecond)
		}
	}
	mixed(8, 320)
	before := measure(t)
	mixed(8, 10_000)
	after := measure(t)
	if after.goroutines > before.goroutines+8 || after.files > before.files+8 || after.heap > before.heap+2<<20 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// exchange is for goroutines that are not the test's own.
func (c *caller) exchange(request string, want int) {
	if _, err := c.Write([]byte(request)); err != nil {
		c.t.Error(err)
		return
	}
	if a, err := c.tryReceive("GET"); err != nil || a.StatusCode != want {
		c.t.Errorf("answered %v, then %v; want %d", a.Response, err, want)
	}
}

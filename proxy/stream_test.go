package proxy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/proxy/wire"
)

const streamed = "streaming: {request: true, response: true},"

// noise is a body of n bytes that cannot be mistaken for another, and what it hashes to when it has been read.
func noise(n int64, seed int64) (io.Reader, hash.Hash) {
	sum := sha256.New()
	return io.TeeReader(io.LimitReader(rand.New(rand.NewSource(seed)), n), sum), sum
}

// TestBigStreamsNeedNoMemory moves 100 MB in each direction at once, through a target that sends back what it gets.
func TestBigStreamsNeedNoMemory(t *testing.T) {
	const size = 100 << 20
	echo := serve(t, func(p *peer) {
		r, err := http.ReadRequest(p.in)
		if err != nil {
			return
		}
		p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		var out []byte
		buf := make([]byte, 64<<10)
		for {
			n, err := r.Body.Read(buf)
			out = wire.AppendChunk(out[:0], buf[:n])
			p.Write(out)
			if err == io.EOF {
				p.send("0\r\n\r\n")
			}
			if err != nil {
				return
			}
		}
	})
	g := setup{target: echo.url(), within: streamed}.start(t)
	c := g.dial()
	c.SetDeadline(time.Now().Add(6 * patience))
	peak := watchMemory()
	body, sent := noise(size, 1)
	go func() {
		fmt.Fprintf(c, "POST /v1/orders HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n", size)
		io.Copy(c, body)
	}()
	answer, err := http.ReadResponse(c.in, nil)
	check(t, err)
	got := sha256.New()
	n, err := io.Copy(got, answer.Body)
	if err != nil || n != size || string(got.Sum(nil)) != string(sent.Sum(nil)) {
		t.Errorf("%d of %d bytes came back, then %v; equal hashes: %v", n, size, err, string(got.Sum(nil)) == string(sent.Sum(nil)))
	}
	if grown := peak(); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if r := g.record(); r.BytesIn != size || r.BytesOut != size || r.fault != "" {
		t.Errorf("recorded %d bytes in, %d out, fault %q", r.BytesIn, r.BytesOut, r.fault)
	}
}

// watchMemory begins to watch the heap and returns what ends it and tells by how much it has grown at most.
func watchMemory() (peak func() uint64) {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	before, most := stats.HeapInuse, stats.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&stats)
				most = max(most, stats.HeapInuse)
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return most - before
	}
}

// TestASlowReaderSlowsTheWriter lets one side not read: the other must come to a halt long before all is sent, and go on later.
func TestASlowReaderSlowsTheWriter(t *testing.T) {
	const size = 32 << 20
	t.Run("answer", func(t *testing.T) {
		halted := make(chan int64, 1)
		target := serve(t, func(p *peer) {
			p.request()
			p.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size))
			writeSlowly(p, size, halted)
		})
		c := setup{target: target.url(), within: streamed}.start(t).dial()
		c.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n")
		isHalted(t, halted, size)
		if a := c.receive("GET"); len(a.body) != size {
			t.Errorf("%d bytes came", len(a.body))
		}
	})
	t.Run("request", func(t *testing.T) {
		halted, read := make(chan int64, 1), make(chan struct{})
		target := serve(t, func(p *peer) {
			<-read
			if _, body, _ := p.request(); len(body) == size {
				p.send(plain)
			}
		})
		c := setup{target: target.url(), within: streamed}.start(t).dial()
		go func() {
			fmt.Fprintf(c, "POST /v1/orders HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n", size)
			writeSlowly(c, size, halted)
		}()
		isHalted(t, halted, size)
		close(read)
		if a := c.receive("POST"); a.StatusCode != 200 {
			t.Errorf("answered %s", a.Status)
		}
	})
}

// writeSlowly writes size bytes and tells how many had gone when it had to wait.
func writeSlowly(conn net.Conn, size int, halted chan<- int64) {
	sent, piece := int64(0), make([]byte, 64<<10)
	for sent < int64(size) {
		conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := conn.Write(piece)
		sent += int64(n)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			select {
			case halted <- sent:
			default:
			}
		} else if err != nil {
			return
		}
	}
	close(halted)
}

func isHalted(t *testing.T, halted <-chan int64, size int64) {
	t.Helper()
	if sent := <-halted; sent == 0 || sent > size/2 {
		t.Errorf("the writer was halted after %d of %d bytes (0: not at all)", sent, size)
	}
}

// TestAnAnswerCutOffBeforeHTTP10IsReset pins that a client that takes the end of the connection for the end of the answer is
// told otherwise.
func TestAnAnswerCutOffBeforeHTTP10IsReset(t *testing.T) {
	target := serve(t, func(p *peer) {
		p.request()
		p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
	})
	g := setup{target: target.url(), within: streamed}.start(t)
	c := g.dial()
	c.send("GET /v1/orders HTTP/1.0\r\n\r\n")
	a, err := c.tryReceive("GET")
	if !errors.Is(err, syscall.ECONNRESET) || a.StatusCode != 200 {
		t.Errorf("answered %d %q, then %v; want a reset", a.StatusCode, a.body, err)
	}
	if r := g.record(); r.fault != faults.UnexpectedEOFAtTarget {
		t.Errorf("recorded fault %q", r.fault)
	}
}

// TestAnEarlyAnswerEndsTheUpload sends a request that the target refuses after its head.
func TestAnEarlyAnswerEndsTheUpload(t *testing.T) {
	target := serve(t, func(p *peer) {
		http.ReadRequest(p.in)
		p.send("HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno")
		io.Copy(io.Discard, p)
	})
	g := setup{target: target.url(), within: streamed}.start(t)
	c := g.dial()
	go func() {
		fmt.Fprintf(c, "POST /v1/orders HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n", 1<<30)
		io.Copy(c, rand.New(rand.NewSource(1)))
	}()
	a := c.receive("POST")
	if a.StatusCode != 413 || a.body != "no" || !a.Close {
		t.Errorf("answered %s %q, close %v", a.Status, a.body, a.Close)
	}
	if r := g.record(); r.Status != 413 || r.fault != "" {
		t.Errorf("recorded %d, fault %q", r.Status, r.fault)
	}
}

// TestAStreamedUploadToATargetThatHangsUp is the broken pipe of a stream.
func TestAStreamedUploadToATargetThatHangsUp(t *testing.T) {
	for name, hangUp := range map[string]func(*peer){"reset": resetOnClose, "end": func(*peer) {}} {
		t.Run(name, func(t *testing.T) {
			target := serve(t, func(p *peer) {
				http.ReadRequest(p.in)
				hangUp(p)
			})
			g := setup{target: target.url(), within: streamed}.start(t)
			c := g.dial()
			c.send(post("Content-Length: 1000000", "hello"))
			g.faulty(c.receive("POST"), faults.TargetPrematureClose)
			c.ended()
		})
	}
}

// TestStreamedRequestsKeepTheirConnections sends several over one connection of each side.
func TestStreamedRequestsKeepTheirConnections(t *testing.T) {
	target := serve(t, always(plain))
	g := setup{target: target.url(), within: streamed}.start(t)
	c := g.dial()
	for i := range 20 {
		c.send(post(fmt.Sprintf("Content-Length: %d", i), strings.Repeat("x", i)))
		c.receive("POST")
		c.send(post("Transfer-Encoding: chunked", chunkedBody))
		if a := c.receive("POST"); a.StatusCode != 200 || a.Close {
			t.Fatalf("answered %s, close %v", a.Status, a.Close)
		}
	}
	if n := target.connections.Load(); n != 1 {
		t.Errorf("%d connections to the target", n)
	}
}

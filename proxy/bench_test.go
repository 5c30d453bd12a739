package proxy

import (
	"bytes"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"message-processor/tracing/metrics"
)

const (
	benchRequest = "GET /v1/orders/7?expand=items HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\n" +
		"Accept-Encoding: gzip\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\nCookie: session=0123456789abcdef\r\n\r\n"
	benchAnswer = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"id\":\"7777\"}"
)

// BenchmarkSmallRequest sends one small request after the other through the gateway, over one connection to each side. What it
// reports includes client and target, which allocate nothing.
func BenchmarkSmallRequest(b *testing.B) {
	c := dialFor(b, setup{})
	b.ReportAllocs()
	for b.Loop() {
		c.ask(b)
	}
}

// benchClient asks a gateway for the same small thing again and again.
type benchClient struct {
	net.Conn
	address string
	buf     [4096]byte
}

// dialFor connects to a gateway of its own, whose target answers at once.
func dialFor(b *testing.B, s setup) *benchClient {
	b.Helper()
	target := serve(b, func(p *peer) {
		for buf := make([]byte, 4096); ; {
			n, err := p.Conn.Read(buf)
			if err != nil || !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
				return
			}
			p.send(benchAnswer)
		}
	})
	s.target = target.url()
	c := &benchClient{address: s.start(b).address}
	c.dial(b)
	b.Cleanup(func() { c.Close() })
	return c
}

func (c *benchClient) dial(b *testing.B) {
	b.Helper()
	conn, err := net.Dial("tcp", c.address)
	check(b, err)
	c.Conn = conn
}

func (c *benchClient) ask(b *testing.B) {
	io.WriteString(c, benchRequest)
	if n, err := c.Read(c.buf[:]); err != nil || !bytes.HasSuffix(c.buf[:n], []byte("}")) {
		b.Fatalf("read %q, %v", c.buf[:n], err)
	}
}

// BenchmarkWithAndWithoutMetrics takes turns between a gateway with metrics and one without, a thousand requests each. It
// reports the processor time of a request in the median round, client and target included, and what metrics add to it.
//
//	go test ./proxy -run - -bench Metrics -benchtime 20x
func BenchmarkWithAndWithoutMetrics(b *testing.B) {
	counting, err := metrics.New(b.Context(), func(string) string { return "" }, metrics.Options{})
	check(b, err)
	with, without := dialFor(b, setup{observe: counting.Observe}), dialFor(b, setup{})
	const requests = 1000
	round := func(c *benchClient) float64 {
		c.Close()
		c.dial(b) // how a connection falls on the processors makes more difference than metrics do
		before := processorTime(b)
		for range requests {
			c.ask(b)
		}
		return float64(processorTime(b)-before) / requests
	}
	round(with)
	round(without)
	var on, off, added []float64
	for b.Loop() {
		if len(on)%2 == 0 {
			on, off = append(on, round(with)), append(off, round(without))
		} else {
			off, on = append(off, round(without)), append(on, round(with))
		}
		added = append(added, on[len(on)-1]/off[len(off)-1]-1)
	}
	b.ReportMetric(0, "ns/op") // of two thousand requests: nobody's number
	b.ReportMetric(median(on), "with-cpu-ns")
	b.ReportMetric(median(off), "without-cpu-ns")
	b.ReportMetric(100*median(added), "added-%")
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

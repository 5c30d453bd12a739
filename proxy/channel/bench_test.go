//go:build !race

// Under the race detector sync.Pool forgets at random, and allocations cannot be
// counted.

package channel

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"message-processor/proxy/wire"
)

var requestBytes = []byte(request)

// reuse is one exchange over a kept connection, as the gateway makes it.
func reuse(tb testing.TB, pool *Pool, target *Target, response *wire.Response, body []byte) *Channel {
	c := pool.Take(target)
	if c == nil {
		tb.Fatal("nothing to reuse")
	}
	c.Use(time.Time{})
	if _, err := c.Write(requestBytes); err != nil {
		tb.Fatal(err)
	}
	if err := c.ReadResponse(response, []byte("GET"), limits); err != nil {
		tb.Fatal(err)
	}
	if _, err := c.Body(response, limits).AppendTo(body, 1<<20); err != nil {
		tb.Fatal(err)
	}
	pool.Put(c)
	return c
}

func BenchmarkAReusedExchange(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "secure"}[secure], func(b *testing.B) {
			pool, target := kept(b, secure)
			var response wire.Response
			body := make([]byte, 0, 64)
			b.ReportAllocs()
			for b.Loop() {
				reuse(b, pool, target, &response, body)
			}
		})
	}
}

func TestAReusedExchangeHardlyAllocates(t *testing.T) {
	// What is left is crypto/tls's: 24 bytes per record read, one to look, one to
	// receive, and one at the peer, which is counted too.
	for secure, most := range map[bool]float64{false: 0, true: 3} {
		pool, target := kept(t, secure)
		var response wire.Response
		body := make([]byte, 0, 64)
		if n := testing.AllocsPerRun(200, func() { reuse(t, pool, target, &response, body) }); n > most {
			t.Errorf("secure %v: %v allocations", secure, n)
		}
	}
}

// kept is a pool that holds one connection to a peer which answers every request
// that comes in one piece.
func kept(tb testing.TB, secure bool) (*Pool, *Target) {
	tb.Helper()
	script := func(conn net.Conn) {
		head, response := make([]byte, 256), []byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
		for {
			if _, err := conn.Read(head); err != nil {
				return
			}
			conn.Write(response)
		}
	}
	var target *Target
	if secure {
		authority := newAuthority(tb)
		address := serveTLS(tb, server(authority.issue(tb, nil)), func(conn *tls.Conn) { script(conn) })
		target = secured(address, authority, nil)
	} else {
		target = toward(serve(tb, script), nil, patient)
	}
	pool := pooled(tb, 1)
	pool.Put(open(tb, new(Dialer), target))
	return pool, target
}

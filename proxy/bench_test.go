package proxy

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// BenchmarkSmallRequest sends one small request after the other through the gateway, over one connection to each side. What it
// reports includes client and target, which allocate nothing.
func BenchmarkSmallRequest(b *testing.B) {
	const request = "GET /v1/orders/7?expand=items HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\n" +
		"Accept-Encoding: gzip\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\nCookie: session=0123456789abcdef\r\n\r\n"
	const answer = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"id\":\"7777\"}"
	target := serve(b, func(p *peer) {
		for buf := make([]byte, 4096); ; {
			n, err := p.Conn.Read(buf)
			if err != nil || !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
				return
			}
			p.send(answer)
		}
	})
	g := setup{target: target.url()}.start(b)
	conn, err := net.Dial("tcp", g.address)
	check(b, err)
	defer conn.Close()
	buf := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		io.WriteString(conn, request)
		if n, err := conn.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("}")) {
			b.Fatalf("read %q, %v", buf[:n], err)
		}
	}
}

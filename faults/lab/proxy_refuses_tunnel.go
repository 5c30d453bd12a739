package lab

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
)

// proxyRefusesTunnel is a forward proxy that allows no tunnel (RFC 9110 section 9.3.6), nor anything else. It speaks plain
// HTTP and closes after the answer.
type proxyRefusesTunnel struct {
	Status int `knob:"status"` // of the refusal, from 300 to 599
}

func (b proxyRefusesTunnel) open(p place) (endpoint, error) {
	const body = "no tunnels here\n"
	return p.handle(maxServed, func(conn *link) {
		if _, err := http.ReadRequest(bufio.NewReader(io.LimitReader(conn, maxHead))); err != nil {
			return
		}
		fmt.Fprintf(conn, "HTTP/1.1 %03d %s\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
			b.Status, http.StatusText(b.Status), len(body), body)
		hangUp(conn.TCPConn)
	})
}

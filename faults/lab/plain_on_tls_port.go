package lab

import (
	"bufio"
	"io"
	"net"
)

// plainOnTLSPort is a plain HTTP server where the gateway expects TLS. It takes a ClientHello for a bad request, as such
// servers do; who speaks plain HTTP to it is served well.
type plainOnTLSPort struct{}

func (b plainOnTLSPort) open(p place) (endpoint, error) {
	return p.handle(maxServed, func(conn *link) {
		in := bufio.NewReaderSize(conn, 512)
		first, err := in.Peek(1)
		if err == nil && first[0] != handshakeRecord {
			serveHTTP(p.front, conn, &buffered{Conn: conn, in: in})
			return
		}
		if readHello(in) == nil {
			io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 12\r\n\r\nBad Request\n")
			hangUp(conn.TCPConn)
		}
	})
}

// buffered is a connection some of whose bytes have been read into in.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.in.Read(p) }

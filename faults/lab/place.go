package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// maxStuck bounds the connections of a backend that keeps nothing but a socket for each: load tests of stuck
	// handshakes want tens of thousands.
	maxStuck = 32 << 10
	// maxServed bounds the connections of a backend that speaks TLS or HTTP with each, about 60 KB apiece.
	maxServed = 4 << 10
	// lifetime ends connections whose peer vanished without a FIN. It is far longer than any of the gateway's timers.
	lifetime = 15 * time.Minute
	// handshakeLimit is the time a client has for a handshake that the backend does not delay itself.
	handshakeLimit = time.Minute
)

// place is where a behaviour opens: the address to take, and what the backends of a lab share.
type place struct {
	ctx     context.Context // done when the lab closes; ends every pause
	host    string
	port    int // 0: any free one
	certs   *certificates
	front   *fasthttp.Server
	control func(network, address string, c syscall.RawConn) error // applied to the socket before it listens, may be nil
}

// hostPort is the address of a port on this place's host.
func (p place) hostPort(port int) string { return net.JoinHostPort(p.host, strconv.Itoa(port)) }

// handle has the lab listen and hand at most limit connections at a time to serve, which may leave closing to the caller.
func (p place) handle(limit int, serve func(*link)) (endpoint, error) {
	h := newHandler(limit, serve)
	h.control = p.control
	return endpoint{handler: h}, nil
}

// listen hands every connection to serve, from its first byte on.
func (p place) listen(serve func(*link)) (endpoint, error) { return p.handle(maxStuck, serve) }

// listenTLS hands over connections whose handshake is done. When serve returns the connection ends as hangUp does.
func (p place) listenTLS(config *tls.Config, serve func(raw *link, conn *tls.Conn)) (endpoint, error) {
	return p.handle(maxServed, func(raw *link) {
		conn := tls.Server(raw, config)
		raw.SetDeadline(time.Now().Add(handshakeLimit))
		if conn.Handshake() == nil {
			raw.SetDeadline(time.Now().Add(lifetime))
			serve(raw, conn)
		}
		hangUp(raw.TCPConn)
	})
}

// listenHTTP is the well-behaved server under the given TLS settings.
func (p place) listenHTTP(config *tls.Config) (endpoint, error) {
	return p.listenTLS(config, func(raw *link, conn *tls.Conn) { serveHTTP(p.front, raw, conn) })
}

// listenExchanges calls answer for each request, head and body read, until it returns false or the client is done. Then
// the connection ends as hangUp does.
func (p place) listenExchanges(answer func(*exchange) bool) (endpoint, error) {
	return p.listenRequests(func(x *exchange) bool { return x.readBody() == nil && answer(x) })
}

// listenRequests is listenExchanges with the body left to read.
func (p place) listenRequests(answer func(*exchange) bool) (endpoint, error) {
	return p.listenTLS(p.certs.good(), func(raw *link, conn *tls.Conn) {
		left := &io.LimitedReader{R: conn}
		x := &exchange{ctx: p.ctx, raw: raw, conn: conn, left: left, in: bufio.NewReader(left)}
		for x.readHead() == nil && answer(x) && !x.request.Close {
		}
	})
}

// pause waits, or returns false at once when ctx ends.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

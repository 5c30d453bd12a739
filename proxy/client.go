package proxy

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// client is one connection from a client, from the door's hand-over to its
// end. One goroutine serves it.
type client struct {
	gateway  *Gateway
	conn     net.Conn // the accepted connection itself
	sender   channel.Sender
	source   clientSource
	in       *wire.Reader
	body     wire.Body // of the request under way
	ids      *tracing.Connection
	exchange exchange // the one request under way; its memory serves all of them
	excess   bool     // one too many: its request is refused
	idle     atomic.Bool
	tunnel   atomic.Bool
}

// Sizes of what a client connection keeps between requests.
const (
	keptBuffer = 64 << 10  // a larger buffer is given back after its request
	writePiece = 256 << 10 // one write's share of the I/O timer
)

// A client connection may be idle this long between requests, as long as the
// original keeps a target's.
const (
	clientIdle = 60 * time.Second
	shortIdle  = time.Second
)

// Between requests of a draining gateway an idle connection gets this long for
// a request that is already on its way.
const drainGrace = time.Second

func newClient(g *Gateway, conn net.Conn, initial []byte) *client {
	c := &client{gateway: g, conn: conn, ids: g.recorder.Connection(addrPort(conn.RemoteAddr()))}
	c.source.conn = conn
	c.source.receiver.Open(conn)
	c.in = wire.NewReader(&c.source, initial)
	c.sender.Open(conn)
	c.exchange.client = c
	return c
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		p := tcp.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}

// serve answers the connection's requests until one side ends it.
func (c *client) serve(expired bool) {
	defer c.conn.Close()
	defer c.gateway.survive()
	for {
		err := c.nextRequest(expired)
		if c.isSilent(err) {
			return
		}
		if keep := c.exchange.serve(err); !keep {
			return
		}
	}
}

// nextRequest reads one head. Between requests the connection may be idle for
// the keep-alive timeout; once a head has begun, the I/O timeout bounds all of
// it, so that a byte now and then does not hold the connection for ever.
func (c *client) nextRequest(expired bool) error {
	state := c.gateway.state.Load()
	if c.in.Buffered() == 0 && !expired {
		if err := c.awaitRequest(); err != nil {
			return errIdle
		}
	}
	c.source.total(time.Now().Add(state.clientIO()))
	if expired {
		c.source.total(time.Now())
	}
	return c.in.ReadRequest(&c.exchange.req, state.requestLimits)
}

// awaitRequest waits for the first byte of the next request. A connection that
// is idle for more than a moment gives its buffers back meanwhile.
func (c *client) awaitRequest() error {
	defer c.idle.Store(false)
	c.setIdle(shortIdle)
	err := c.in.WaitByte()
	if errors.Is(err, os.ErrDeadlineExceeded) && !c.gateway.draining.Load() {
		c.in.Release()
		c.exchange.out, c.exchange.body, c.exchange.sent, c.exchange.answer = nil, nil, nil, nil
		c.setIdle(clientIdle - shortIdle)
		err = c.in.WaitByte()
	}
	return err
}

// setIdle starts the idle timer. A gateway that began to drain meanwhile is
// noticed on either side: drain looks at idle after setting draining, this
// looks at draining after setting idle.
func (c *client) setIdle(timeout time.Duration) {
	c.idle.Store(true)
	c.source.total(time.Now().Add(timeout))
	c.source.arm()
	if c.gateway.draining.Load() {
		c.source.total(time.Now().Add(drainGrace))
		c.source.arm()
	}
}

// hurry shortens the wait of an idle connection because the gateway drains.
func (c *client) hurry() {
	if c.idle.Load() {
		c.conn.SetReadDeadline(time.Now().Add(drainGrace))
	}
	if c.tunnel.Load() {
		c.source.stop() // holds also against a read that is about to set its own deadline
		c.conn.SetWriteDeadline(longAgo)
	}
}

var errIdle = errors.New("the client sent no further request")

// isSilent tells whether the connection ends without an answer: nobody asked
// anything, or whoever asked has gone.
func (c *client) isSilent(err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, errIdle), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.in.Buffered() == 0
	}
	var refused *wire.Error
	return !errors.As(err, &refused)
}

// write sends p to the client. Each piece that the kernel does not take at once
// has the I/O timeout of its own, so a slow client is no timeout as long as it
// takes something.
func (c *client) write(p []byte, timeout time.Duration) error {
	n, err := c.sender.Send(p)
	if err != nil {
		return err
	}
	p = p[n:]
	for len(p) > 0 {
		n := min(len(p), writePiece)
		if err := c.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return err
		}
		if _, err := c.conn.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// linger ends the connection so that an answer written while the client was
// still sending arrives: closing with unread bytes would reset the connection
// and could take the answer along (RFC 9112 section 9.6).
func (c *client) linger() {
	tcp, ok := c.conn.(interface{ CloseWrite() error })
	if !ok || tcp.CloseWrite() != nil {
		return
	}
	c.conn.SetReadDeadline(time.Now().Add(lingerTime))
	io.CopyN(io.Discard, c.conn, lingerBytes)
}

const (
	lingerTime  = time.Second
	lingerBytes = 1 << 20
)

// clientSource is what the wire.Reader reads from: the connection with a
// deadline that fits what is being read.
type clientSource struct {
	conn     net.Conn
	receiver channel.Receiver // from conn
	deadline time.Time        // of the whole that is being read
	idle     time.Duration    // if set, each read has this long instead, within deadline
	armed    time.Time        // the deadline the connection has now
	stopped  atomic.Bool      // nothing is to be read any more
}

// total bounds everything read from now on by one deadline.
func (s *clientSource) total(deadline time.Time) { s.deadline, s.idle = deadline, 0 }

// each gives every read the idle time, up to the deadline if that is not zero.
func (s *clientSource) each(idle time.Duration, deadline time.Time) {
	s.deadline, s.idle = deadline, idle
}

// Read implements io.Reader.
func (s *clientSource) Read(p []byte) (int, error) {
	if err := s.arm(); err != nil {
		return 0, err
	}
	return s.receiver.Read(p)
}

func (s *clientSource) arm() error {
	want := s.deadline
	if s.idle > 0 {
		want = time.Now().Add(s.idle)
		if !s.deadline.IsZero() && s.deadline.Before(want) {
			want = s.deadline
		}
	}
	if want.Equal(s.armed) {
		return nil
	}
	s.armed = want
	if err := s.conn.SetReadDeadline(want); err != nil || !s.stopped.Load() {
		return err
	}
	return s.conn.SetReadDeadline(longAgo)
}

// stop makes a read that is under way on another goroutine, and every later
// one, fail.
func (s *clientSource) stop() {
	s.stopped.Store(true)
	s.conn.SetReadDeadline(longAgo)
}

// longAgo is a deadline that has passed whatever the clock says.
var longAgo = time.Unix(1, 0)

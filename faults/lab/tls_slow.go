package lab

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

// tlsSlow delays each flight of its side of the handshake: one with TLS 1.3, two with TLS 1.2. After that it is healthy.
type tlsSlow struct {
	Delay time.Duration `knob:"delay"` // before each flight; above the gateway's handshake timeout it is that fault
}

func (b tlsSlow) open(p place) (endpoint, error) {
	config := p.certs.good()
	return p.handle(maxServed, func(raw *link) {
		slow := &lateWrites{Conn: raw, ctx: p.ctx, delay: b.Delay}
		conn := tls.Server(slow, config)
		if conn.Handshake() == nil {
			slow.prompt.Store(true)
			serveHTTP(p.front, raw, conn)
		}
		hangUp(raw.TCPConn)
	})
}

// lateWrites pauses before each write until prompt is set. crypto/tls writes a flight at once.
type lateWrites struct {
	net.Conn
	ctx    context.Context
	delay  time.Duration
	prompt atomic.Bool
}

func (c *lateWrites) Write(p []byte) (int, error) {
	if !c.prompt.Load() && !pause(c.ctx, c.delay) {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

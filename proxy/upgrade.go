package proxy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"

	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// upgrades tells whether the request's Upgrade is passed on. One with a body
// is not, nor is one to HTTP/2, which this gateway could not follow.
func (x *exchange) upgrades() bool {
	return x.req.Upgrade != nil && x.req.Framing == wire.NoBody &&
		!wire.EqualFold(x.req.Upgrade, "h2c")
}

// agreed tells whether a 101 switches to a protocol the client asked for.
func (x *exchange) agreed() bool {
	if !x.upgrades() {
		return false
	}
	for _, asked := range bytes.Split(x.req.Upgrade, []byte(",")) {
		if bytes.EqualFold(bytes.TrimSpace(asked), x.resp.Upgrade) {
			return true
		}
	}
	return false
}

// tunnel relays both directions after the target agreed to an Upgrade. It ends
// when both sides have, when neither has moved a byte for the I/O timeout, or
// when the gateway drains. Neither connection is used again.
func (x *exchange) tunnel() error {
	x.keep = false
	x.tx.Enter(tracing.Respond)
	x.out = x.appendStatusLine(x.out[:0])
	x.out = x.appendTargetFields(x.out)
	x.out = append(append(x.out, "Connection: Upgrade\r\nUpgrade: "...), x.resp.Upgrade...)
	x.out = append(x.out, "\r\n"...)
	if x.state.config.ResponseHeaders {
		x.out = append(append(x.out, "X-Apigee-Message-ID: "...), x.tx.Record().MessageID...)
		x.out = append(x.out, "\r\n"...)
	}
	x.out = append(x.out, "\r\n"...)
	x.noteAnswer(len(x.out), nil)
	if err := x.deliver(x.out); err != nil {
		return err
	}
	x.client.tunnel.Store(true)
	if x.client.gateway.draining.Load() {
		return nil
	}
	newTunnel(x).run()
	x.cut = true // both directions have ended: there is nothing to linger for
	return nil
}

// tunnel is one upgraded connection.
type tunnel struct {
	exchange *exchange
	idle     time.Duration
	began    time.Time
	moved    atomic.Int64 // when a byte last moved, in either direction: nanoseconds since began, which no step of the clock changes
}

func newTunnel(x *exchange) *tunnel {
	return &tunnel{exchange: x, idle: x.server.target.Timeouts().IO, began: time.Now()}
}

func (t *tunnel) run() {
	x := t.exchange
	up := make(chan struct{})
	go func() {
		defer close(up)
		defer x.client.gateway.survive()
		n := t.copy(toTarget{x}, fromClient{x}, x.client.in.Take())
		x.tx.Record().BytesIn = n
		if x.client.gateway.draining.Load() {
			x.channel.Close() // the target is not waited for
		}
	}()
	x.tx.Record().BytesOut = t.copy(toClient{x}, fromTarget{x}, x.channel.Reader().Take())
	<-up
}

// copy moves bytes until the source ends, then ends the sink's side of the
// connection, so that a half-close travels through.
func (t *tunnel) copy(dst sink, src io.Reader, early []byte) (moved int64) {
	defer dst.CloseWrite()
	buf := make([]byte, 32<<10)
	for piece := early; ; {
		if len(piece) > 0 {
			t.moved.Store(int64(time.Since(t.began)))
			if _, err := dst.Write(piece); err != nil {
				return moved
			}
			moved += int64(len(piece))
		}
		n, err := src.Read(buf)
		if err != nil && n == 0 {
			if t.waits(err) {
				piece = nil
				continue
			}
			return moved
		}
		piece = buf[:n]
	}
}

// waits tells whether a read that ran into its deadline is tried again because
// the other direction is alive.
func (t *tunnel) waits(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && !t.exchange.client.gateway.draining.Load() &&
		time.Since(t.began)-time.Duration(t.moved.Load()) < t.idle
}

// sink is the writing half of one end of a tunnel.
type sink interface {
	io.Writer
	CloseWrite() error
}

type fromClient struct{ x *exchange }

func (f fromClient) Read(p []byte) (int, error) {
	f.x.client.source.each(f.x.server.target.Timeouts().IO, time.Time{})
	return f.x.client.source.Read(p)
}

type toClient struct{ x *exchange }

func (t toClient) Write(p []byte) (int, error) {
	return len(p), t.x.client.write(p, t.x.state.clientIO())
}

func (t toClient) CloseWrite() error {
	if half, ok := t.x.client.conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return t.x.client.conn.Close()
}

type fromTarget struct{ x *exchange }

func (f fromTarget) Read(p []byte) (int, error) { return f.x.channel.Read(p) }

type toTarget struct{ x *exchange }

func (t toTarget) Write(p []byte) (int, error) { return t.x.channel.Write(p) }
func (t toTarget) CloseWrite() error           { return t.x.channel.CloseWrite() }

package channel

import (
	"errors"
	"io"
	"time"

	"message-processor/proxy/wire"
)

// Use begins one exchange: the byte counters and FirstByte start anew. budget is
// the absolute deadline of the whole call (zero: none); it caps the deadline of
// every later Read and Write.
func (c *Channel) Use(budget time.Time) {
	c.budget = budget
	c.read.Store(0)
	c.written.Store(0)
	c.firstByte.Store(0)
}

// piece is how much is written under one deadline. The I/O timer is an idle
// timer: a large body to a slow target must not run out of it while bytes move.
const piece = 64 << 10

// Write sends application bytes. The I/O timer starts anew for each piece that
// the kernel does not take at once.
// Errors are *Error with phase Send; n is how much was handed to the network.
//
// Cause Reset does not exclude that an answer, or an alert, came before it: it
// can still be read.
func (c *Channel) Write(p []byte) (n int, err error) {
	for first := true; first || n < len(p); first = false {
		c.untimed.Store(true)
		var sent int
		sent, err = c.write(p[n:min(len(p), n+piece)])
		n += sent
		if sent > 0 {
			c.written.Add(int64(sent))
			c.lastIO.Store(int64(time.Since(c.created)))
		}
		if err != nil {
			return n, c.failed(Send, err)
		}
	}
	return n, nil
}

func (c *Channel) write(p []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Write(p)
	}
	return c.send(p)
}

// send writes to the socket: what the kernel takes at once without a timer, the
// rest under the I/O timer. Within a handshake, whose timer is armed, it only
// writes, and a call with a budget must not begin to send when that is used up.
func (c *Channel) send(p []byte) (n int, err error) {
	if c.untimed.Load() {
		if c.budget.IsZero() {
			if n, err = c.sender.Send(p); n == len(p) || err != nil {
				return n, err
			}
		}
		c.untimed.Store(false)
		c.raw.SetWriteDeadline(within(c.target.timeouts.IO, c.budget))
	}
	rest, err := c.raw.Write(p[n:])
	return n + rest, err
}

// Read returns application bytes as they arrive, under the I/O timer. The end of
// the stream is io.EOF; other errors are *Error with phase Wait or Receive. It
// is what the response is read through, and what a tunnel reads from once
// Reader has nothing left.
func (c *Channel) Read(p []byte) (int, error) {
	c.raw.SetReadDeadline(within(c.target.timeouts.IO, c.budget))
	n, err := c.readNext(p)
	if n > 0 {
		now := int64(time.Since(c.created))
		c.lastIO.Store(now)
		if c.read.Add(int64(n)) == int64(n) {
			c.firstByte.Store(now)
		}
	}
	if err == nil || errors.Is(err, io.EOF) && !c.closed.Load() {
		return n, err
	}
	return n, c.Fail(err)
}

func (c *Channel) readNext(p []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Read(p)
	}
	return c.receiver.Read(p)
}

// Extend restarts the timer of a Read that is under way on another goroutine:
// the I/O timer is for a connection on which nothing moves, and writing moves it.
func (c *Channel) Extend() {
	c.raw.SetReadDeadline(within(c.target.timeouts.IO, c.budget))
}

// CloseWrite ends our direction of a tunnel: close_notify over TLS, then FIN.
func (c *Channel) CloseWrite() error {
	if c.tls != nil {
		c.untimed.Store(false) // close_notify comes with a timer of its own
		if err := c.tls.CloseWrite(); err != nil {
			return c.failed(Send, err)
		}
	}
	half, ok := c.raw.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	if err := half.CloseWrite(); err != nil {
		return c.failed(Send, err)
	}
	return nil
}

// Reader is the buffered read side, for a tunnel: what it holds came before what
// Read returns.
func (c *Channel) Reader() *wire.Reader {
	if c.buffer == nil {
		c.buffer = wire.NewReader(c, nil)
	}
	return c.buffer
}

// ReadResponse reads one head; interim (1xx) ones are returned like any other
// and the caller comes back for the next. Errors are *Error: phase Wait until
// the first byte of the answer, Receive from then on. A connection that ends is
// Closed in both.
func (c *Channel) ReadResponse(resp *wire.Response, method []byte, lim wire.Limits) error {
	if err := c.Reader().ReadResponse(resp, method, lim); err != nil {
		return c.Fail(err)
	}
	return nil
}

// Body is the body of the response last read, in its framing. It is the
// Channel's own and good until the next call. Give its errors to Fail.
func (c *Channel) Body(resp *wire.Response, lim wire.Limits) *wire.Body {
	c.body.Reset(c.Reader(), resp.Framing, resp.Length, lim)
	return &c.body
}

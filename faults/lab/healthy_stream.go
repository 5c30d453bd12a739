package lab

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	maxBytes  = 100 << 20 // of ?bytes=N
	maxEvents = 10_000    // of ?sse=N

	eventInterval = 100 * time.Millisecond
)

// sendBytes answers with n bytes of a pattern that makes a hole or a repeat visible: lines that carry their own offset.
func sendBytes(c *fasthttp.RequestCtx, n int) {
	c.SetContentType("text/plain")
	c.SetBodyStream(io.LimitReader(&offsets{}, int64(n)), n)
}

// offsets reads as endless lines of 64 bytes, each the offset of its own start.
type offsets struct {
	buffer [64]byte
	line   []byte // what is left of the current one
	next   int
}

func (o *offsets) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(o.line) == 0 {
			o.line = fmt.Appendf(o.buffer[:0], "%063d\n", o.next)
			o.next += len(o.line)
		}
		copied := copy(p[n:], o.line)
		o.line, n = o.line[copied:], n+copied
	}
	return n, nil
}

// sendEvents answers with n server-sent events, one every eventInterval, each in a chunk of its own.
func sendEvents(ctx context.Context, c *fasthttp.RequestCtx, n int) {
	c.SetContentType("text/event-stream")
	c.Response.Header.Set("Cache-Control", "no-store")
	if c.IsHead() { // fasthttp would end even the body it leaves out
		c.Response.Header.SetContentLength(-1)
		return
	}
	c.Response.ImmediateHeaderFlush = true
	c.SetBodyStream(&events{ctx: ctx, left: n}, -1)
}

// events reads as server-sent events, each when it is due.
type events struct {
	ctx        context.Context
	sent, left int
}

func (e *events) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	if !pause(e.ctx, eventInterval) {
		return 0, e.ctx.Err()
	}
	e.left--
	e.sent++
	return copy(p, fmt.Sprintf("id: %d\ndata: event %d\n\n", e.sent, e.sent)), nil
}

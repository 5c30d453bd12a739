package proxy

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"message-processor/tracing"
)

// door is where clients come in: a fasthttp server that accepts a connection,
// waits for its first head and hands it over. fasthttp's own reading of that
// head is not used. The bytes it consumed are kept and scanned again, so the
// first request is judged by the same scanner as all others, and whatever
// fasthttp would write itself is discarded.
type door struct {
	gateway  *Gateway
	server   *fasthttp.Server
	mutex    sync.Mutex
	listener net.Listener
}

// firstHead is fasthttp's read buffer. A longer head overflows it, which ends
// in the error handler and from there on the same way.
const firstHead = 4096

// idleWorker is how long fasthttp keeps a goroutine, with its stack, for the next connection. A burst of stuck handshakes
// passes the door within a second or two, and is there for much longer.
const idleWorker = time.Second

func newDoor(g *Gateway) *door {
	d := &door{gateway: g}
	d.server = &fasthttp.Server{
		Handler:      d.handOver,
		ErrorHandler: d.handOverRefused,
		// A first head has as long as every later one.
		ReadTimeout:    g.state.Load().clientIO(),
		ReadBufferSize: firstHead,
		// The handler runs as soon as the head is there, with the body unread.
		StreamRequestBody:             true,
		HeaderReceived:                leaveBody,
		DisablePreParseMultipartForm:  true,
		DisableHeaderNamesNormalizing: true,
		NoDefaultServerHeader:         true,
		NoDefaultDate:                 true,
		NoDefaultContentType:          true,
		MaxIdleWorkerDuration:         idleWorker,
		Logger:                        silence{},
	}
	return d
}

// leaveBody makes the request look like one without a body. Otherwise fasthttp
// would wait for the body's first kilobytes before it calls the handler, even
// while the client waits to be told to continue.
func leaveBody(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	h.SetContentLength(0)
	h.Del("Expect")
	return fasthttp.RequestConfig{}
}

func (d *door) serve(l net.Listener) error {
	d.gateway.connections.accept(true)
	defer d.gateway.connections.accept(false)
	d.mutex.Lock()
	d.listener = l
	d.mutex.Unlock()
	if d.gateway.draining.Load() {
		return l.Close()
	}
	listener := &doorListener{Listener: l, gateway: d.gateway}
	err := d.server.Serve(listener)
	if d.gateway.draining.Load() {
		return nil
	}
	return cmp.Or(listener.failure, err) // fasthttp itself is silent about a failure to accept
}

// close ends accepting. Connections that the kernel has already set up for the
// gateway are still taken, because their clients believe they are in.
func (d *door) close() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.listener == nil {
		return
	}
	if queue, ok := d.listener.(interface{ SetDeadline(time.Time) error }); ok {
		queue.SetDeadline(time.Now().Add(acceptRest))
		return
	}
	d.listener.Close()
}

// handOver takes the connection out of fasthttp's hands. It is served on another
// goroutine than fasthttp's, because that one holds buffers until it ends.
func (d *door) handOver(ctx *fasthttp.RequestCtx) {
	conn := ctx.Conn().(*doorConn)
	client := conn.handOver()
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(net.Conn) {
		conn.kept = true
		go func() {
			defer conn.end()
			client.serve(false)
		}()
	})
}

// handOverRefused serves a connection whose first head fasthttp did not take,
// for whatever reason: the scanner decides. It returns when the connection has
// ended; fasthttp's own answer then goes nowhere.
func (d *door) handOverRefused(ctx *fasthttp.RequestCtx, err error) {
	conn := ctx.Conn().(*doorConn)
	if len(conn.seen) > 0 {
		conn.handOver().serve(errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err))
	}
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// doorListener wraps what it accepts, and does not let a moment without file
// descriptors end the gateway.
type doorListener struct {
	net.Listener
	gateway *Gateway
	failure error // why it does not accept any more
}

const (
	acceptPause    = 5 * time.Millisecond
	acceptPauseMax = time.Second
	acceptRest     = 20 * time.Millisecond
)

func (l *doorListener) Accept() (net.Conn, error) {
	for pause := acceptPause; ; pause = min(2*pause, acceptPauseMax) {
		conn, err := l.Listener.Accept()
		if err == nil {
			accepted := &doorConn{Conn: conn, gateway: l.gateway}
			if !l.gateway.connections.add(accepted, l.gateway.Config().Limits.ClientConnections) {
				conn.Close()
				continue
			}
			return accepted, nil
		}
		if l.gateway.draining.Load() {
			l.Listener.Close()
			return nil, io.EOF
		}
		if !passes(err) {
			l.failure = err
			return nil, err
		}
		if pause == acceptPause {
			tracing.Line(l.gateway.currentLog().Warn(), "HTTP.SERVER", "NIOThread@0",
				"HTTPServer.accept() : no connection accepted, trying on: "+err.Error())
		}
		time.Sleep(pause)
	}
}

// passes tells whether accepting is worth another try.
func passes(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ECONNABORTED, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// silence is the logger of a fasthttp server that has nothing to say: what
// there is to say about a connection is in system.log.
type silence struct{}

func (silence) Printf(string, ...any) {}

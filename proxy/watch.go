package proxy

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// An answer that took longer than this is worth a look whether its client is
// still there.
const lookAfter = 100 * time.Millisecond

// left tells whether the client has closed its side of the connection. Nothing
// is consumed. A client that only half-closes counts as gone too: the gateway
// cannot tell the two apart before it writes.
func (c *client) left() bool {
	raw := rawConn(c.conn)
	if raw == nil {
		return false
	}
	gone := false
	raw.Control(func(fd uintptr) { gone, _ = peekEnd(fd) })
	return gone
}

func rawConn(conn any) syscall.RawConn {
	with, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := with.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// peekEnd looks at a socket without waiting: whether the peer has ended the
// connection, and whether there is anything to see at all.
func peekEnd(fd uintptr) (ended, ready bool) {
	var one [1]byte
	n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return false, false
	case err != nil:
		return true, true
	}
	return n == 0, true
}

// watch looks after a client whose departure cancels its target exchange
// (on_client_close: cancel). It costs nothing until the client does something.
type watch struct {
	client *client
	cancel context.CancelFunc
	detach func() bool   // frees the Channel from the client's fate; nil before there is one
	ended  chan struct{} // closed when nobody is watching any more
	gone   atomic.Bool
}

// startWatch cancels ctx when the client leaves. It must not be running while
// anything else reads from the client.
func startWatch(c *client, cancel context.CancelFunc) *watch {
	w := &watch{client: c, cancel: cancel, ended: make(chan struct{})}
	raw := rawConn(c.conn)
	if raw == nil || c.in.Buffered() > 0 {
		close(w.ended)
		return w
	}
	c.source.total(time.Time{})
	c.source.arm()
	go w.run(raw)
	return w
}

func (w *watch) run(raw syscall.RawConn) {
	defer close(w.ended)
	err := raw.Read(func(fd uintptr) bool {
		ended, ready := peekEnd(fd)
		w.gone.Store(ended)
		return ready
	})
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		w.gone.Store(true)
	}
	if w.gone.Load() {
		w.cancel()
	}
}

// stop ends the watch and tells whether the client has left.
func (w *watch) stop() bool {
	w.client.source.total(longAgo)
	w.client.source.arm()
	<-w.ended
	if w.detach != nil {
		w.detach()
	}
	w.cancel()
	return w.gone.Load()
}

// errLeft is a client that closed its connection before its answer.
var errLeft = errors.New("the client has closed the connection")

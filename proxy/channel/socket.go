package channel

import (
	"io"
	"net"
	"os"
	"syscall"
)

// socket makes the system calls on a connection that net.Conn has no words for.
// None of them waits, and none waits for a Read in another goroutine: they go
// through RawConn.Control, which does not take the read lock that a blocked Read
// holds.
//
// The callbacks are built once and talk through fields, so that looking at a
// connection before each use costs no allocation. Only the Channel's user looks.
type socket struct {
	raw     syscall.RawConn // nil: no socket (net.Pipe in tests)
	looking bool

	peek, receive func(fd uintptr) // built when first needed
	into          []byte
	n             int
	err           error
	one           [1]byte
}

// errNothing says that no byte is there at the moment. TLS takes a timeout as
// temporary: the connection can be read again later.
var errNothing error = os.ErrDeadlineExceeded

func (s *socket) open(conn net.Conn) {
	if system, ok := conn.(syscall.Conn); ok {
		s.raw, _ = system.SyscallConn()
	}
}

// info is the kernel's view; nil where there is none.
func (s *socket) info() *TCPInfo {
	if s.raw == nil {
		return nil
	}
	return tcpInfo(s.raw)
}

// readNow takes what the kernel holds: errNothing if that is nothing, io.EOF
// after the peer's FIN.
func (s *socket) readNow(p []byte) (int, error) {
	if s.receive == nil {
		s.receive = func(fd uintptr) { s.n, s.err = receiveNow(fd, s.into, false) }
	}
	return s.call(s.receive, p)
}

// peekNow is readNow, but leaves the bytes where they are.
func (s *socket) peekNow(p []byte) (int, error) {
	if s.peek == nil {
		s.peek = func(fd uintptr) { s.n, s.err = receiveNow(fd, s.into, true) }
	}
	return s.call(s.peek, p)
}

func (s *socket) call(f func(fd uintptr), p []byte) (int, error) {
	if s.raw == nil {
		return 0, errNothing
	}
	s.into, s.n, s.err = p, 0, nil
	err := s.raw.Control(f)
	s.into = nil
	switch {
	case err != nil:
		return 0, err
	case s.err == syscall.EAGAIN || s.err == syscall.EINTR:
		return 0, errNothing
	case s.err != nil:
		return 0, s.err
	case s.n == 0:
		return 0, io.EOF
	}
	return s.n, nil
}

// discard throws away what has arrived and was not read, up to a bound: the
// kernel answers the close of a socket with unread bytes with RST instead of
// FIN, for instance when a session ticket or close_notify came last.
func (s *socket) discard() {
	if s.raw == nil {
		return
	}
	s.raw.Control(func(fd uintptr) {
		var waste [4096]byte
		for range 16 {
			if n, err := receiveNow(fd, waste[:], false); n <= 0 || err != nil {
				return
			}
		}
	})
}

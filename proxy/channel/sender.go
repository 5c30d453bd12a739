package channel

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// maxAtOnce is the most that Sender and Receiver move in one system call: copying
// more takes the kernel long enough for the scheduler to want the processor back.
const maxAtOnce = 64 << 10

// Sender hands bytes to the kernel without ever waiting. Most of what a gateway
// writes fits into the socket's buffer, and then a deadline need not be armed and
// the Go scheduler need not know: it would take the processor away from a write
// during which the kernel lets the receiver run, and give it to another thread.
// On a busy machine that costs more than the write.
//
// The callback is built once and talks through fields, as those of socket do. One
// goroutine at a time may send.
type Sender struct {
	conn net.Conn
	raw  syscall.RawConn // nil: no socket (net.Pipe in tests)
	call func(fd uintptr)
	from []byte
	n    int
	err  error
}

// Open makes conn what is sent to.
func (s *Sender) Open(conn net.Conn) {
	s.conn = conn
	if system, ok := conn.(syscall.Conn); ok {
		s.raw, _ = system.SyscallConn()
	}
	s.call = func(fd uintptr) { s.n, s.err = sendNow(fd, s.from) }
}

// Send returns how much of p the kernel took: all, some or nothing. The rest is
// for conn's own Write, which waits. The error is a *net.OpError like Write's,
// and final.
func (s *Sender) Send(p []byte) (int, error) {
	if s.raw == nil || len(p) > maxAtOnce {
		return 0, nil
	}
	s.from, s.n, s.err = p, 0, nil
	closed := s.raw.Control(s.call)
	s.from = nil
	switch {
	case closed != nil: // Write says it better
		return 0, nil
	case s.err == nil, errors.Is(s.err, syscall.EAGAIN), errors.Is(s.err, syscall.EINTR):
		return s.n, nil
	}
	return 0, &net.OpError{Op: "write", Net: "tcp", Source: s.conn.LocalAddr(), Addr: s.conn.RemoteAddr(),
		Err: os.NewSyscallError("write", s.err)}
}

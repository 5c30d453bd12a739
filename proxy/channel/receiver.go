package channel

import (
	"io"
	"net"
	"os"
	"syscall"
)

// Receiver reads from a socket like its connection's own Read, deadlines and all,
// but without telling the Go scheduler of each call: the kernel only copies what
// is there, or says that there is nothing, and then the goroutine waits as usual.
// It matters for the reason given at Sender.
//
// One goroutine at a time may read.
type Receiver struct {
	conn net.Conn
	raw  syscall.RawConn // nil: no socket (net.Pipe in tests)
	call func(fd uintptr) (done bool)
	into []byte
	n    int
	err  error
}

// Open makes conn what is read from.
func (r *Receiver) Open(conn net.Conn) {
	r.conn = conn
	if system, ok := conn.(syscall.Conn); ok && receives {
		r.raw, _ = system.SyscallConn()
	}
	r.call = func(fd uintptr) bool {
		for r.err = syscall.EINTR; r.err == syscall.EINTR; {
			r.n, r.err = receiveNow(fd, r.into, false)
		}
		return r.err != syscall.EAGAIN
	}
}

// Read implements io.Reader. Errors are those of conn's own Read.
func (r *Receiver) Read(p []byte) (int, error) {
	if r.raw == nil || len(p) == 0 {
		return r.conn.Read(p)
	}
	r.into, r.n = p[:min(len(p), maxAtOnce)], 0
	err := r.raw.Read(r.call)
	r.into = nil
	switch {
	case err != nil:
		return 0, r.failed(err)
	case r.err != nil:
		return 0, r.failed(os.NewSyscallError("read", r.err))
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// failed words an error as conn's own Read does.
func (r *Receiver) failed(err error) error {
	if of, ok := err.(*net.OpError); ok {
		err = of.Err
	}
	return &net.OpError{Op: "read", Net: "tcp", Source: r.conn.LocalAddr(), Addr: r.conn.RemoteAddr(), Err: err}
}

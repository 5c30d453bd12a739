//go:build unix

package lab

import (
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// bound is a TCP socket with an address of its own that package net does not know: bound, perhaps listening, never
// accepting.
type bound struct {
	fd   int
	port int
}

// bind makes a bound socket at the place's address.
func (p place) bind() (bound, error) {
	addr, err := net.ResolveTCPAddr("tcp", p.hostPort(p.port))
	if err != nil {
		return bound{}, err
	}
	fd, err := newSocket(addr.IP.To4() != nil)
	if err != nil {
		return bound{}, os.NewSyscallError("socket", err)
	}
	if p.port != 0 {
		// A fixed port may have a past in TIME_WAIT. For a free one the option would let others bind it too.
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	if err := unix.Bind(fd, sockaddr(addr)); err != nil {
		unix.Close(fd)
		return bound{}, os.NewSyscallError("bind "+addr.String(), err)
	}
	b := bound{fd: fd}
	b.port, err = localPort(fd)
	return b, err
}

// newSocket makes a TCP socket that programs started later do not inherit.
func newSocket(ip4 bool) (int, error) {
	family := unix.AF_INET6
	if ip4 {
		family = unix.AF_INET
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}

func sockaddr(a *net.TCPAddr) unix.Sockaddr {
	if ip := a.IP.To4(); ip != nil {
		return &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(ip)}
	}
	return &unix.SockaddrInet6{Port: a.Port, Addr: [16]byte(a.IP.To16())}
}

func localPort(fd int) (int, error) {
	name, err := unix.Getsockname(fd)
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return a.Port, err
	case *unix.SockaddrInet6:
		return a.Port, err
	}
	return 0, os.NewSyscallError("getsockname", err)
}

func (b bound) close() error { return os.NewSyscallError("close", unix.Close(b.fd)) }

// smallBuffers announces segments of the size of a real network (1,400 bytes; loopback's are 64 KB), for a sender sizes
// its buffer by them, and takes little unread data. It only makes broken-pipe need less, so failing is no matter.
func smallBuffers(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, 1400)
		unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 16<<10)
	})
}

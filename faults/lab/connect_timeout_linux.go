package lab

import (
	"context"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func (b connectTimeout) open(p place) (endpoint, error) {
	s, err := p.bind()
	if err != nil {
		return endpoint{}, err
	}
	if err := unix.Listen(s.fd, 0); err != nil {
		s.close()
		return endpoint{}, os.NewSyscallError("listen", err)
	}
	filler, err := fill(p.ctx, s.fd, p.hostPort(s.port))
	if err != nil {
		s.close()
		return endpoint{}, unavailable("cannot fill the kernel's queue of connections: " + err.Error())
	}
	return endpoint{address: p.hostPort(s.port), close: func() error {
		filler.Close()
		return s.close()
	}}, nil
}

// fill takes the one place in the queue and waits until the kernel counts it.
func fill(ctx context.Context, fd int, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: time.Second, KeepAlive: -1}
	d.SetMultipathTCP(false)
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	for start := time.Now(); !full(fd); {
		if time.Since(start) > time.Second || !pause(ctx, time.Millisecond) {
			conn.Close()
			return nil, os.ErrDeadlineExceeded
		}
	}
	return conn, nil
}

// full tells whether the next SYN will be dropped. TCP_INFO of a listening socket holds its queue: Unacked is how many
// connections wait there, Sacked the backlog they must exceed.
func full(fd int) bool {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	return err == nil && info.Unacked > info.Sacked
}

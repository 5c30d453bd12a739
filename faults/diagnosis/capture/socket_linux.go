package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// socket is a packet socket that sees all interfaces. One goroutine reads; filter, interrupt and close may be called from
// anywhere.
type socket struct {
	file    *os.File
	raw     syscall.RawConn
	quiet   func() // called by read before it waits; nil: nothing is
	buffer  []byte // of the snapshot length
	control [128]byte
	drained bool // interrupted: nothing is waited for any more

	packets, drops uint64 // the kernel's counts; reading them sets its own to zero
}

// openSocket begins to receive what a filter lets through, and nothing before. buffer is how many bytes the kernel may
// hold for us. Errors: ErrNotPermitted.
func openSocket(filter []bpf.RawInstruction, snapshot, buffer int) (*socket, error) {
	// Protocol 0 receives nothing: the filter must be in place before the socket is bound to a protocol.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return nil, ErrNotPermitted
	case err != nil:
		return nil, fmt.Errorf("cannot open a packet socket: %w", err)
	}
	s := &socket{file: os.NewFile(uintptr(fd), "packet socket"), buffer: make([]byte, snapshot)}
	if err := s.start(fd, filter, buffer); err != nil {
		s.file.Close()
		return nil, err
	}
	return s, nil
}

func (s *socket) start(fd int, filter []bpf.RawInstruction, buffer int) (err error) {
	if err := attach(fd, filter); err != nil {
		return err
	}
	// FORCE goes beyond net.core.rmem_max and needs CAP_NET_ADMIN; what the other one grants is good enough.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer) != nil {
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return fmt.Errorf("the kernel gives no time with packets: %w", err)
	}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		return err
	}
	// Interface 0 is all of them, those that appear later included.
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL)}); err != nil {
		return fmt.Errorf("cannot bind the packet socket: %w", err)
	}
	return nil
}

// networkOrder is the number whose bytes in memory are those of n in network order.
func networkOrder(n uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], n)
	return binary.NativeEndian.Uint16(b[:])
}

func attach(fd int, filter []bpf.RawInstruction) error {
	program := make([]unix.SockFilter, len(filter))
	for i, in := range filter {
		program[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	if err != nil {
		return fmt.Errorf("the kernel refuses the packet filter: %w", err)
	}
	return nil
}

// filter puts another filter in place of the one in force. No packet slips through in between.
func (s *socket) filter(filter []bpf.RawInstruction) error {
	var failed error
	if err := s.raw.Control(func(fd uintptr) { failed = attach(int(fd), filter) }); err != nil {
		return err
	}
	return failed
}

// read waits for the next packet. Its data is valid until the next read. After interrupt it returns what has arrived until
// then, and at the end errInterrupted.
func (s *socket) read(p *packet) error {
	for {
		var failed error
		err := s.raw.Read(func(fd uintptr) bool {
			failed = s.receive(int(fd), p)
			if failed == unix.EAGAIN && !s.drained && s.quiet != nil {
				s.quiet()
			}
			return failed != unix.EAGAIN || s.drained
		})
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.drained = true
			s.file.SetReadDeadline(time.Time{})
		case err != nil, failed == unix.EAGAIN:
			return errInterrupted
		case failed == nil:
			return nil
		case failed == unix.EINTR, failed == unix.ENETDOWN: // an interface went down; others go on
		default:
			return fmt.Errorf("reading packets: %w", failed)
		}
	}
}

// receive takes one packet from the kernel.
func (s *socket) receive(fd int, p *packet) error {
	// MSG_TRUNC makes n the packet's own length, however little fits.
	n, oob, _, from, err := unix.Recvmsg(fd, s.buffer, s.control[:], unix.MSG_TRUNC)
	if err != nil {
		return err
	}
	p.length, p.data = n, s.buffer[:min(n, len(s.buffer))]
	p.at = timestamp(s.control[:oob])
	p.link = cooked{}
	if link, ok := from.(*unix.SockaddrLinklayer); ok {
		p.link = cook(link)
	}
	return nil
}

// cook makes the cooked header from what the kernel tells about the link.
func cook(link *unix.SockaddrLinklayer) cooked {
	var c cooked
	binary.BigEndian.PutUint16(c[0:], uint16(link.Pkttype))
	binary.BigEndian.PutUint16(c[2:], link.Hatype)
	binary.BigEndian.PutUint16(c[4:], uint16(min(int(link.Halen), 8)))
	copy(c[6:14], link.Addr[:min(int(link.Halen), 8)])
	binary.NativeEndian.PutUint16(c[14:], link.Protocol) // is in network order already
	return c
}

// timestamp is the time at which the kernel saw the packet; now, if it does not say.
func timestamp(control []byte) time.Time {
	for len(control) >= unix.SizeofCmsghdr {
		header, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			break
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SCM_TIMESTAMPNS {
			switch len(data) { // two longs
			case 16:
				return time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
			case 8:
				return time.Unix(int64(int32(binary.NativeEndian.Uint32(data))), int64(binary.NativeEndian.Uint32(data[4:])))
			}
		}
		control = rest
	}
	return time.Now()
}

// interrupt ends the waiting of read.
func (s *socket) interrupt() { s.file.SetReadDeadline(time.Unix(1, 0)) }

// statistics counts, since the start, the packets that passed the filter and those of them for which there was no room.
func (s *socket) statistics() (packets, drops uint64) {
	s.raw.Control(func(fd uintptr) {
		if now, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			s.packets += uint64(now.Packets)
			s.drops += uint64(now.Drops)
		}
	})
	return s.packets, s.drops
}

func (s *socket) close() { s.file.Close() }

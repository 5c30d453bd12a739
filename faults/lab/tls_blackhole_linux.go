package lab

import (
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

func (b tlsBlackhole) open(p place) (endpoint, error) {
	p.control = dropPayload
	return p.listen(func(conn *link) {
		pause(p.ctx, b.Hold)
		reset(conn.TCPConn)
	})
}

// The TCP header's offsets and flag bits that the filter looks at, RFC 9293 section 3.1.
const (
	offsetLength, offsetFlags = 12, 13
	finOrRST, syn             = 0x05, 0x02
)

// firewall keeps SYN and empty ACKs and drops the rest. The data it sees starts with the TCP header.
var firewall = []bpf.Instruction{
	bpf.LoadAbsolute{Off: offsetFlags, Size: 1},
	bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: syn, SkipTrue: 9},      // keep
	bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: finOrRST, SkipTrue: 7}, // drop
	bpf.LoadAbsolute{Off: offsetLength, Size: 1},
	bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4},
	bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2}, // 32-bit words to bytes
	bpf.TAX{},
	bpf.LoadExtension{Num: bpf.ExtLen},
	bpf.ALUOpX{Op: bpf.ALUOpSub}, // what is left is payload
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1},
	bpf.RetConstant{Val: 0},
	bpf.RetConstant{Val: 1<<32 - 1},
}

// dropPayload attaches the firewall to a listening socket; accepted ones inherit it. Some systems do not permit that.
func dropPayload(_, _ string, c syscall.RawConn) error {
	raw, err := bpf.Assemble(firewall)
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		program[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	attach := func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	}
	if e := c.Control(attach); e != nil {
		return e
	}
	if err != nil {
		return unavailable("needs CAP_NET_ADMIN or root to attach a socket filter, not available here: " + err.Error())
	}
	return nil
}

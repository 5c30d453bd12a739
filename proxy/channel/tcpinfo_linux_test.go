package channel

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// stuckHandshake is long enough for the kernel's first retransmission (a tail
// loss probe after about 0.2 s).
const stuckHandshake = 700 * time.Millisecond

func evidence(t *testing.T, address netip.AddrPort) *TCPInfo {
	t.Helper()
	target := toward(address, &TLS{}, Timeouts{Connect: time.Second, Handshake: stuckHandshake})
	failed := expect(t, dial(t, new(Dialer), target).shake(), Handshake, Timeout)
	if failed.Snapshot.TCP == nil {
		t.Fatal("no evidence was taken")
	}
	return failed.Snapshot.TCP
}

func TestASilentBackendHasAcknowledgedTheClientHello(t *testing.T) {
	info := evidence(t, serve(t, silent))
	if info.Unacked != 0 || info.TotalRetransmits != 0 || info.BytesAcked < 200 || info.SegsIn < 2 {
		t.Errorf("got %+v", *info)
	}
}

func TestAFirewallThatDropsDataHasNotAcknowledgedTheClientHello(t *testing.T) {
	info := evidence(t, behindFirewall(t))
	if info.Unacked == 0 || info.TotalRetransmits == 0 || info.BytesAcked > 1 || info.SegsIn != 1 {
		t.Errorf("got %+v", *info)
	}
}

func TestAClosedChannelHasNoEvidence(t *testing.T) {
	c := dial(t, new(Dialer), toward(serve(t, silent), nil, patient))
	if c.Fail(io.EOF).Snapshot.TCP == nil {
		t.Error("an open one has none")
	}
	c.Close()
	if info := c.Fail(io.EOF).Snapshot.TCP; info != nil {
		t.Errorf("got %+v", *info)
	}
}

// behindFirewall listens where SYN and empty segments pass and every payload,
// FIN and RST is swallowed. Accepted sockets inherit the filter.
func behindFirewall(t *testing.T) netip.AddrPort {
	t.Helper()
	listening := net.ListenConfig{KeepAlive: -1, Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		control := raw.Control(func(fd uintptr) { err = attach(int(fd), swallowPayload) })
		return errors.Join(control, err)
	}}
	listener, err := listening.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if errors.Is(err, unix.EPERM) {
		missing(t, "permission to attach a socket filter")
	}
	check(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// swallowPayload sees the segment from its TCP header on.
var swallowPayload = []bpf.Instruction{
	bpf.LoadAbsolute{Off: 13, Size: 1},                        // flags
	bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x02, SkipTrue: 9}, // SYN passes
	bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x05, SkipTrue: 7}, // FIN and RST do not
	bpf.LoadAbsolute{Off: 12, Size: 1},                        // header length in its upper half
	bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4},
	bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2},
	bpf.TAX{},
	bpf.LoadExtension{Num: bpf.ExtLen},
	bpf.ALUOpX{Op: bpf.ALUOpSub},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1},
	bpf.RetConstant{Val: 0},
	bpf.RetConstant{Val: 0xffffffff},
}

func attach(fd int, program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, ins := range raw {
		filter[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}

package lab

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

func tcpInfo(t *testing.T, conn *net.TCPConn) *unix.TCPInfo {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) })
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// The evidence that tells the playbook's firewall from a backend that is merely silent.
func TestTheBlackholeNeverAcknowledgesTheClientHello(t *testing.T) {
	_, b := startOne(t, "tls-blackhole")
	conn := dialTCP(t, b)
	sendHello(t, conn, tls.VersionTLS13)
	deadline := time.Now().Add(patience)
	for tcpInfo(t, conn).Total_retrans < 2 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	info := tcpInfo(t, conn)
	if info.Total_retrans < 2 || info.Unacked == 0 || info.Bytes_acked > 1 {
		t.Errorf("retransmissions %d, unacknowledged %d, acknowledged bytes %d; want 2 or more, some, at most the SYN",
			info.Total_retrans, info.Unacked, info.Bytes_acked)
	}
	staysSilent(t, conn)
}

func TestSilentAcknowledgesTheClientHello(t *testing.T) {
	_, b := startOne(t, "tls-silent")
	conn := dialTCP(t, b)
	sendHello(t, conn, tls.VersionTLS13)
	staysSilent(t, conn)
	if info := tcpInfo(t, conn); info.Unacked != 0 || info.Bytes_acked < 200 {
		t.Errorf("unacknowledged %d, acknowledged bytes %d", info.Unacked, info.Bytes_acked)
	}
}

func TestTheBlackholeResetsAConnectionAfterItsHold(t *testing.T) {
	_, b := startOne(t, "tls-blackhole", "hold="+silence.String())
	conn := dialTCP(t, b)
	send(t, conn, "hello")
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read: %v, want a reset", err)
	}
}

func TestTheFirewallKeepsSYNAndEmptyACKsOnly(t *testing.T) {
	vm, err := bpf.NewVM(firewall)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what           string
		flags          byte
		header, length int
		keep           bool
	}{
		{"SYN with options", 0x02, 40, 40, true},
		{"empty ACK", 0x10, 32, 32, true},
		{"empty ACK without options", 0x10, 20, 20, true},
		{"one byte", 0x18, 32, 33, false},
		{"full segment", 0x10, 32, 1432, false},
		{"FIN", 0x11, 32, 32, false},
		{"RST", 0x04, 20, 20, false},
	} {
		segment := make([]byte, c.length)
		segment[offsetLength], segment[offsetFlags] = byte(c.header/4<<4), c.flags
		if n, err := vm.Run(segment); err != nil || (n > 0) != c.keep {
			t.Errorf("%s: kept %d, %v; want kept %v", c.what, n, err, c.keep)
		}
	}
}

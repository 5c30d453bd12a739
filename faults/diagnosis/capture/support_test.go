package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// missing skips a test that lacks something that can be installed, or fails it where everything is asked for.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("REQUIRE_COMPONENTS") == "1" {
		t.Fatal("missing: " + what)
	}
	t.Skip("needs " + what)
}

// permitted skips a test where this process may not capture. That is nothing that could be installed.
func permitted(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrNotPermitted) || errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tshark reads a file and returns the lines it prints.
func tshark(t *testing.T, file string, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err != nil {
		missing(t, "tshark, which tools/install-test-components installs")
	}
	var stderr strings.Builder
	command := exec.Command(path, append([]string{"-r", file}, args...)...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, &stderr)
	}
	text := strings.TrimSuffix(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// echo is a server on loopback that sends back what it receives.
func echo(t testing.TB, address string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.Copy(conn, conn)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// call sends some bytes to an echo server, waits for them to come back and for the end of the connection, and returns the
// address it came from.
func call(t testing.TB, to netip.AddrPort, size int) netip.AddrPort {
	t.Helper()
	conn, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		conn.Write(make([]byte, size))
		conn.(*net.TCPConn).CloseWrite()
	}()
	if got, err := io.Copy(io.Discard, conn); err != nil || got != int64(size) {
		t.Fatalf("%d bytes came back: %v", got, err)
	}
	return conn.LocalAddr().(*net.TCPAddr).AddrPort()
}

// tcp is an IP packet with a TCP segment.
func tcp(from, to netip.AddrPort, flags byte, sequence uint32, payload []byte) []byte {
	segment := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(segment, from.Port())
	binary.BigEndian.PutUint16(segment[2:], to.Port())
	binary.BigEndian.PutUint32(segment[4:], sequence)
	segment[12], segment[13] = 5<<4, flags
	return ip(from.Addr(), to.Addr(), protocolTCP, append(segment, payload...))
}

func ip(from, to netip.Addr, protocol byte, payload []byte) []byte {
	if from.Is4() {
		head := make([]byte, 20)
		head[0], head[8], head[9] = 0x45, 64, protocol
		binary.BigEndian.PutUint16(head[2:], uint16(len(head)+len(payload)))
		copy(head[12:], from.AsSlice())
		copy(head[16:], to.AsSlice())
		return append(head, payload...)
	}
	head := make([]byte, headerIPv6)
	head[0], head[6], head[7] = 0x60, protocol, 64
	binary.BigEndian.PutUint16(head[4:], uint16(len(payload)))
	copy(head[8:], from.AsSlice())
	copy(head[24:], to.AsSlice())
	return append(head, payload...)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

func endpoint(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

package lab

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net"
	"strings"
	"testing"
)

func TestNoDecoderTakesTheBodyThatIsNotCompressed(t *testing.T) {
	if _, err := gzip.NewReader(strings.NewReader(uncompressed)); err == nil {
		t.Error("it begins a gzip member")
	}
	if _, err := zlib.NewReader(strings.NewReader(uncompressed)); err == nil {
		t.Error("it begins a zlib stream")
	}
	if n, err := io.Copy(io.Discard, flate.NewReader(strings.NewReader(uncompressed))); n > 0 || err == nil {
		t.Errorf("it inflates to %d bytes, %v", n, err)
	}
}

func TestBackendsThatLieAboutTheirEncoding(t *testing.T) {
	for name, coding := range map[string]string{"bad-gzip": "gzip", "bad-deflate": "deflate", "unsupported-encoding": "br"} {
		l, b := startOne(t, name)
		_, in := ask(t, l, b, get+get)
		for range 2 { // nothing else is wrong with them
			if resp, body := readResponse(t, in, "GET"); resp.StatusCode != 200 || resp.Header.Get("Content-Encoding") != coding || body != uncompressed {
				t.Errorf("%s: %d %v %q", name, resp.StatusCode, resp.Header, body)
			}
		}
	}
}

func TestTheForwardProxyRefusesTunnels(t *testing.T) {
	for status, settings := range map[int][]string{403: nil, 407: {"status=407"}} {
		_, b := startOne(t, "proxy-refuses-tunnel", settings...)
		if !b.ForwardProxy || b.Secure || b.URL != "http://"+b.Address+"/" {
			t.Errorf("backend is %+v", b)
		}
		conn := dialTCP(t, b)
		send(t, conn, "CONNECT target:443 HTTP/1.1\r\nHost: target:443\r\n\r\n")
		in := bufio.NewReader(conn)
		if resp, body := readResponse(t, in, "CONNECT"); resp.StatusCode != status || body != "no tunnels here\n" || !resp.Close {
			t.Errorf("%d %q, want %d", resp.StatusCode, body, status)
		}
		if _, err := in.ReadByte(); err != io.EOF {
			t.Errorf("after the refusal: %v, want the end", err)
		}
	}
}

func TestAllServersOfTheTargetRefuseConnections(t *testing.T) {
	_, b := startOne(t, "all-servers-down", "servers=4")
	if len(b.Servers) != 4 || b.Servers[0] != b.Address {
		t.Fatalf("servers %v, address %s", b.Servers, b.Address)
	}
	seen := map[string]bool{}
	for _, address := range b.Servers {
		_, err := net.Dial("tcp", address)
		if seen[address] || err == nil || class(err) != "refused" {
			t.Errorf("%s: %v", address, err)
		}
		seen[address] = true
	}
}

func TestUnreachableFailsAtOnceWhateverTheNetwork(t *testing.T) {
	_, b := startOne(t, "unreachable")
	conn, err := net.Dial("tcp", b.Address)
	if err == nil {
		conn.Close()
		t.Fatal("connected")
	}
	if got := class(err); got != "unreachable" {
		t.Errorf("%v", err)
	}
}

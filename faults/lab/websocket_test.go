package lab

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// maskedFrame is a client's frame: FIN set, masked (RFC 6455 section 5.3).
func maskedFrame(opcode byte, payload string) []byte {
	frame := appendFrame(nil, 0x80|opcode, []byte(payload))
	head := len(frame) - len(payload)
	mask := []byte{1, 2, 3, 4}
	masked := append([]byte(nil), frame[:head]...)
	masked[1] |= 0x80
	masked = append(masked, mask...)
	for i := range len(payload) {
		masked = append(masked, payload[i]^mask[i%4])
	}
	return masked
}

func TestHealthyEchoesWebSocketFrames(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn := dialTLS(t, l, b)
	// The key and the answer to it are the example of RFC 6455 section 1.3.
	request := "GET /chat HTTP/1.1\r\nHost: lab\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	// A frame sent together with the request must not be lost.
	send(t, conn, request+string(maskedFrame(1, "early")))
	in := bufio.NewReader(conn)
	head := strings.Join(readHeadLines(t, in), "")
	for _, want := range []string{"HTTP/1.1 101 ", "Upgrade: websocket\r\n", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"} {
		if !strings.Contains(head, want) {
			t.Errorf("no %q in %q", want, head)
		}
	}
	wantFrame(t, in, 1, "early")
	for _, c := range []struct{ sent, want byte }{{1, 1}, {2, 2}, {pingFrame, pongFrame}} {
		for _, size := range []int{0, 5, 126, 70_000} {
			payload := strings.Repeat("w", size)
			conn.Write(maskedFrame(c.sent, payload))
			wantFrame(t, in, c.want, payload)
		}
	}
	conn.Write(maskedFrame(closeFrame, "\x03\xe8"))
	wantFrame(t, in, closeFrame, "\x03\xe8")
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("after the close frame: %v, want the end", err)
	}
}

func wantFrame(t *testing.T, in io.Reader, opcode byte, payload string) {
	t.Helper()
	want := appendFrame(nil, 0x80|opcode, []byte(payload))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(in, got); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("frame %.20q, %v; want %.20q", got, err, want)
	}
}

func TestFramesThatNoClientMaySendEndTheEcho(t *testing.T) {
	for what, frame := range map[string]string{
		"unmasked": "\x81\x01x",
		"too long": "\x82\xff\x00\x00\x00\x00\x00\x10\x00\x01",
		"endless":  "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"cut off":  "\x82\xfe\x00",
	} {
		if _, _, err := readFrame(strings.NewReader(frame)); !errors.Is(err, errFrame) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAnotherUpgradeIsIgnored(t *testing.T) {
	l, b := startOne(t, "healthy")
	_, in := ask(t, l, b, "GET / HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
	if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

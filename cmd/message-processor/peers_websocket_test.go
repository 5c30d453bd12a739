package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The opcodes of RFC 6455 section 5.2.
const (
	continuation, textFrame, binaryFrame = 0x0, 0x1, 0x2
	closing, ping, pong                  = 0x8, 0x9, 0xa

	final = 0x80 // the bit of a message's last frame
)

// webSocket is a client of RFC 6455.
type webSocket struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// dialWebSocket does the opening handshake of RFC 6455 section 4.1.
func dialWebSocket(t *testing.T, address, path string) *webSocket {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	var nonce [16]byte
	rand.Read(nonce[:])
	key := base64.StdEncoding.EncodeToString(nonce[:])
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n", path, address, key)
	w := &webSocket{t: t, conn: conn, in: bufio.NewReader(conn)}
	response, err := http.ReadResponse(w.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	accept := base64.StdEncoding.EncodeToString(sum[:])
	if response.StatusCode != http.StatusSwitchingProtocols || !strings.EqualFold(response.Header.Get("Upgrade"), "websocket") ||
		!strings.EqualFold(response.Header.Get("Connection"), "upgrade") || response.Header.Get("Sec-WebSocket-Accept") != accept {
		t.Fatalf("no upgrade: %s %v", response.Status, response.Header)
	}
	return w
}

// frame is one frame: final or not, opcode, payload.
type frame struct {
	first   byte
	payload []byte
}

// send writes frames, masked as a client must (section 5.3), in one write.
func (w *webSocket) send(frames ...frame) {
	w.t.Helper()
	var out []byte
	for _, f := range frames {
		out = append(out, f.first)
		switch n := len(f.payload); {
		case n < 126:
			out = append(out, 0x80|byte(n))
		case n < 1<<16:
			out = binary.BigEndian.AppendUint16(append(out, 0x80|126), uint16(n))
		default:
			out = binary.BigEndian.AppendUint64(append(out, 0x80|127), uint64(n))
		}
		mask := [4]byte{1, 2, 3, 4}
		out = append(out, mask[:]...)
		for i, b := range f.payload {
			out = append(out, b^mask[i%4])
		}
	}
	if _, err := w.conn.Write(out); err != nil {
		w.t.Fatal(err)
	}
}

// receive reads one frame of the server, which does not mask.
func (w *webSocket) receive() frame {
	w.t.Helper()
	var head [2]byte
	w.read(head[:])
	length := uint64(head[1])
	if size := map[byte]int{126: 2, 127: 8}[head[1]]; size > 0 {
		var long [8]byte
		w.read(long[8-size:])
		length = binary.BigEndian.Uint64(long[:])
	}
	if length > 2<<20 {
		w.t.Fatalf("a frame of %d bytes", length)
	}
	f := frame{head[0], make([]byte, length)}
	w.read(f.payload)
	return f
}

func (w *webSocket) read(p []byte) {
	w.t.Helper()
	if _, err := io.ReadFull(w.in, p); err != nil {
		w.t.Fatal(err)
	}
}

// expect receives one frame.
func (w *webSocket) expect(want frame) {
	w.t.Helper()
	if got := w.receive(); got.first != want.first || !bytes.Equal(got.payload, want.payload) {
		w.t.Fatalf("received %#x with %d bytes %.40q, want %#x with %d bytes",
			got.first, len(got.payload), got.payload, want.first, len(want.payload))
	}
}

func TestWebSocketsPassThroughTheGateway(t *testing.T) {
	t.Parallel()
	gateway := serving(t)
	w := dialWebSocket(t, hostOf(gateway.gateway), "/lab/healthy")
	million := make([]byte, 1<<20)
	rand.Read(million)

	w.send(frame{final | textFrame, []byte("hello")})
	w.expect(frame{final | textFrame, []byte("hello")})
	w.send(frame{final | ping, []byte("are you there")})
	w.expect(frame{final | pong, []byte("are you there")})
	w.send(frame{final | binaryFrame, million})
	w.expect(frame{final | binaryFrame, million})

	fragments := []frame{{textFrame, []byte("one ")}, {continuation, []byte("two ")}, {final | continuation, []byte("three")}}
	w.send(fragments...)
	for _, f := range fragments {
		w.expect(f)
	}

	goodbye := frame{final | closing, []byte("\x03\xe8bye")}
	w.send(goodbye)
	w.expect(goodbye)
	if _, err := w.in.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after the close frame: %v, want the end of the connection", err)
	}
}

func TestWebSocketFramesAreNotHeldBack(t *testing.T) {
	t.Parallel()
	gateway := serving(t)
	w := dialWebSocket(t, hostOf(gateway.gateway), "/lab/healthy")
	for i := range 200 {
		message := frame{final | textFrame, fmt.Appendf(nil, "message %d", i)}
		w.send(message)
		w.expect(message) // nothing else is on its way: what were held back would never come
	}
}

func TestADrainEndsWebSockets(t *testing.T) {
	t.Parallel()
	gateway := serving(t)
	w := dialWebSocket(t, hostOf(gateway.gateway), "/lab/healthy")
	w.send(frame{final | textFrame, []byte("hello")})
	w.expect(frame{final | textFrame, []byte("hello")})
	gateway.stop(t)
	if _, err := w.in.ReadByte(); err == nil {
		t.Error("a byte came after the drain")
	}
}

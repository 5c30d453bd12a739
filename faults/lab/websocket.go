package lab

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// websocketGUID is the constant of RFC 6455 section 1.3.
	websocketGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	// maxFrame bounds the payload of one WebSocket frame.
	maxFrame = 1 << 20

	closeFrame, pingFrame, pongFrame = 8, 9, 10 // opcodes, RFC 6455 section 5.2
)

var errFrame = errors.New("lab: not a WebSocket frame of a client, or too long")

func wantsWebSocket(c *fasthttp.RequestCtx) bool {
	h := &c.Request.Header
	return h.ConnectionUpgrade() && string(h.Peek("Upgrade")) == "websocket" && len(h.Peek("Sec-WebSocket-Key")) > 0
}

// acceptWebSocket answers 101 and echoes frames until the client closes.
func acceptWebSocket(c *fasthttp.RequestCtx) {
	sum := sha1.Sum(append(c.Request.Header.Peek("Sec-WebSocket-Key"), websocketGUID...))
	c.SetStatusCode(fasthttp.StatusSwitchingProtocols)
	h := &c.Response.Header
	h.Set("Upgrade", "websocket")
	h.Set("Connection", "Upgrade")
	h.Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(sum[:]))
	c.Hijack(func(conn net.Conn) {
		for conn.SetDeadline(time.Now().Add(lifetime)) == nil && echoFrame(conn) == nil {
		}
	})
}

// echoFrame reads one frame and sends it back unmasked, a ping as a pong. io.EOF after a close frame.
func echoFrame(conn io.ReadWriter) error {
	first, payload, err := readFrame(conn)
	if err != nil {
		return err
	}
	if first&0x0f == pingFrame {
		first ^= pingFrame ^ pongFrame
	}
	if _, err := conn.Write(appendFrame(nil, first, payload)); err != nil {
		return err
	}
	if first&0x0f == closeFrame {
		return io.EOF
	}
	return nil
}

// readFrame reads one masked frame: its first byte (FIN and opcode) and its payload, unmasked.
func readFrame(r io.Reader) (first byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n, err := readFrameLength(r, head[1]&0x7f)
	if err != nil || head[1]&0x80 == 0 || n > maxFrame {
		return 0, nil, errors.Join(errFrame, err)
	}
	frame := make([]byte, 4+n) // mask, payload
	if _, err := io.ReadFull(r, frame); err != nil {
		return 0, nil, err
	}
	for i := range frame[4:] {
		frame[4+i] ^= frame[i%4]
	}
	return head[0], frame[4:], nil
}

// readFrameLength reads the longer forms of a length: 126 stands for 16 bits to follow, 127 for 64.
func readFrameLength(r io.Reader, short byte) (uint64, error) {
	var long [8]byte
	size := 0
	switch short {
	case 126:
		size = 2
	case 127:
		size = 8
	default:
		return uint64(short), nil
	}
	_, err := io.ReadFull(r, long[8-size:])
	return binary.BigEndian.Uint64(long[:]), err
}

// appendFrame appends an unmasked frame.
func appendFrame(dst []byte, first byte, payload []byte) []byte {
	dst = append(dst, first)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, payload...)
}

package lab

import (
	"io"
	"net"
	"time"
)

const (
	drainTime  = 5 * time.Second
	drainBytes = 64 << 20
)

// hangUp ends conn with a FIN and nothing else: it reads on until the peer closes too, for closing a socket with unread
// data makes the kernel send RST instead. A peer that keeps sending or never closes is left after drainBytes or drainTime.
func hangUp(conn *net.TCPConn) {
	if conn.CloseWrite() != nil {
		return
	}
	conn.SetReadDeadline(time.Now().Add(drainTime))
	io.CopyN(io.Discard, conn, drainBytes)
}

// reset ends conn with an RST.
func reset(conn *net.TCPConn) {
	conn.SetLinger(0)
	conn.Close()
}

// untilClosed reads and forgets until the peer closes. It keeps 512 bytes, so that tens of thousands may wait.
func untilClosed(conn io.Reader) {
	for p := make([]byte, 512); ; {
		if _, err := conn.Read(p); err != nil {
			return
		}
	}
}

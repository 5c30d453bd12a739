package lab

import (
	"crypto/tls"
	"net"
)

// tlsStall answers the ClientHello with a true ServerHello and withholds the rest of its flight, so that the client is
// stuck in the middle of the handshake with bytes already read. It closes when the peer does.
type tlsStall struct{}

func (b tlsStall) open(p place) (endpoint, error) {
	config := p.certs.good()
	return p.handle(maxServed, func(raw *link) {
		// The handshake waits for the client's next flight, which cannot come.
		tls.Server(&firstRecord{Conn: raw}, config).Handshake()
		hangUp(raw.TCPConn)
	})
}

// firstRecord lets the first TLS record through and swallows what follows.
type firstRecord struct {
	net.Conn
	sent bool
}

func (c *firstRecord) Write(p []byte) (int, error) {
	if c.sent || len(p) < recordHeader {
		return len(p), nil
	}
	c.sent = true
	if _, err := c.Conn.Write(p[:min(len(p), recordHeader+int(recordLength(p)))]); err != nil {
		return 0, err
	}
	return len(p), nil
}

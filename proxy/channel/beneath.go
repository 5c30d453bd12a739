package channel

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// underTLS is the connection TLS reads its records from. While the Channel is
// being looked at it never waits: see Channel.healthy. It counts what passes, so
// that a handshake that stopped can be told from one that never began.
type underTLS struct {
	net.Conn
	channel *Channel
}

func (u *underTLS) Read(p []byte) (n int, err error) {
	if u.channel.socket.looking {
		return u.channel.socket.readNow(p)
	}
	n, err = u.channel.receiver.Read(p)
	u.channel.recordsIn.Add(int64(n))
	return n, err
}

func (u *underTLS) Write(p []byte) (n int, err error) {
	n, err = u.channel.send(p)
	u.channel.recordsOut.Add(int64(n))
	return n, err
}

// Records are the bytes of TLS records that have gone out, handed to the kernel
// once each, and come in since the handshake began; zero for a plain Channel.
func (c *Channel) Records() (sent, received int64) {
	return c.recordsOut.Load(), c.recordsIn.Load()
}

// CertificateRequested tells whether the target has asked for a client
// certificate in the handshake (RFC 8446 section 4.3.2), be there one or not.
func (c *Channel) CertificateRequested() bool { return c.certificateRequested.Load() }

// TCP asks the kernel about the connection as it is now; nil where it will not
// say, and after Close.
func (c *Channel) TCP() *TCPInfo { return c.socket.info() }

// Interrupt ends what the Channel's user is waiting for as if the timer had run
// out. Unlike Close it leaves the connection open, so that the Error still has
// the kernel's evidence. It may be called from any goroutine, and has no effect
// on what begins later.
func (c *Channel) Interrupt() { c.raw.SetDeadline(time.Unix(1, 0)) }

// askedKey is the context key under which certificateFor finds the Channel.
type askedKey struct{}

// asked is the context of a handshake. The TLS settings, with their callbacks,
// are shared by all Channels of a target; it says whose handshake it is.
func (c *Channel) asked() context.Context {
	return context.WithValue(context.Background(), askedKey{}, c)
}

// certificateFor answers a request for a client certificate like crypto/tls does
// without a callback: the first one that the target supports, else none. The
// Channel remembers that there was a request.
func certificateFor(certificates []tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if c, ok := info.Context().Value(askedKey{}).(*Channel); ok {
			c.certificateRequested.Store(true)
		}
		for i := range certificates {
			if info.SupportsCertificate(&certificates[i]) == nil {
				return &certificates[i], nil
			}
		}
		return new(tls.Certificate), nil
	}
}

package channel

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"message-processor/proxy/wire"
)

// Channel is one connection to one target.
type Channel struct {
	id            uint64
	name          string // host:port of the peer
	secure        bool
	remote, local netip.AddrPort
	created       time.Time // before the connect
	dialer        *Dialer

	target   *Target      // replaced when the pool hands the Channel out
	raw      net.Conn     // TCP
	tls      *tls.Conn    // nil until the handshake begins
	socket   socket       // the system calls net.Conn does not offer
	sender   Sender       // to raw
	receiver Receiver     // from raw
	budget   time.Time    // of this use; caps every deadline
	until    time.Time    // while pooled: when the idle limit ends
	buffer   *wire.Reader // nil until something is read
	body     wire.Body

	uses          atomic.Int64
	read, written atomic.Int64 // of this use
	firstByte     atomic.Int64 // after created; 0: none in this use
	lastIO        atomic.Int64 // after created; 0: no application byte ever
	broken        atomic.Bool  // something went wrong
	closed        atomic.Bool
	untimed       atomic.Bool // no write deadline has been armed for what is being written

	recordsIn, recordsOut atomic.Int64 // bytes beneath TLS
	certificateRequested  atomic.Bool
}

func (d *Dialer) channel(a attempt, conn net.Conn, remote netip.AddrPort) *Channel {
	d.opened.Add(1)
	c := &Channel{
		id: a.id, name: a.target.peer, secure: a.target.Secure(), created: a.began, dialer: d,
		target: a.target, raw: conn,
		remote: addressOf(conn.RemoteAddr(), remote),
		local:  addressOf(conn.LocalAddr(), noAddress),
	}
	c.socket.open(conn)
	c.sender.Open(conn)
	c.receiver.Open(conn)
	c.uses.Store(1)
	return c
}

// addressOf falls back where the connection is none of TCP.
func addressOf(address net.Addr, otherwise netip.AddrPort) netip.AddrPort {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return otherwise
	}
	known := tcp.AddrPort()
	return netip.AddrPortFrom(known.Addr().Unmap(), known.Port())
}

// Target is where the Channel leads. Only its user may ask.
func (c *Channel) Target() *Target { return c.target }

// Reused tells whether the Channel has carried an exchange before this one.
func (c *Channel) Reused() bool { return c.uses.Load() > 1 }

// ConnectionState describes the TLS connection, also after a failed handshake as
// far as that came; nil before the handshake and for a plain Channel.
//
// It is not inlined because a caller that also waits for handshakes would have
// the large structure on its stack meanwhile. Below 3.2 KB of use the garbage
// collector halves a stack that grew to 16 KB while keys were made.
//
//go:noinline
func (c *Channel) ConnectionState() *tls.ConnectionState {
	if c.tls == nil {
		return nil
	}
	state := c.tls.ConnectionState()
	return &state
}

// Snapshot copies the state. It may be called from any goroutine. It does not
// ask the kernel; the Snapshot inside an Error does.
func (c *Channel) Snapshot() Snapshot {
	now := time.Since(c.created)
	idle := now - time.Duration(c.lastIO.Load())
	return Snapshot{
		Secure: c.secure, ID: c.id, Name: c.name,
		Remote: c.remote, Local: c.local,
		UseCount:  int(c.uses.Load()),
		BytesRead: c.read.Load(), BytesWritten: c.written.Load(),
		Age: now.Truncate(time.Millisecond), LastIO: max(idle, 0).Truncate(time.Millisecond),
		Open:        !c.closed.Load(),
		RecordsSent: c.recordsOut.Load(), RecordsReceived: c.recordsIn.Load(),
		CertificateRequested: c.certificateRequested.Load(),
	}
}

// FirstByte is when the first application byte of this use arrived: the end of
// phase Wait. It is zero before that.
func (c *Channel) FirstByte() time.Time {
	after := c.firstByte.Load()
	if after == 0 {
		return time.Time{}
	}
	return c.created.Add(time.Duration(after))
}

// Close ends the connection at once and in an orderly way: FIN, no TLS alert, no
// linger. It may be called from any goroutine, also to interrupt the Channel's
// user, who then sees cause Canceled; calling it again does nothing.
func (c *Channel) Close() {
	if c.broken.Load() {
		c.close(Failed)
		return
	}
	c.close(Ended)
}

func (c *Channel) close(why Reason) {
	if c.closed.Swap(true) {
		return
	}
	c.socket.discard()
	c.raw.Close()
	c.dialer.closed[why].Add(1)
}

package channel

import (
	"crypto/tls"
	"time"
)

// Handshake runs TLS toward the target; a plain Channel has nothing to do. The
// timer is the target's handshake timeout, capped by budget (the absolute
// deadline of the whole call; zero: none). It covers the whole handshake however
// lively the peer is. Errors are *Error with phase Handshake.
//
// The timer is a deadline on the raw connection. A context that ends would make
// tls.Conn close the connection and return the context's error: the cause and
// the open connection, which the evidence is taken from, would be lost. The
// context given to it therefore never ends; it only carries a value.
//
// A target that wants a client certificate says so only after a TLS 1.3
// handshake has succeeded on our side: that alert comes out of the first read.
func (c *Channel) Handshake(budget time.Time) error {
	if !c.secure || c.tls != nil {
		return nil
	}
	c.budget = budget
	c.raw.SetDeadline(within(c.target.timeouts.Handshake, budget))
	c.tls = tls.Client(&underTLS{c.raw, c}, c.dialer.withKeyLog(c.target.config))
	if err := c.tls.HandshakeContext(c.asked()); err != nil {
		return c.failed(Handshake, err)
	}
	c.raw.SetDeadline(time.Time{})
	return nil
}

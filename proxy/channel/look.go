package channel

// healthy looks at an idle Channel without waiting: nothing has arrived since
// the last exchange, neither an end nor bytes nobody asked for (which would be
// taken for the answer to the next request).
//
// Over TLS, records that are no application data may well have arrived: session
// tickets come after the handshake and with it. So TLS itself reads, both what it
// has buffered and what the kernel holds; only if it then finds nothing for us
// is the Channel good. With a peek alone every first reuse of a TLS 1.3
// connection would be refused, and bytes TLS had already buffered would be
// missed.
func (c *Channel) healthy() bool {
	if c.tls == nil {
		_, err := c.socket.peekNow(c.socket.one[:])
		return err == errNothing
	}
	c.socket.looking = true
	n, err := c.tls.Read(c.socket.one[:])
	c.socket.looking = false
	return n == 0 && err == errNothing
}

// drained tells whether the reader holds nothing, and gives its buffer back
// until the next use.
func (c *Channel) drained() bool {
	if c.buffer == nil {
		return true
	}
	if c.buffer.Buffered() > 0 {
		return false
	}
	c.buffer.Release()
	return true
}

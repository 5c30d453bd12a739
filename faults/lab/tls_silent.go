package lab

// tlsSilent accepts, reads and never writes a byte. The kernel acknowledges the ClientHello, which is how TCP_INFO and a
// capture tell it from tls-blackhole. It closes when the peer does.
type tlsSilent struct{}

func (b tlsSilent) open(p place) (endpoint, error) {
	return p.listen(func(conn *link) { untilClosed(conn) })
}

package lab

// tlsReset reads the ClientHello and resets the connection: a firewall that rejects, or a process that died.
type tlsReset struct{}

func (b tlsReset) open(p place) (endpoint, error) {
	return p.listen(func(conn *link) {
		if readHello(conn) == nil {
			reset(conn.TCPConn)
		}
	})
}

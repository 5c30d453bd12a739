package lab

// tlsClose reads the ClientHello and closes with FIN, without an alert: a load balancer with no backend behind it.
type tlsClose struct{}

func (b tlsClose) open(p place) (endpoint, error) {
	return p.listen(func(conn *link) {
		if readHello(conn) == nil {
			hangUp(conn.TCPConn)
		}
	})
}

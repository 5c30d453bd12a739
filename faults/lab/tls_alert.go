package lab

// tlsAlert reads the ClientHello and answers with a fatal alert, written as a raw record.
type tlsAlert struct {
	Code int `knob:"code"` // AlertDescription, RFC 8446 section 6; its lowest 8 bits
}

func (b tlsAlert) open(p place) (endpoint, error) {
	const alertRecord, fatal = 0x15, 2
	return p.listen(func(conn *link) {
		if readHello(conn) != nil {
			return
		}
		if _, err := conn.Write([]byte{alertRecord, 3, 3, 0, 2, fatal, byte(b.Code)}); err == nil {
			hangUp(conn.TCPConn)
		}
	})
}

package lab

// staleKeepalive shows the race between a backend's keep-alive timer and the next request: it closes, in an orderly way,
// exactly when the first bytes of that request arrive. Whoever looked at the idle connection before found it open, so the
// fault needs a reused channel (useCount above 1); a fresh one is answered.
type staleKeepalive struct {
	Uses int `knob:"uses"` // requests that are answered on one connection, at least 1
}

func (b staleKeepalive) open(p place) (endpoint, error) {
	return p.listenExchanges(func(x *exchange) bool {
		x.answer("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\n", "use me again\n")
		if x.served+1 < b.Uses || x.request.Close {
			return true
		}
		x.raw.rest()
		if _, err := x.in.Peek(1); err == nil {
			x.conn.CloseWrite() // close_notify: this backend closes on purpose
		}
		return false
	})
}

package lab

// eofInHeaders closes in the middle of a header field.
type eofInHeaders struct{}

func (b eofInHeaders) open(p place) (endpoint, error) {
	return p.listenExchanges(func(x *exchange) bool {
		x.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/pl")
		return false
	})
}

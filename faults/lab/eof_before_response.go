package lab

// eofBeforeResponse reads the request and closes: a backend that crashed over it.
type eofBeforeResponse struct{}

func (b eofBeforeResponse) open(p place) (endpoint, error) {
	return p.listenExchanges(func(*exchange) bool { return false })
}

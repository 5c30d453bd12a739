package lab

// responseSilent reads the request and never answers. It closes when the peer does.
type responseSilent struct{}

func (b responseSilent) open(p place) (endpoint, error) {
	return p.listenExchanges(func(x *exchange) bool {
		untilClosed(x.in)
		return false
	})
}

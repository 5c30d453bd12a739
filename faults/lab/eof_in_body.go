package lab

// eofInBody closes before the announced end of the body.
type eofInBody struct {
	Sent   int `knob:"sent"`   // body bytes that are sent
	Length int `knob:"length"` // body bytes that Content-Length announces
}

func (b eofInBody) open(p place) (endpoint, error) {
	return p.listenExchanges(func(x *exchange) bool {
		x.say(partial(b.Sent, b.Length))
		return false
	})
}

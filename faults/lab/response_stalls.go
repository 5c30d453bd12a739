package lab

import (
	"fmt"
	"strings"
)

// partial is a response whose body ends early: sent bytes of the length it announces.
func partial(sent, length int) string {
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", length)
	return head + strings.Repeat("x", min(sent, length))
}

// responseStalls sends the head and some of the body, then nothing. It closes when the peer does.
type responseStalls struct {
	Sent   int `knob:"sent"`   // body bytes that are sent
	Length int `knob:"length"` // body bytes that Content-Length announces
}

func (b responseStalls) open(p place) (endpoint, error) {
	return p.listenExchanges(func(x *exchange) bool {
		if x.say(partial(b.Sent, b.Length)) {
			untilClosed(x.in)
		}
		return false
	})
}

package lab

import "strings"

// bigLine answers with a status line a little longer than the gateway takes (2,048 bytes).
type bigLine struct {
	Bytes int `knob:"bytes"` // of the line without its CRLF, at least 13
}

func (b bigLine) open(p place) (endpoint, error) {
	const start = "HTTP/1.1 200 "
	line := start + strings.Repeat("x", max(0, b.Bytes-len(start)))
	return p.listenExchanges(func(x *exchange) bool {
		return x.say(line + "\r\nContent-Length: 0\r\n\r\n")
	})
}

package lab

import (
	"fmt"
	"strings"
)

// bigHeaders answers with a little more header than the gateway takes (25,600 bytes), in many lines of a usual length.
type bigHeaders struct {
	Bytes int `knob:"bytes"` // of all field lines with their CRLF, at least 64
}

func (b bigHeaders) open(p place) (endpoint, error) {
	fields := padding(b.Bytes)
	return p.listenExchanges(func(x *exchange) bool {
		return x.say("HTTP/1.1 200 OK\r\n" + fields + "\r\n")
	})
}

// padding is a header block of total bytes whose lines have 1,000 bytes, the last one up to 2,000. It announces no body.
func padding(total int) string {
	var b strings.Builder
	b.WriteString("Content-Length: 0\r\n")
	for i := 1; b.Len() < total; i++ {
		line := total - b.Len()
		if line > 2000 {
			line = 1000
		}
		name := fmt.Sprintf("X-Padding-%d: ", i)
		b.WriteString(name + strings.Repeat("x", max(1, line-len(name)-2)) + "\r\n")
	}
	return b.String()
}

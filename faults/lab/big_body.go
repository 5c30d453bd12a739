package lab

import (
	"fmt"
	"net/http"
	"strings"
)

// bigBody answers with one byte more than the gateway buffers (10 MiB), announced by Content-Length.
type bigBody struct {
	Bytes int `knob:"bytes"`
}

func (b bigBody) open(p place) (endpoint, error) {
	block := strings.Repeat("x", 16<<10)
	return p.listenExchanges(func(x *exchange) bool {
		ok := x.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", b.Bytes))
		if x.request.Method == http.MethodHead {
			return ok
		}
		for left := b.Bytes; ok && left > 0; left -= len(block) {
			ok = x.say(block[:min(left, len(block))])
		}
		return ok
	})
}

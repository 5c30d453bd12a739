package lab

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// slowBody sends its head at once and its body in pieces. It is healthy as long as the interval is below the gateway's
// I/O timeout: that timer counts idle time only.
type slowBody struct {
	Pieces   int           `knob:"pieces"`
	Interval time.Duration `knob:"interval"` // before each piece
}

func (b slowBody) open(p place) (endpoint, error) {
	piece := strings.Repeat("x", 15) + "\n"
	return p.listenExchanges(func(x *exchange) bool {
		ok := x.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", b.Pieces*len(piece)))
		if x.request.Method == http.MethodHead {
			return ok
		}
		for i := 0; ok && i < b.Pieces; i++ {
			ok = pause(x.ctx, b.Interval) && x.say(piece)
		}
		return ok
	})
}

package lab

import (
	"io"
	"time"
)

// brokenPipe stops reading in the middle of a request body and then resets, so that the gateway's next write fails. The
// body must be longer than what the kernels' buffers hold, or the reset meets a gateway that already waits for the answer.
// On Linux 512 KB are enough; without smallBuffers, as in a mix with other behaviours, it is 4 MB.
type brokenPipe struct {
	Read  int           `knob:"read"`  // body bytes that are read
	Delay time.Duration `knob:"delay"` // between the last read and the reset: time for the buffers to fill
}

func (b brokenPipe) open(p place) (endpoint, error) {
	p.control = smallBuffers
	return p.listenRequests(func(x *exchange) bool {
		io.CopyN(io.Discard, x.request.Body, int64(b.Read))
		pause(x.ctx, b.Delay)
		reset(x.raw.TCPConn)
		return false
	})
}

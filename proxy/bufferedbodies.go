package proxy

import (
	"fmt"

	"message-processor/proxy/wire"
)

// buffer reads a body to its end behind dst. Each connection may keep keptBuffer
// bytes of it; what comes on top is taken from a room that all share
// (limits.buffered_bodies), as it comes and not as it was announced: a length
// that is never sent takes nothing from the others.
func (x *exchange) buffer(dst []byte, body *wire.Body, limit int64) ([]byte, error) {
	start := len(dst)
	for !body.Done() {
		before := len(dst)
		var err error
		dst, err = body.AppendSome(dst, limit-int64(len(dst)-start))
		if len(dst)-start > keptBuffer {
			if refusal := x.takeRoom(int64(len(dst) - max(before, start+keptBuffer))); refusal != nil {
				return dst, refusal
			}
		}
		if err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// takeRoom takes bytes from the room for buffered bodies until the exchange ends.
func (x *exchange) takeRoom(bytes int64) error {
	gateway := x.client.gateway
	bound := int64(x.state.config.Limits.BufferedBodies)
	x.room += bytes
	if gateway.buffered.Add(bytes) <= bound {
		return nil
	}
	x.route.places.bodies.Add(1)
	return overloaded(fmt.Sprintf("%d bytes of buffered bodies", bound))
}

// leaveRoom gives back what the exchange has taken.
func (x *exchange) leaveRoom() {
	if x.room > 0 {
		x.client.gateway.buffered.Add(-x.room)
		x.room = 0
	}
}

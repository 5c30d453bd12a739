package config

import (
	"math"
	"time"
)

// Limits are sizes in bytes beyond which a message is refused with the fault of its kind.
type Limits struct {
	// RequestLine and ResponseLine bound the start line without its line end.
	RequestLine, ResponseLine int
	// RequestHeaders and ResponseHeaders bound all field lines together.
	RequestHeaders, ResponseHeaders int
	// RequestBody and ResponseBody bound buffered bodies; streaming lifts them.
	RequestBody, ResponseBody int
	// ClientConnections bounds the connections of all clients together, InFlight the requests under way for each API
	// proxy that sets no bound of its own. Beyond either is 503.
	ClientConnections, InFlight int
	// BufferedBodies bounds the bytes of all buffered bodies together, but for the first 64 KiB of each. Beyond is 503.
	BufferedBodies int
	// WaitForPlace is how long a request may wait for one in flight to end; 0 is not at all.
	WaitForPlace time.Duration
}

// A head lives in memory for as long as its transaction, a buffered body too: hence upper bounds.
const (
	largestHead = 1 << 20
	largestBody = 1 << 30
	// mostRequests is more than the descriptors a process can have on most systems.
	mostRequests = 1 << 20
	// standardRoom is for a hundred bodies of the original's limit.
	standardRoom = 1 << 30
	largestRoom  = min(1<<40, math.MaxInt) // a word of 32 bits holds less
)

// standardLimits are the original's HTTPRequest and HTTPResponse limits (7k, 25k, 2k, 25k) and its 10 MB payload.
func standardLimits() Limits {
	return Limits{
		RequestLine: 7168, RequestHeaders: 25600, RequestBody: 10 << 20,
		ResponseLine: 2048, ResponseHeaders: 25600, ResponseBody: 10 << 20,
		ClientConnections: 65536, InFlight: 32768, BufferedBodies: standardRoom,
	}
}

func (l *Limits) decode(v value) {
	v.mapping([]field{
		{"request_line", integer(&l.RequestLine, 1, largestHead)},
		{"request_headers", integer(&l.RequestHeaders, 1, largestHead)},
		{"request_body", integer(&l.RequestBody, 1, largestBody)},
		{"response_line", integer(&l.ResponseLine, 1, largestHead)},
		{"response_headers", integer(&l.ResponseHeaders, 1, largestHead)},
		{"response_body", integer(&l.ResponseBody, 1, largestBody)},
		{"buffered_bodies", integer(&l.BufferedBodies, 1, largestRoom)},
		{"client_connections", integer(&l.ClientConnections, 1, mostRequests)},
		{"in_flight", integer(&l.InFlight, 1, mostRequests)},
		{"wait_for_place", duration(&l.WaitForPlace, durationRule{zero: "no waiting"})},
	})
	l.leaveRoom(v)
}

// leaveRoom sees to it that one call with the largest bodies finds room when nobody else is there.
func (l *Limits) leaveRoom(v value) {
	one := l.RequestBody + l.ResponseBody
	at, given := v.at("buffered_bodies")
	switch {
	case !given:
		l.BufferedBodies = max(standardRoom, one)
	case l.BufferedBodies > 0 && l.BufferedBodies < one:
		at.refuse("at least request_body and response_body together", "is %d, less than the %d of a single call", l.BufferedBodies, one)
	}
}

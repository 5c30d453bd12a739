package packets

import "time"

// exchange is one request and its answer, as far as one can tell.
type exchange struct {
	number        int
	sentFirst     moment
	sent          moment // the last bytes of the request
	sentBytes     int
	repeats       []Repeat
	answered      moment // the first bytes of the answer
	received      moment // the last bytes of it
	receivedBytes int

	line   string // of the request, when it can be read
	status int    // of the answer, when it can be read
	whole  bool   // the answer is complete; known for plain HTTP only
	cut    bool   // the answer is not complete; known for plain HTTP only
}

func (x *exchange) repeat(m moment) {
	if len(x.repeats) < maxRepeats {
		x.repeats = append(x.repeats, Repeat{Packet: m.packet, After: m.time.Sub(x.sentFirst.time)})
	}
}

// maxRepeats bounds the list of retransmissions of one thing.
const maxRepeats = 100

// wait is how long the answer took to begin; 0 when it did not.
func (x *exchange) wait() time.Duration {
	if x.answered.packet == 0 {
		return 0
	}
	return x.answered.time.Sub(x.sent.time)
}

// exchanges follows requests and answers by who sends payload.
type exchanges struct {
	current *exchange // nil before the first
	count   int
	slowest time.Duration
	slow    *exchange
	unasked moment // payload of the server before any request
}

// open tells whether a request is not answered yet.
func (e *exchanges) open() bool { return e.current != nil && e.current.answered.packet == 0 }

// payload notes bytes of a request or an answer. More from the client after an answer has begun is the next request.
func (e *exchanges) payload(from Side, n int, m moment) {
	if from == Client {
		if e.current == nil || e.current.answered.packet != 0 {
			e.count++
			e.current = &exchange{number: e.count, sentFirst: m}
		}
		e.current.sent = m
		e.current.sentBytes += n
		return
	}
	x := e.current
	if x == nil {
		e.unasked = m
		return
	}
	if x.answered.packet == 0 {
		x.answered = m
		if w := x.wait(); w > e.slowest {
			e.slowest, e.slow = w, x
		}
	}
	x.received = m
	x.receivedBytes += n
}

// complete is the number of exchanges that were answered.
func (e *exchanges) complete() int {
	if e.open() {
		return e.count - 1
	}
	return e.count
}

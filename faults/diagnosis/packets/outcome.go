package packets

import (
	"time"

	"message-processor/faults/verdict"
)

// exchanged judges what happened once the connection was ready.
func (c *findings) exchanged() {
	x, t := c.app.current, &c.app.tls
	switch {
	case t.alert[1] != "" && t.alert[1] != closeNotify:
		c.fails(phaseWait, causeAlert, t.alert[1])
	case x == nil && c.Ended.By == Server && !c.MidStream:
		c.ended(phaseWait)
	case x == nil:
	case x.answered.packet == 0:
		c.notAnswered(x)
	default:
		c.answered(x)
	}
}

// certificateRefused recognises in TLS 1.3 that the client was asked for a certificate, since more than its Finished
// follows the server's part, and that the server answered with an alert and nothing else.
func (c *findings) certificateRefused() bool {
	t, x := &c.app.tls, c.app.current
	return len(t.flight) > 0 && t.secret[1].packet != 0 && t.tickets == 0 && c.app.count <= 1 && (x == nil || x.answered.packet == 0)
}

func (c *findings) clientCertificate() {
	c.own = &verdict.Verdict{ID: verdict.ClientCertificateRequired,
		Summary:  c.Server.String() + " refused the client certificate, or the lack of one: it asked for one, and ended TLS with an alert as soon as it had the client's answer.",
		NextStep: "Ask the owners of the backend which client certificates it accepts, and configure certificate_file and key_file of the target accordingly."}
}

// ended is an end by the server.
func (c *findings) ended(phase string) {
	if c.Ended.How == ByRST {
		c.fails(phase, causeReset, "")
		return
	}
	c.fails(phase, causeClosed, "")
}

// notAnswered judges a request without an answer.
func (c *findings) notAnswered(x *exchange) {
	waited := c.waited(x.sent)
	c.e.Steps.Wait, c.e.BytesRead = max(waited, 1), 0
	switch {
	case c.answeredInTickets(x):
		c.e.Steps.Wait = c.app.slowest
	case c.ambiguous(x, waited):
		c.own = &verdict.Verdict{ID: verdict.Inconclusive,
			Summary:  "After the TLS handshake with " + c.Server.String() + " a single small record came back, and TLS hides whether that was a session ticket or the whole answer.",
			NextStep: "Look at the gateway's answer for this request: after an I/O timeout the backend was silent. To see it in the packets, capture with TLS secrets."}
	case c.stuck():
		c.fails(phaseWait, causeTimeout, "")
	case c.Ended.By == Server:
		c.ended(phaseWait)
	case c.MidStream && c.app.protocol == speaksOther:
	case c.Ended.Packet != 0 || waited >= longSilence:
		c.e.TCP.Unacked = 0 // what is on its way at the end of a capture is not stuck
		c.fails(phaseWait, causeTimeout, "")
	default:
		c.tooShort("the request")
	}
}

// ticketPatience is how soon a client goes on after an answer.
const ticketPatience = 300 * time.Millisecond

// answeredInTickets tells whether what was taken for session tickets must have been the answer: the client was content at
// once, or the server closed with an alert, in order.
func (c *findings) answeredInTickets(x *exchange) bool {
	t := &c.app.tls
	if t.tickets == 0 || t.ticketAt.time.Before(x.sent.time) {
		return false
	}
	if c.Ended.By == Server {
		return c.Ended.How == ByFIN && t.secret[1].packet != 0
	}
	return c.Ended.By == Client && c.waited(t.ticketAt) < ticketPatience
}

// ambiguous tells whether one record in the place of a ticket is all that came, and long ago.
func (c *findings) ambiguous(x *exchange, waited time.Duration) bool {
	t := &c.app.tls
	return t.tickets == 1 && !t.ticketAt.time.Before(x.sent.time) && c.Ended.By != Server && !c.stuck() &&
		(c.Ended.By == Client || waited >= longSilence)
}

// answered judges an exchange whose answer has begun.
func (c *findings) answered(x *exchange) {
	idle := c.waited(x.received)
	switch c.app.protocol {
	case speaksHTTP:
		c.plain(x, idle)
	case speaksTLS:
		// Whether the answer was complete is hidden. A server that ends TLS in order says so first.
		if c.Ended.By == Server && idle < atOnce && c.app.tls.secret[1].packet == 0 {
			c.ended(phaseReceive)
		}
	default:
		if c.Ended.By == Server && c.Ended.How == ByRST && idle < atOnce {
			c.ended(phaseReceive)
		}
	}
	if c.e.Phase == phaseReceive {
		c.e.Steps.Receive = max(idle, 1)
	}
}

// plain judges an answer that can be read.
func (c *findings) plain(x *exchange, idle time.Duration) {
	w := &c.app.web
	switch {
	case w.lost && c.e.Status == 0 && !c.MidStream:
		c.fails(phaseReceive, causeMalformed, "it is not HTTP/1")
	case !w.unfinished():
	case c.Ended.By == Server && w.cut():
		c.ended(phaseReceive)
	case c.Ended.By == Server:
	case c.Ended.By == Client && idle < atOnce:
		c.own = &verdict.Verdict{ID: verdict.Inconclusive,
			Summary:  "The client ended the connection in the middle of the answer of " + c.Server.String() + ", which was still sending.",
			NextStep: "Look at the gateway's fault for this request: an answer beyond one of its limits (line, header fields, body) is broken off like this. So is one whose own client has left."}
	case c.Ended.By == Client || idle >= longPause:
		c.fails(phaseReceive, causeTimeout, "")
	}
}

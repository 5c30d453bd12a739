package packets

import (
	"fmt"
	"strings"
	"time"

	"message-processor/faults/verdict"
)

// facts are the observations with their packet numbers, in the order in which they happened.
func (c *findings) facts() []string {
	facts := []string{}
	add := func(format string, values ...any) { facts = append(facts, fmt.Sprintf(format, values...)) }
	c.beginning(add)
	c.greeting(add)
	c.asking(add)
	if c.Retransmissions > 0 {
		add("%s sent again on this connection, %d by the client and %d by the backend.", count(c.Retransmissions, "segment was", "segments were"), c.client.repeats, c.server.repeats)
	}
	c.ending(add)
	return facts
}

type adder func(format string, values ...any)

// beginning tells of TCP's handshake.
func (c *findings) beginning(add adder) {
	syns := c.packetsOf(func(e *Event) bool {
		return e.From == Client && (e.Kind == SYN || e.Kind == Again && e.Detail == "SYN")
	})
	switch {
	case c.MidStream:
		add("The connection is older than the capture: its beginning is not in it.")
	case c.synAck.packet == 0 && len(syns) > 0:
		add("The SYN is in %s; no SYN, ACK answers it.", named(syns))
	case c.established.packet != 0 && len(syns) == 0:
		add("The three-way handshake is complete, though its SYN is not in the capture: packets %d and %d.", c.synAck.packet, c.established.packet)
	case c.established.packet != 0:
		add("The three-way handshake is complete: packets %d, %d and %d.", syns[0], c.synAck.packet, c.established.packet)
	}
	if c.complaint != "" {
		add("ICMP says %q in packet %d.", c.complaint, c.complained)
	}
}

// packetsOf are the packets of some events.
func (f *flow) packetsOf(which func(*Event) bool) (numbers []int) {
	for i := range f.Events {
		if which(&f.Events[i]) {
			numbers = append(numbers, f.Events[i].Packet)
		}
	}
	return numbers
}

// greeting tells of the TLS handshake.
func (c *findings) greeting(add adder) {
	if c.app.protocol != speaksTLS || c.app.tls.mid {
		return
	}
	c.hello(add)
	t := &c.app.tls
	if h := c.ServerHello; h != nil {
		add("The backend answered with a ServerHello in packet %d: %s, %s.", h.Packet, h.Version, h.Cipher)
	}
	if cert := c.Certificate; cert != nil {
		add("Its certificate is in packet %d: for %s, valid from %s to %s.", cert.Packet, orNobody(cert.Names), day(cert.NotBefore), day(cert.NotAfter))
		if !cert.validAt(c.Start) {
			add("At the time of the capture, %s, that certificate was not valid.", day(c.Start))
		}
	}
	if len(t.flight) > 0 && t.version >= 0x0304 {
		add("The client sent more than its Finished, so the backend had asked for a client certificate%s.", map[bool]string{true: "; the client has none, by the size of its answer"}[t.flight[0] == sealedNoCert])
	}
	for i, who := range []string{"client", "backend"} {
		if t.alert[i] != "" {
			add("The %s sent the alert %s in packet %d.", who, t.alert[i], t.alertAt[i].packet)
		}
		if t.secret[i].packet != 0 {
			add("The %s sent an encrypted alert in packet %d.", who, t.secret[i].packet)
		}
	}
	if t.notTLS != "" {
		add("The answer to the ClientHello in packet %d is no TLS: %q.", t.answered.packet, t.notTLS)
	}
}

// hello tells of the ClientHello and what became of it.
func (c *findings) hello(add adder) {
	h := c.ClientHello
	if h == nil {
		add("A part of the ClientHello is in packet %d; the rest is not in the capture.", c.app.first[0].packet)
		if c.client.acked <= 1 {
			c.notAcknowledged(add, c.app.tls.pending)
		}
		return
	}
	where := fmt.Sprintf("packet %d", h.Packet)
	if first := c.app.first[0].packet; first != h.Packet {
		where = fmt.Sprintf("packets %d to %d", first, h.Packet)
	}
	name := ""
	if h.ServerName != "" {
		name = " for " + h.ServerName
	}
	add("The ClientHello, %d bytes%s, is in %s; it offers %s.", h.Length, name, where, strings.Join(h.Versions, ", "))
	if h.AcknowledgedBy != 0 {
		add("The backend acknowledged all of it in packet %d%s.", h.AcknowledgedBy, repeated(h.SentAgain))
		return
	}
	c.notAcknowledged(add, h.SentAgain)
}

func (c *findings) notAcknowledged(add adder, again []Repeat) {
	if len(again) == 0 {
		add("No packet acknowledges it.")
		return
	}
	add("It was sent again in %s, after %s, and no packet acknowledges it.", named(numbers(again)), times(again))
}

func repeated(again []Repeat) string {
	if len(again) == 0 {
		return ""
	}
	return ", after it had been sent again in " + named(numbers(again))
}

func numbers(again []Repeat) (n []int) {
	for _, r := range again {
		n = append(n, r.Packet)
	}
	return n
}

// asking tells of the last request and its answer.
func (c *findings) asking(add adder) {
	x := c.app.current
	if x == nil {
		return
	}
	what := "The request"
	if x.number > 1 {
		what = fmt.Sprintf("Request number %d of this connection", x.number)
	}
	if x.line != "" {
		what += " \"" + x.line + "\""
	}
	add("%s is in %s.", what, span(x.sentFirst.packet, x.sent.packet))
	if len(x.repeats) > 0 {
		add("It was sent again in %s, after %s.", named(numbers(x.repeats)), times(x.repeats))
	}
	switch t := &c.app.tls; {
	case x.answered.packet != 0:
		add("The answer began in packet %d, %s after the request; %s in %s.", x.answered.packet, verdict.Lasting(x.wait()), count(x.receivedBytes, "byte", "bytes"), span(x.answered.packet, x.received.packet))
	case t.tickets > 0:
		add("The only data of the backend after the handshake is in packet %d: by its size and place, session tickets.", t.ticketAt.packet)
	default:
		add("No answer to it is in the capture.")
	}
	if x.answered.packet != 0 && c.app.protocol == speaksTLS {
		add("The answer is encrypted: whether it was complete cannot be seen.%s", c.patient(x))
	}
}

// patient hedges an end by the client after a while.
func (c *findings) patient(x *exchange) string {
	if c.Ended.By != Client || c.waited(x.received) < atOnce {
		return ""
	}
	return " The client ended the connection " + verdict.Lasting(c.waited(x.received)) + " later: so it does with one it no longer needs, and with an answer that stops half way."
}

// ending tells who ended the connection.
func (c *findings) ending(add adder) {
	gaps := c.packetsOf(func(e *Event) bool { return e.Kind == Gap })
	if len(gaps) > 0 {
		add("Bytes that were acknowledged are missing in the capture, noticed at %s: the capture has lost packets.", named(gaps))
	}
	if c.Ended.Packet == 0 {
		add("Nobody ended the connection within the capture, which shows %s of it.", verdict.Lasting(c.End.Sub(c.Start)))
		return
	}
	who := map[Side]string{Client: "The client", Server: "The backend"}[c.Ended.By]
	add("%s ended the connection first, with %s in packet %d, %s after its beginning.", who, c.Ended.How, c.Ended.Packet, verdict.Lasting(c.endedAt().Sub(c.Start)))
}

// counted leaves out what facts have said already.
func (c *findings) counted(judged []string) (rest []string) {
	for _, fact := range judged {
		if !strings.HasPrefix(fact, "The connection was a kept one") {
			rest = append(rest, fact)
		}
	}
	return rest
}

// named lists packets: all of a few, else the first and the last.
func named(packets []int) string {
	switch n := len(packets); {
	case n == 0:
		return "no packet"
	case n == 1:
		return fmt.Sprintf("packet %d", packets[0])
	case n > 12:
		return fmt.Sprintf("%d packets from %d to %d", n, packets[0], packets[n-1])
	}
	var words []string
	for _, p := range packets {
		words = append(words, fmt.Sprint(p))
	}
	return "packets " + join(words)
}

// times lists when, in seconds.
func times(again []Repeat) string {
	var words []string
	for _, r := range again[:min(len(again), 12)] {
		words = append(words, fmt.Sprintf("%.2f", r.After.Seconds()))
	}
	if len(again) > 12 {
		words = append(words, "...")
	}
	return join(words) + " s"
}

func join(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func span(first, last int) string {
	if first == last {
		return fmt.Sprintf("packet %d", first)
	}
	return fmt.Sprintf("packets %d to %d", first, last)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func orNobody(names []string) string {
	if len(names) == 0 {
		return "no name at all"
	}
	return join(names[:min(len(names), 5)])
}

package packets

import (
	"crypto/tls"
	"time"
)

// The handshake messages that are looked at, RFC 8446 section 4 and RFC 5246 section 7.4.
const (
	messageClientHello        = 1
	messageServerHello        = 2
	messageTicket             = 4
	messageCertificate        = 11
	messageCertificateRequest = 13
)

// session follows TLS on a connection. Index 0 is the client, 1 the server.
type session struct {
	records  [2]records
	messages [2]messages
	changed  [2]bool // has sent change_cipher_spec
	done     [2]bool // its part of the handshake is over
	mid      bool    // the handshake was before the capture

	helloEnd int64    // position behind the ClientHello; 0 until it is complete
	pending  []Repeat // of a ClientHello that is not complete yet
	answered moment   // the first bytes of the server
	notTLS   string   // how an answer that is no TLS begins

	version                    uint16
	resumable                  bool   // the client takes session tickets
	certificateAsked           bool   // by the server, readably
	finished                   int    // length of the record with the client's Finished in TLS 1.3
	flight                     []int  // lengths of the client's encrypted records before its Finished
	serverRecords              int    // of the encrypted part of the server's handshake
	finishedAt, clientFinished moment // the server's last part of the handshake; the client's

	alert   [2]string
	alertAt [2]moment
	secret  [2]moment // an encrypted alert

	tickets     int // records that look like session tickets
	ticketSize  int // of one
	ticketBytes int // of all
	ticketAt    moment
}

// begin prepares for the middle of a connection.
func (t *session) begin(mid bool) {
	if mid {
		t.mid, t.done, t.changed = true, [2]bool{true, true}, [2]bool{true, true}
	}
}

func (t *session) over() bool {
	return t.done[0] && (t.version < tls.VersionTLS13 && t.done[1] || t.version >= tls.VersionTLS13 || t.mid)
}

func (t *session) bytes(c *conversation, from Side, data []byte, m moment) {
	i := index(from)
	r := &t.records[i]
	if from == Server && !t.mid && !r.started && t.helloSeen() {
		t.answered = m
		if !looksLikeRecord(data) && (len(data) >= 3 || data[0] < recordChange || data[0] > recordBeat) {
			r.broken, r.started = true, true
			t.notTLS = firstLine(data)
			c.flow.tell(Event{Kind: NotTLS, From: from, Length: len(data), Detail: t.notTLS}, m)
			return
		}
	}
	for len(data) > 0 {
		rest, complete := r.take(data, m)
		if r.broken {
			t.lost(c, from, len(data), m)
			return
		}
		if complete != nil {
			t.record(c, from, complete)
		}
		data = rest
	}
}

func (t *session) helloSeen() bool { return t.records[0].started }

// lost counts bytes in which no records can be found any more.
func (t *session) lost(c *conversation, from Side, n int, m moment) {
	if t.notTLS != "" || !t.over() {
		return
	}
	t.application(c, from, n, m)
}

func (t *session) hole(c *conversation, from Side, n int) {
	t.records[index(from)].hole(n)
}

func (t *session) record(c *conversation, from Side, r *record) {
	i := index(from)
	switch r.kind {
	case recordChange:
		t.changed[i] = true
	case recordAlert:
		t.plainAlert(c, from, r)
	case recordHandshake:
		if t.changed[i] && t.version < tls.VersionTLS13 && t.version != 0 || t.mid {
			t.part(c, from, r)
			return
		}
		for _, m := range t.messages[i].take(r) {
			t.message(c, from, m)
		}
	case recordData:
		t.data(c, from, r)
	}
}

// plainAlert is an alert that can be read; after the keys have changed it cannot, and its type alone is known.
func (t *session) plainAlert(c *conversation, from Side, r *record) {
	i := index(from)
	if len(r.body) != 2 || t.mid {
		t.secret[i] = r.moment
		c.flow.tell(Event{Kind: EncryptedAlert, From: from, Length: r.length}, r.moment)
		return
	}
	t.alert[i], t.alertAt[i] = alertName(r.body[1]), r.moment
	c.flow.tell(Event{Kind: Alert, From: from, Length: r.length, Detail: t.alert[i]}, r.moment)
}

// part is the encrypted Finished of TLS 1.2 and earlier.
func (t *session) part(c *conversation, from Side, r *record) {
	if t.mid {
		return
	}
	t.finish(c, from, r)
}

func (t *session) finish(c *conversation, from Side, r *record) {
	i := index(from)
	t.done[i] = true
	if from == Client {
		t.clientFinished = r.moment
	} else {
		t.finishedAt = r.moment
	}
	c.flow.tell(Event{Kind: HandshakeDone, From: from, Length: r.length}, r.moment)
}

func (t *session) message(c *conversation, from Side, m message) {
	e := Event{Kind: Handshake, From: from, Length: m.length + messageHead, First: m.first.packet}
	switch {
	case m.kind == messageClientHello && from == Client:
		e.Kind = HelloOfClient
		t.clientHello(c, &e, m)
	case m.kind == messageServerHello && from == Server:
		t.serverHello(c, &e, m)
	case m.kind == messageCertificate && from == Server:
		e.Kind = Certificates
		c.flow.Certificate = parseCertificate(m.body, m.packet)
		if cert := c.flow.Certificate; cert != nil {
			e.Detail = cert.title()
		}
	case m.kind == messageCertificateRequest && from == Server:
		e.Kind = CertificateWish
		t.certificateAsked = true
	case m.kind == messageTicket && from == Server:
		e.Kind = Tickets
	}
	c.flow.tell(e, m.moment)
}

func (t *session) clientHello(c *conversation, e *Event, m message) {
	h, resumable := parseClientHello(m.body)
	t.resumable = resumable
	h.Packet = m.packet
	h.Length = m.length + messageHead + recordHead
	e.Length, e.Detail = h.Length, h.ServerName
	if old := c.flow.ClientHello; old != nil { // the second one, after a HelloRetryRequest
		h.AcknowledgedBy, h.SentAgain = old.AcknowledgedBy, old.SentAgain
		h.Packet, h.Length = old.Packet, old.Length
		c.flow.ClientHello = &h
		return
	}
	t.helloEnd = 1 + int64(h.Length)
	h.SentAgain = t.pending
	c.flow.ClientHello = &h
}

func (t *session) serverHello(c *conversation, e *Event, m message) {
	h, version, cipher, retry := parseServerHello(m.body)
	h.Packet = m.packet
	e.Detail = h.Version + ", " + h.Cipher
	if retry {
		e.Kind = RetryOfServer
		return
	}
	e.Kind = HelloOfServer
	c.flow.ServerHello, t.version = &h, version
	t.finished = messageHead + 32 + sealed
	if cipher == tls.TLS_AES_256_GCM_SHA384 {
		t.finished += 16
	}
}

// In TLS 1.3 a record hides its type: its content is as long as the message, one byte for the type, and 16 of the seal.
const (
	sealed         = 17
	sealedAlert    = 2 + sealed
	sealedNoCert   = messageHead + 4 + sealed // an empty Certificate message: what a client without one answers
	smallestTicket = 60
	largestTicket  = 2500 // some hold the certificates of the session
	maxTickets     = 2
	smallRequest   = 8 << 10               // bytes that every sender sends without waiting
	ticketWork     = 20 * time.Millisecond // for making them
)

// data is a record of application data, which in TLS 1.3 may be a part of the handshake or an alert.
func (t *session) data(c *conversation, from Side, r *record) {
	switch {
	case t.version < tls.VersionTLS13:
		t.application(c, from, r.length, r.moment)
	case r.length == sealedAlert:
		t.secret[index(from)] = r.moment
		c.flow.tell(Event{Kind: EncryptedAlert, From: from, Length: r.length}, r.moment)
	case from == Client && !t.done[0]:
		t.clientFlight(c, r)
	case from == Server && !t.done[0] && len(t.flight) > 0:
		// The server goes on only when it has the client's Finished: it shared a record with the client's certificate.
		t.done, t.clientFinished = [2]bool{true, true}, r.moment
		t.application(c, from, r.length, r.moment)
	case from == Server && !t.done[0]:
		t.finishedAt = r.moment
		t.serverRecords++
		c.flow.tell(Event{Kind: Handshake, From: from, Length: r.length}, r.moment)
	case from == Server && t.looksLikeTicket(c, r):
		t.tickets++
		t.ticketSize, t.ticketAt = r.length, r.moment
		t.ticketBytes += r.length
		c.flow.tell(Event{Kind: Tickets, From: from, Length: r.length}, r.moment)
	default:
		t.application(c, from, r.length, r.moment)
	}
}

// clientFlight is the encrypted end of the client's handshake: its certificate if one was asked for, and its Finished.
func (t *session) clientFlight(c *conversation, r *record) {
	if r.length == t.finished {
		t.done[1] = true
		t.finish(c, Client, r)
		return
	}
	if len(t.flight) < 8 {
		t.flight = append(t.flight, r.length)
	}
	c.flow.tell(Event{Kind: Handshake, From: Client, Length: r.length}, r.moment)
}

// looksLikeTicket recognises the session tickets that a server sends unasked as soon as it has the client's Finished: one
// record, or two of the same size. A client that cannot resume sessions gets none (RFC 8446 section 4.2.9), and Go's server
// has sent its ticket by then, behind its own Finished.
func (t *session) looksLikeTicket(c *conversation, r *record) bool {
	switch {
	case !t.resumable || t.early() || r.length < smallestTicket || r.length > largestTicket,
		c.count > 1 || c.current != nil && c.current.answered.packet != 0,
		r.time.Sub(t.clientFinished.time) > 2*c.flow.RTT+ticketWork:
		return false
	}
	return t.tickets == 0 || t.tickets < maxTickets && r.length == t.ticketSize
}

// serverFlight is how many encrypted messages a server's part of the handshake has: EncryptedExtensions, Certificate,
// CertificateVerify and Finished, and a CertificateRequest if the client is to show one, too.
const serverFlight = 4

// early tells whether the server has sent its tickets with its part of the handshake.
func (t *session) early() bool { return len(t.flight) == 0 && t.serverRecords > serverFlight }

// settle takes what looked like a ticket for the answer when the client goes on with another request after it. That is
// what it does if it has paused, unless it sends so much that it may have had to.
func (t *session) settle(c *conversation, now moment) {
	x := c.current
	if t.tickets == 0 || x == nil || x.answered.packet != 0 || t.ticketAt.time.Before(x.sent.time) {
		return
	}
	paused := 2*c.flow.RTT + time.Millisecond
	if x.sentBytes > smallRequest {
		paused += ticketWork
	}
	if now.time.Sub(x.sent.time) < paused {
		return
	}
	c.payload(Server, t.ticketBytes, t.ticketAt)
	t.tickets = 0
}

// application is payload.
func (t *session) application(c *conversation, from Side, n int, m moment) {
	kind := Request
	if from == Server {
		kind = Response
	} else {
		t.settle(c, m)
	}
	c.flow.tell(Event{Kind: kind, From: from, Length: n}, m)
	c.payload(from, n, m)
}

// inHello tells whether a position of the client's is in the first ClientHello.
func (t *session) inHello(at int64) bool {
	return t.helloEnd == 0 && !t.mid || at < t.helloEnd
}

func (t *session) repeated(c *conversation, m moment) {
	first := c.first[0]
	repeat := Repeat{Packet: m.packet, After: m.time.Sub(first.time)}
	if h := c.flow.ClientHello; h != nil && len(h.SentAgain) < maxRepeats {
		h.SentAgain = append(h.SentAgain, repeat)
	} else if h == nil && len(t.pending) < maxRepeats {
		t.pending = append(t.pending, repeat)
	}
}

// acknowledged tells whether this is the first segment that acknowledges the whole ClientHello.
func (t *session) acknowledged(c *conversation, to int64, s *segment) bool {
	h := c.flow.ClientHello
	if h == nil || t.helloEnd == 0 || h.AcknowledgedBy != 0 || to < t.helloEnd {
		return false
	}
	h.AcknowledgedBy = s.packet
	return true
}

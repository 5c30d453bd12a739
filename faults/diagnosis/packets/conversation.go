package packets

import (
	"bytes"
	"strings"
)

// protocol is what a connection speaks.
type protocol int

const (
	unknown protocol = iota
	speaksTLS
	speaksHTTP
	speaksOther
)

// conversation reads the bytes of a connection in order.
type conversation struct {
	flow     *flow
	protocol protocol
	first    [2]moment // data of the client, of the server
	tls      session
	web      web
	exchanges
}

func index(s Side) int {
	if s == Server {
		return 1
	}
	return 0
}

// bytes takes what comes next from one side.
func (c *conversation) bytes(d *direction, data []byte, m moment) {
	if len(data) == 0 {
		return
	}
	if c.first[index(d.side)].packet == 0 {
		c.first[index(d.side)] = m
	}
	if c.protocol == unknown {
		c.recognise(d.side, data)
	}
	switch c.protocol {
	case speaksTLS:
		c.tls.bytes(c, d.side, data, m)
	case speaksHTTP:
		c.web.bytes(c, d.side, data, m)
	default:
		c.flow.tell(Event{Kind: Data, From: d.side, Length: len(data)}, m)
		c.payload(d.side, len(data), m)
	}
}

// recognise looks at the first bytes of a connection. In the middle of one, a record of application data will do for TLS.
func (c *conversation) recognise(from Side, data []byte) {
	mid := c.flow.MidStream
	switch {
	case from == Client && looksLikeHandshake(data), mid && looksLikeRecord(data):
		c.protocol = speaksTLS
		c.tls.begin(mid && !(from == Client && isClientHello(data)))
	case from == Client && looksLikeRequest(data), mid && bytes.HasPrefix(data, []byte("HTTP/1.")):
		c.protocol = speaksHTTP
	default:
		c.protocol = speaksOther
	}
}

func looksLikeHandshake(data []byte) bool {
	return data[0] == recordHandshake && (len(data) < 2 || data[1] == 3)
}

// isClientHello tells whether a record begins with a ClientHello.
func isClientHello(data []byte) bool {
	return len(data) > recordHead && looksLikeHandshake(data) && data[recordHead] == messageClientHello
}

func looksLikeRecord(data []byte) bool {
	return len(data) >= 3 && data[0] >= recordChange && data[0] <= recordData && data[1] == 3 && data[2] <= 4
}

// looksLikeRequest tells whether a method and a blank are at the beginning.
func looksLikeRequest(data []byte) bool {
	method, _, found := strings.Cut(string(data[:min(len(data), 20)]), " ")
	if !found || len(method) < 3 {
		return false
	}
	return strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// hole passes over bytes that the capture lacks.
func (c *conversation) hole(d *direction, n int, m moment) {
	switch c.protocol {
	case speaksTLS:
		c.tls.hole(c, d.side, n)
	case speaksHTTP:
		c.web.hole(c, d.side, n, m)
	}
}

// again tells what a repeated segment repeats.
func (c *conversation) again(d *direction, s *segment, at int64) {
	e := Event{Kind: Again, From: d.side, Length: s.length, Detail: "data"}
	switch {
	case c.protocol == speaksTLS && d.side == Client && c.tls.inHello(at):
		e.Detail = "ClientHello"
		c.tls.repeated(c, s.moment)
	case c.protocol == speaksTLS && !c.tls.done[index(d.side)]:
		e.Detail = "TLS handshake"
	case d.side == Client && c.open():
		e.Detail = "the request"
		c.current.repeat(s.moment)
	}
	c.flow.tell(e, s.moment)
}

// acknowledged looks at what one side has received of the other, d.
func (c *conversation) acknowledged(d *direction, s *segment) {
	if d.side == Client && c.protocol == speaksTLS && c.tls.acknowledged(c, d.acked, s) && s.length == 0 {
		c.flow.tell(Event{Kind: Acknowledged, From: Server, Detail: "ClientHello"}, s.moment)
	}
}

package packets

import (
	"bytes"
	"time"
)

// flow is a connection while its packets come in.
type flow struct {
	Connection
	client, server direction
	synAck         moment
	established    moment
	complaint      string // what ICMP said
	complained     int    // in this packet
	last           moment
	app            conversation
	budget         *budget
}

// budget is what all flows share.
type budget struct {
	listed int // packets and events that may still be listed
	early  int // bytes of early data that may still be kept
}

func newFlow(number int, s *segment, b *budget) *flow {
	f := &flow{client: direction{side: Client}, server: direction{side: Server}, budget: b}
	f.Number, f.Start = number, s.time
	f.Client, f.Server = s.from, s.to
	switch {
	case s.flags.has(flagSYN) && !s.flags.has(flagACK):
	case s.flags.has(flagSYN):
		f.Client, f.Server = s.to, s.from
	default:
		f.MidStream = true
		if serving(s) {
			f.Client, f.Server = s.to, s.from
		}
	}
	f.app.flow = f
	return f
}

// serving guesses whether the sender of a segment is the server: what it sends may tell, else it has the smaller port.
func serving(s *segment) bool {
	switch {
	case len(s.payload) > 0 && (isClientHello(s.payload) || looksLikeRequest(s.payload)):
		return false
	case bytes.HasPrefix(s.payload, []byte("HTTP/1.")):
		return true
	}
	return s.from.Port() < s.to.Port()
}

// take follows one segment.
func (f *flow) take(s *segment) {
	d, other := &f.client, &f.server
	if s.from == f.Server {
		d, other = other, d
	}
	if d.copied(s) {
		return
	}
	f.last, f.End = s.moment, s.time
	f.PacketCount++
	d.packets++
	if !d.known && !s.flags.has(flagRST) {
		d.learn(s.seq, s.flags.has(flagSYN))
	}
	if !other.known && s.flags.has(flagACK) && s.ack != 0 && !s.flags.has(flagSYN) {
		other.learn(s.ack, false)
	}
	at := d.position(s.seq)
	again := f.repeated(d, s, at)
	f.list(d, other, s, at, again)
	if s.flags.has(flagACK) && other.known {
		f.acknowledge(d, other, s)
	}
	f.control(d, s, again)
	f.data(d, s, at, again)
	f.end(d, s, at, again)
	f.catchUp(s.moment)
}

// repeated tells whether a segment was sent before, and counts it.
func (f *flow) repeated(d *direction, s *segment, at int64) bool {
	end := at + int64(s.length)
	if s.flags.has(flagSYN) || s.flags.has(flagFIN) {
		end++
	}
	if s.flags.has(flagRST) || f.probe(d, s, at) || !d.again(at, end, s.time, f.RTT) {
		return false
	}
	d.repeats++
	d.repeatsNow++
	f.Retransmissions++
	return true
}

// probe recognises a TCP keep-alive, which repeats at most the last byte.
func (f *flow) probe(d *direction, s *segment, at int64) bool {
	return s.length <= 1 && at == d.next-1 && d.acked == d.next && s.flags&(flagSYN|flagFIN|flagRST) == 0 && d.next > 1
}

func (f *flow) acknowledge(d, other *direction, s *segment) {
	to := other.position(s.ack)
	news := other.acknowledge(to, s.moment)
	if d.side == Client && f.established.packet == 0 && f.synAck.packet != 0 && other.acked >= 1 {
		f.established = s.moment
		if s.length == 0 && !s.flags.has(flagRST) {
			f.tell(Event{Kind: Established, From: Client}, s.moment)
		}
		if f.Start.Before(s.time) && f.client.repeats == 0 {
			f.RTT = s.time.Sub(f.Start)
		}
	}
	if news {
		f.app.acknowledged(other, s)
	}
}

// control tells of the handshake's packets.
func (f *flow) control(d *direction, s *segment, again bool) {
	if !s.flags.has(flagSYN) || s.flags.has(flagRST) {
		return
	}
	kind, name := SYN, "SYN"
	if s.flags.has(flagACK) {
		kind, name = SYNACK, "SYN, ACK"
		if f.synAck.packet == 0 {
			f.synAck = s.moment
		}
	}
	d.sent(1, s.moment)
	d.read = max(d.read, 1)
	if again {
		f.tell(Event{Kind: Again, From: d.side, Detail: name}, s.moment)
		return
	}
	f.tell(Event{Kind: kind, From: d.side}, s.moment)
}

// data gives the bytes of a segment to the reader, in order.
func (f *flow) data(d *direction, s *segment, at int64, again bool) {
	if f.probe(d, s, at) {
		d.probes++
		f.tell(Event{Kind: KeepAlive, From: d.side}, s.moment)
		return
	}
	if s.length == 0 || s.flags.has(flagSYN|flagRST) {
		return
	}
	end := at + int64(s.length)
	if end > d.next+maxHole || end < d.next-maxHole {
		return
	}
	if again {
		f.app.again(d, s, at)
	}
	d.sent(end, s.moment)
	if end <= d.read {
		return
	}
	c := chunk{moment: s.moment, at: at, data: s.payload, hole: s.length - len(s.payload)}
	if at > d.read {
		f.wait(d, c)
		return
	}
	f.deliver(d, c.from(d.read))
	f.drain(d)
}

// wait keeps data for when the hole in front of it is filled. With no more room for it the hole is passed over.
func (f *flow) wait(d *direction, c chunk) {
	before := d.earlyBytes
	if !d.keep(c, f.budget.early) {
		f.skip(d, c.moment)
		before = d.earlyBytes
		d.keep(c, f.budget.early)
	}
	f.budget.early -= d.earlyBytes - before
}

// deliver gives bytes, and the length of what was not captured behind them, to the reader.
func (f *flow) deliver(d *direction, c chunk) {
	d.read = c.end()
	d.overtaken = 0
	f.app.bytes(d, c.data, c.moment)
	if c.hole > 0 {
		f.app.hole(d, c.hole, c.moment)
	}
}

func (f *flow) drain(d *direction) {
	for {
		before := d.earlyBytes
		c, ok := d.ready()
		f.budget.early += before - d.earlyBytes
		if !ok {
			return
		}
		f.deliver(d, c)
	}
}

// end tells how the connection ends.
func (f *flow) end(d *direction, s *segment, at int64, again bool) {
	switch {
	case s.flags.has(flagRST):
		f.ended(Ends{By: d.side, How: ByRST, Packet: s.packet, at: s.time})
		f.tell(Event{Kind: RST, From: d.side}, s.moment)
	case s.flags.has(flagFIN) && again && d.closed.packet != 0:
		f.tell(Event{Kind: Again, From: d.side, Detail: "FIN"}, s.moment)
	case s.flags.has(flagFIN):
		d.fin = at + int64(s.length)
		d.closed = s.moment
		d.sent(d.fin+1, s.moment)
		f.ended(Ends{By: d.side, How: ByFIN, Packet: s.packet, at: s.time})
		f.tell(Event{Kind: FIN, From: d.side}, s.moment)
	}
}

func (f *flow) ended(e Ends) {
	if f.Ended.Packet == 0 {
		f.Ended = e
	}
}

// patience is how many packets later the capture may still bring what was acknowledged.
const patience = 8

// catchUp passes over bytes that the other side has acknowledged and the capture does not have.
func (f *flow) catchUp(m moment) {
	for _, d := range []*direction{&f.client, &f.server} {
		if d.known && d.acked > d.read && d.read < d.dataEnd() {
			if d.overtaken++; d.overtaken > patience {
				f.skip(d, m)
			}
		}
	}
}

// dataEnd is the position after the last byte of data; a FIN takes one of its own.
func (d *direction) dataEnd() int64 {
	if d.closed.packet != 0 {
		return min(d.next, d.fin)
	}
	return d.next
}

// skip passes over a hole: to the next early data, or to what has been acknowledged.
func (f *flow) skip(d *direction, m moment) {
	to := min(d.acked, d.dataEnd())
	if len(d.early) > 0 {
		to = d.early[0].at
	}
	if to <= d.read {
		return
	}
	missing := to - d.read
	f.tell(Event{Kind: Gap, From: d.side, Length: int(missing)}, m)
	d.read, d.overtaken = to, 0
	f.app.hole(d, int(missing), m)
	f.drain(d)
}

// finish ends the story with the capture.
func (f *flow) finish() {
	for _, d := range []*direction{&f.client, &f.server} {
		for range maxEarly {
			if !d.known || min(d.acked, d.dataEnd()) <= d.read {
				break
			}
			f.skip(d, f.last)
		}
		d.early = nil
	}
}

func (f *flow) since(t time.Time) time.Duration { return t.Sub(f.Start) }

package packets

import "net/netip"

// ends are the two ends of a connection, whichever sends.
type ends struct{ low, high netip.AddrPort }

func endsOf(s *segment) ends {
	if s.from.Compare(s.to) < 0 {
		return ends{s.from, s.to}
	}
	return ends{s.to, s.from}
}

// table finds the flow of each segment.
type table struct {
	open    map[ends]*flow
	flows   []*flow
	dropped int
	budget  budget
}

func newTable() *table {
	return &table{open: map[ends]*flow{}, budget: budget{listed: maxListed, early: maxAllEarly}}
}

// take gives a segment to its flow. What ICMP says about an unknown connection says nothing here.
func (t *table) take(s *segment) {
	key := endsOf(s)
	f := t.open[key]
	if s.complaint != "" {
		if f != nil {
			f.complain(s)
		}
		return
	}
	if f == nil || f.over(s) {
		if len(t.flows) == maxConnections {
			delete(t.open, key)
			t.dropped++
			return
		}
		f = newFlow(len(t.flows)+1, s, &t.budget)
		t.flows, t.open[key] = append(t.flows, f), f
	}
	f.take(s)
}

// over tells whether a SYN begins another connection between the same ends.
func (f *flow) over(s *segment) bool {
	if !s.flags.has(flagSYN) || s.flags.has(flagACK) {
		return false
	}
	d := &f.client
	if s.from != f.Client {
		return f.Ended.How != ""
	}
	return f.MidStream || d.known && s.seq != d.base
}

// complain notes what ICMP says. That a packet is too big is not the end.
func (f *flow) complain(s *segment) {
	f.last, f.End = s.moment, s.time
	f.PacketCount++
	f.tell(Event{Kind: Unreachable, From: Server, Detail: s.complaint}, s.moment)
	if f.complaint == "" || f.complaint == packetTooBig {
		f.complaint, f.complained = s.complaint, s.packet
	}
}

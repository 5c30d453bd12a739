package packets

// tell adds an event to the story. Events that only continue the one before are joined to it, and what is too much is left
// out, except for ends.
func (f *flow) tell(e Event, m moment) {
	e.Time, e.After, e.Packet = m.time, f.since(m.time), m.packet
	if e.First == 0 {
		e.First = m.packet
	}
	if last := len(f.Events) - 1; last >= 0 && continues(f.Events[last], e) {
		f.Events[last].Packet = e.Packet
		f.Events[last].Length += e.Length
		return
	}
	important := e.Kind == FIN || e.Kind == RST || e.Kind == Alert || e.Kind == EncryptedAlert
	switch n := len(f.Events); {
	case n >= maxEvents && !important, n >= 2*maxEvents, f.budget.listed <= 0:
		return
	}
	f.budget.listed--
	f.Events = append(f.Events, e)
}

// continues tells whether an event is more of the one before it.
func continues(before, e Event) bool {
	if before.Kind != e.Kind || before.From != e.From || e.Detail != "" {
		return false
	}
	switch e.Kind {
	case Request, Response, Data, Handshake, Tickets, KeepAlive:
		return true
	}
	return false
}

// list adds a packet to the list of those.
func (f *flow) list(d, other *direction, s *segment, at int64, again bool) {
	remarkable := again || s.flags&(flagSYN|flagFIN|flagRST) != 0
	switch n := len(f.Packets); {
	case n >= maxRemarkable, n >= maxPackets && !remarkable, f.budget.listed <= 0:
		return
	}
	f.budget.listed--
	p := Packet{Number: s.packet, At: f.since(s.time).Microseconds(), From: d.side, Flags: s.flags.String(), Length: s.length, Again: again}
	p.Seq = s.seq - d.base
	if s.flags.has(flagACK) && other.known {
		p.Ack = s.ack - other.base
	}
	f.Packets = append(f.Packets, p)
}

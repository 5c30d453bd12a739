package capture

import (
	"net/netip"
	"slices"
	"time"
)

// Bounds of what is kept of one target. The memory of all of them together is bounded too, see Watch.
const (
	ringBytes   = 4 << 20
	ringPackets = 8192
	ringFlows   = 1024 // connections
	flowHead    = 16   // packets at the beginning of a connection that go last: both handshakes are in them
	keptOf      = 256  // bytes that a kept packet costs beside its data, about
)

// ring is what is known of the connections to one target. It is not safe for concurrent use.
type ring struct {
	flows   map[netip.AddrPort]*flow // by the gateway's address
	ended   []*flow                  // of flows, those that have ended, the first one first
	bytes   int
	packets int
	limit   int // bytes
}

// flow is one connection: its first packets and its last.
type flow struct {
	local      netip.AddrPort
	head, tail []packet
	bytes      int
	start      uint32 // sequence number of its SYN
	ended      bool
	wanted     int // writers that wait for its last packets
}

func newRing(limit int) *ring { return &ring{flows: map[netip.AddrPort]*flow{}, limit: limit} }

// add keeps a copy of a packet of the connection from the gateway's address. A SYN of the gateway begins a connection
// anew if that address was used before.
func (r *ring) add(local netip.AddrPort, s segment, p *packet) {
	opens := s.from == local && s.flags&(flagSYN|flagACK) == flagSYN
	f := r.flows[local]
	if f != nil && opens && len(f.head) > 0 && f.start != s.sequence {
		r.forget(f)
		f = nil
	}
	if f == nil {
		f = r.begin(local)
	}
	if opens {
		f.start = s.sequence
	}
	r.keep(f, p)
	// Either side's FIN will do: the other one may never come.
	if s.flags&(flagFIN|flagRST) != 0 && !f.ended {
		f.ended = true
		r.ended = append(r.ended, f)
	}
	if r.bytes > r.limit || r.packets > ringPackets {
		r.trim()
	}
}

func (r *ring) begin(local netip.AddrPort) *flow {
	if len(r.flows) >= ringFlows {
		r.forget(r.least())
	}
	f := &flow{local: local}
	r.flows[local] = f
	return f
}

// least is the connection to give up first: the one that ended first, or else the one whose last packet is the oldest.
func (r *ring) least() *flow {
	var oldest *flow
	for _, f := range r.ended {
		if f.wanted == 0 {
			return f
		}
	}
	for _, f := range r.flows {
		if f.wanted == 0 && (oldest == nil || f.last().Before(oldest.last())) {
			oldest = f
		}
	}
	if oldest == nil { // all of them are wanted: whoever waits has a hold of it
		for _, oldest = range r.flows {
			break
		}
	}
	return oldest
}

// last is when its last packet was seen, the zero time before its first.
func (f *flow) last() time.Time {
	for _, packets := range [][]packet{f.tail, f.head} {
		if n := len(packets); n > 0 {
			return packets[n-1].at
		}
	}
	return time.Time{}
}

func (r *ring) keep(f *flow, p *packet) {
	kept := *p
	kept.data = slices.Clone(p.data)
	if len(f.head) < flowHead {
		f.head = append(f.head, kept)
	} else {
		f.tail = append(f.tail, kept)
	}
	r.count(f, 1, cost(&kept))
}

func cost(p *packet) int { return len(p.data) + keptOf }

func (r *ring) count(f *flow, packets, bytes int) {
	f.bytes += bytes
	r.bytes += bytes
	r.packets += packets
}

// forget gives up a connection. Whoever has a hold of it still has its packets.
func (r *ring) forget(f *flow) {
	r.bytes -= f.bytes
	r.packets -= len(f.head) + len(f.tail)
	delete(r.flows, f.local)
	if f.ended {
		r.ended = slices.DeleteFunc(r.ended, func(e *flow) bool { return e == f })
	}
}

// trim makes room, a quarter of the whole, so that it is not called for every packet: connections that have ended go
// first, then every other is cut to an equal share, its last packets first to go after its beginning.
func (r *ring) trim() {
	bytes, packets := r.limit/4*3, ringPackets/4*3
	for len(r.ended) > 0 && (r.bytes > bytes || r.packets > packets) {
		at := slices.IndexFunc(r.ended, func(f *flow) bool { return f.wanted == 0 })
		if at < 0 {
			break
		}
		r.forget(r.ended[at])
	}
	if r.bytes <= bytes && r.packets <= packets {
		return
	}
	bytes, packets = bytes/len(r.flows), packets/len(r.flows)
	for _, f := range r.flows {
		r.cut(f, bytes, packets)
	}
	for r.bytes > r.limit {
		r.forget(r.least())
	}
}

// cut drops the oldest packets behind the beginning of a connection, and of the beginning the last, until it is within its
// share.
func (r *ring) cut(f *flow, bytes, packets int) {
	drop := 0
	for drop < len(f.tail) && (f.bytes > bytes || len(f.head)+len(f.tail)-drop > packets) {
		r.count(f, -1, -cost(&f.tail[drop]))
		drop++
	}
	f.tail = slices.Clone(f.tail[drop:])
	for n := len(f.head) - 1; n > 0 && (f.bytes > bytes || n >= packets); n-- {
		r.count(f, -1, -cost(&f.head[n]))
		f.head = f.head[:n]
	}
}

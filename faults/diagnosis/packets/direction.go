package packets

import (
	"slices"
	"time"
)

// direction is what one side sends. Positions count its bytes as sequence numbers do, but without wrapping: the SYN is 0, the
// first byte of data is 1.
type direction struct {
	side  Side
	known bool   // base is known
	base  uint32 // the sequence number of position 0

	next    int64 // position after the last byte sent
	read    int64 // position after the last byte given to the reader
	acked   int64 // position up to which the other side has acknowledged
	packets int

	newest      moment  // when next last moved
	unacked     []int64 // ends of segments not acknowledged, bounded
	repeats     int     // segments sent again
	repeatsNow  int     // since the other side last acknowledged something new
	early       []chunk // data beyond a hole, in order, not overlapping
	earlyBytes  int
	overtaken   int // packets of the connection since the other side acknowledged what the capture lacks
	fin         int64
	closed      moment // its FIN
	probes      int    // TCP keep-alive probes
	lastPrint   fingerprint
	lastPrintAt time.Time
}

// chunk is data that came before what precedes it.
type chunk struct {
	moment
	at   int64
	data []byte
	hole int // bytes at its end that were not captured
}

func (c chunk) end() int64 { return c.at + int64(len(c.data)+c.hole) }

// position of a sequence number, the one closest to what was sent last.
func (d *direction) position(seq uint32) int64 {
	return d.next + int64(int32(seq-d.base-uint32(d.next)))
}

// learn takes a first sequence number: of a SYN, or else that of the byte before the first that is seen.
func (d *direction) learn(seq uint32, syn bool) {
	d.known, d.base = true, seq
	if !syn {
		d.base, d.next, d.read, d.acked = seq-1, 1, 1, 1
	}
}

// maxUnacked bounds what is remembered of the segments in flight.
const maxUnacked = 1024

// sent notes a segment up to end.
func (d *direction) sent(end int64, m moment) {
	if end <= d.next {
		return
	}
	d.next, d.newest = end, m
	if len(d.unacked) < maxUnacked {
		d.unacked = append(d.unacked, end)
	}
}

// acknowledge notes what the other side has received. It tells whether that is news.
func (d *direction) acknowledge(to int64, m moment) bool {
	if to <= d.acked || to > d.next+maxHole {
		return false
	}
	d.acked, d.repeatsNow = to, 0
	if to > d.next { // of what the capture lacks, or brings later
		d.next, d.newest = to, m
	}
	still := 0
	for still < len(d.unacked) && d.unacked[still] <= to {
		still++
	}
	d.unacked = slices.Delete(d.unacked, 0, still)
	return true
}

// again tells whether a segment repeats what was sent. Data that fills a hole a moment later has only been overtaken.
func (d *direction) again(at, end int64, now time.Time, rtt time.Duration) bool {
	if at >= d.next || end == at {
		return false
	}
	if at >= d.read && !d.has(at) && now.Sub(d.newest.time) < max(rtt, overtaking) {
		return false
	}
	return true
}

// overtaking is how late a segment can be without having been sent again; Wireshark's value, too.
const overtaking = 3 * time.Millisecond

func (d *direction) has(at int64) bool {
	return slices.ContainsFunc(d.early, func(c chunk) bool { return c.at <= at && at < c.end() })
}

// keep stores data beyond a hole, cut to what is new. It reports false if there is no more room.
func (d *direction) keep(c chunk, room int) bool {
	if len(c.data) > room || d.earlyBytes+len(c.data) > maxEarly {
		return false
	}
	i, found := slices.BinarySearchFunc(d.early, c.at, func(e chunk, at int64) int { return int(max(-1, min(1, e.at-at))) })
	if found || i > 0 && d.early[i-1].end() > c.at || i < len(d.early) && d.early[i].at < c.end() {
		return true // an overlap: the hole in front of it will show whether something is missing
	}
	c.data = slices.Clone(c.data)
	d.early = slices.Insert(d.early, i, c)
	d.earlyBytes += len(c.data)
	return true
}

// ready takes the next stored data that continues what has been read.
func (d *direction) ready() (chunk, bool) {
	for len(d.early) > 0 && d.early[0].at <= d.read {
		c := d.early[0]
		d.early = d.early[1:]
		d.earlyBytes -= len(c.data)
		if c.end() > d.read {
			return c.from(d.read), true
		}
	}
	return chunk{}, false
}

// from cuts off what comes before a position.
func (c chunk) from(at int64) chunk {
	if skip := at - c.at; skip > 0 {
		cut := min(int(skip), len(c.data))
		c.data, c.hole, c.at = c.data[cut:], c.hole-(int(skip)-cut), at
	}
	return c
}

// copied tells whether a packet is one that was just seen, captured once more on another interface.
func (d *direction) copied(s *segment) bool {
	was, at := d.lastPrint, d.lastPrintAt
	d.lastPrint, d.lastPrintAt = s.print, s.time
	if was != s.print || s.print == (fingerprint{}) {
		return false
	}
	age := s.time.Sub(at)
	if s.print.id != 0 { // the kernel numbers its packets, repeats too
		return age < time.Second
	}
	return age < copying
}

// copying is how much later a copy without a number of its own can be.
const copying = time.Millisecond

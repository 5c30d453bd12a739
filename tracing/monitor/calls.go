package monitor

import (
	"net/netip"
	"sync"

	"message-processor/tracing"
)

const (
	maxFaults  = 1000 // the last ones are kept
	maxSamples = 1000 // of requests that did not end in a fault
	maxPath    = 256  // bytes of path and query
	maxMethod  = 24   // bytes
)

// calls are the last requests one by one, each in a place of fixed size that is used again.
type calls struct {
	mu      sync.Mutex
	serial  uint64
	faults  ring
	samples ring
	room    [4 * maxPath]byte // to write a path without its secrets: their replacements may be longer
}

// ring holds the last entries, in the order of their serial numbers; next is where the next one goes.
type ring struct {
	entries []entry
	next    int
}

// place is where the next entry goes.
func (r *ring) place(limit int) *entry {
	if len(r.entries) < limit {
		r.entries = append(r.entries, entry{})
		return &r.entries[len(r.entries)-1]
	}
	e := &r.entries[r.next]
	r.next = (r.next + 1) % limit
	return e
}

// latest calls see for each entry, newest first, until it returns false.
func (r *ring) latest(see func(*entry) bool) {
	n := len(r.entries)
	for i := 1; i <= n; i++ {
		if !see(&r.entries[(r.next-i+n)%n]) {
			return
		}
	}
}

// entry is one request. Strings in it belong to the configuration or, the message id, to this request alone.
type entry struct {
	serial         uint64
	ended          int64 // nanoseconds since 1970
	key            Key
	revision       int
	messageID      string
	trace          tracing.TraceID
	client         netip.AddrPort
	total, target  uint64 // µs
	in, out        int64  // bytes of the bodies
	method         [maxMethod]byte
	path           [maxPath]byte
	methodN, pathN int
	ownFault, cut  bool
}

// keep copies what is told of a request.
func (c *calls) keep(r *tracing.Record, k Key, total, target uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ring, limit := &c.samples, maxSamples
	if k.IsFault() {
		ring, limit = &c.faults, maxFaults
	}
	e := ring.place(limit)
	c.serial++
	e.serial, e.ended, e.key, e.revision = c.serial, r.End.UnixNano(), k, r.API.Revision
	e.messageID, e.trace, e.client = r.MessageID, r.Context.Trace, r.Client
	e.total, e.target, e.in, e.out = total, target, int64(len(r.Messages.RequestHead))+r.BytesIn, r.BytesOut
	e.ownFault = r.Failure != nil
	e.methodN = copy(e.method[:], r.Method)
	path := r.Path[:min(len(r.Path), maxPath)]
	e.pathN = copy(e.path[:], tracing.AppendRedacted(c.room[:0], path))
	e.cut = len(r.Path) > maxPath
}

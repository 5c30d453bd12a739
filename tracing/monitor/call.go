package monitor

import (
	"encoding/hex"
	"time"
)

// Call is one request. Method and Path come from the network: whoever shows them escapes them.
type Call struct {
	Key
	Serial       uint64    // rises with every call kept
	Ended        time.Time // when the answer was written
	Took         time.Duration
	TargetTook   time.Duration // of it, with the target; 0 if none was tried
	MessageID    string
	TraceID      string // 32 hex digits
	Revision     int
	Client       string // ip:port
	Method, Path string // path and query without secrets, at most 256 bytes
	BytesIn      int64  // of the request, head and body
	BytesOut     int64  // of the answer's body
	OfTheGateway bool   // the fault is this gateway's, not a target's own answer
	PathIsCut    bool
}

// Selection says which calls are wanted.
type Selection struct {
	From, To   time.Time // by the end of the call, To excluded; zero: no bound
	Where      []Condition
	FaultsOnly bool
	Before     uint64 // only with a lower Serial; 0: no bound
	Limit      int    // at most so many; 0: all
}

func (w *Selection) holds(e *entry) bool {
	return (w.Before == 0 || e.serial < w.Before) && (w.From.IsZero() || e.ended >= w.From.UnixNano()) &&
		(w.To.IsZero() || e.ended < w.To.UnixNano()) && holdAll(w.Where, &e.key)
}

// Calls returns the calls that are kept and wanted, newest first, never nil: the last 1,000 faults and, unless only
// faults are wanted, a sample of the other requests.
func (s *Store) Calls(w Selection) []Call {
	if w.Limit <= 0 {
		w.Limit = maxFaults + maxSamples
	}
	rings := []*ring{&s.calls.faults}
	if !w.FaultsOnly {
		rings = append(rings, &s.calls.samples)
	}
	list := []Call{}
	for _, e := range s.calls.find(w, rings) {
		list = append(list, e.call())
	}
	return list
}

// find copies entries under the lock and makes nothing of them there.
func (c *calls) find(w Selection, rings []*ring) []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found [2][]*entry
	for i, r := range rings {
		r.latest(func(e *entry) bool {
			if w.holds(e) {
				found[i] = append(found[i], e)
			}
			return len(found[i]) < w.Limit
		})
	}
	var merged []entry
	for a, b := found[0], found[1]; len(merged) < w.Limit && len(a)+len(b) > 0; {
		if len(b) == 0 || len(a) > 0 && a[0].serial > b[0].serial {
			merged, a = append(merged, *a[0]), a[1:]
		} else {
			merged, b = append(merged, *b[0]), b[1:]
		}
	}
	return merged
}

func (e *entry) call() Call {
	c := Call{Key: e.key, Serial: e.serial, Ended: time.Unix(0, e.ended).UTC(),
		Took: time.Duration(e.total) * time.Microsecond, TargetTook: time.Duration(e.target) * time.Microsecond,
		MessageID: e.messageID, TraceID: hex.EncodeToString(e.trace[:]), Revision: e.revision,
		Method: string(e.method[:e.methodN]), Path: string(e.path[:e.pathN]),
		BytesIn: e.in, BytesOut: e.out, OfTheGateway: e.ownFault, PathIsCut: e.cut}
	if e.client.IsValid() {
		c.Client = e.client.String()
	}
	return c
}

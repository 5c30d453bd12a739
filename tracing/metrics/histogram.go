package metrics

import (
	"sync"
	"sync/atomic"
	"time"

	"message-processor/tracing"
)

// bounds are the upper ends of the buckets. The semantic conventions advise bounds up to 10 s; here they begin lower,
// for targets next door, and reach past the timers of 55 and 60 s that faults wait for.
var bounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second, 120 * time.Second,
}

// buckets are one more than bounds: the last has no end.
const buckets = len(bounds) + 1

// bucket is where a duration belongs: a value on a bound is below it.
func bucket(d time.Duration) int {
	for i, bound := range bounds {
		if d <= bound {
			return i
		}
	}
	return len(bounds)
}

// histogram counts durations. Adding allocates nothing but a bucket's first exemplar, and never waits.
type histogram struct {
	counts [buckets]atomic.Uint64
	sum    atomic.Int64 // nanoseconds

	mutex     sync.Mutex
	exemplars [buckets]*exemplar // the last of each bucket
}

// exemplar is one request that stands for a number. Its zero time stands for none.
type exemplar struct {
	took    time.Duration
	at      time.Time
	trace   tracing.TraceID
	span    tracing.SpanID
	message string // id
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0) // the wall clock of a virtual machine can step back
	h.counts[bucket(d)].Add(1)
	h.sum.Add(int64(d))
}

// remember makes the request the exemplar of its bucket, unless somebody else is at the exemplars just now.
func (h *histogram) remember(d time.Duration, r *tracing.Record) {
	if !h.mutex.TryLock() {
		return
	}
	defer h.mutex.Unlock()
	slot := &h.exemplars[bucket(max(d, 0))]
	if *slot == nil {
		*slot = new(exemplar)
	}
	**slot = exemplar{max(d, 0), r.End, r.Context.Trace, r.Context.Server, r.MessageID}
}

// last is the latest exemplar.
func (h *histogram) last() (latest exemplar) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, e := range h.exemplars {
		if e != nil && e.at.After(latest.at) {
			latest = *e
		}
	}
	return latest
}

// totals is a histogram at one moment, and the sum of several.
type totals struct {
	counts    [buckets]uint64
	sum       time.Duration
	exemplars [buckets]exemplar
}

func (t *totals) include(h *histogram) {
	for i := range h.counts {
		t.counts[i] += h.counts[i].Load()
	}
	t.sum += time.Duration(h.sum.Load())
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for i, e := range h.exemplars {
		if e != nil && e.at.After(t.exemplars[i].at) {
			t.exemplars[i] = *e
		}
	}
}

func (t *totals) count() (n uint64) {
	for _, c := range t.counts {
		n += c
	}
	return n
}

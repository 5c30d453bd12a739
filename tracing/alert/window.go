package alert

import (
	"math"
	"sync"
	"time"

	"message-processor/config"
)

const (
	fewestSlots  = 60   // of a short window
	mostSlots    = 3600 // of a long one: a slot of up to a second until an hour
	latencySlots = 60   // of a window of latencies, whose slots are larger
	evidenceKept = 5    // transactions remembered by a window
)

// Transaction is one that a condition picked: the way back to its trace and its log line.
type Transaction struct {
	MessageID  string
	Time       time.Time
	StatusCode int
	Proxy      string
	FaultCode  string // "" where there was no fault
	Kept       bool   // it ended in a fault of this gateway, so that its trace is kept
}

// window sums up what happened in the last seconds. It forgets by slot: what is older than its length never counts,
// what is younger than its length less one slot always does.
type window struct {
	length, slot time.Duration
	start        time.Time

	mutex      sync.Mutex
	slots      []slot
	latencies  []histogram // of the slots; nil for a window of counts
	recent     [evidenceKept]Transaction
	remembered uint64 // transactions ever remembered; the last is at recent[(remembered-1)%evidenceKept]
}

// slot counts the transactions that ended in one stretch of time.
type slot struct {
	tick        int64 // which stretch, counted from the start of the window
	all, picked uint32
}

func newWindow(c *config.AlertCondition, now time.Time) *window {
	w := &window{length: time.Duration(c.DurationSeconds) * time.Second, start: now}
	n := min(max(c.DurationSeconds, fewestSlots), mostSlots)
	if c.Percentile > 0 {
		n = latencySlots
		w.latencies = make([]histogram, n)
	}
	w.slots = make([]slot, n)
	w.slot = w.length / time.Duration(n)
	return w
}

func (w *window) tick(at time.Time) int64 { return int64(max(at.Sub(w.start), 0) / w.slot) }

// sample is one transaction on its way into a window.
type sample struct {
	picked   bool          // not only among all
	evidence *Transaction  // worth remembering; nil: it is not
	latency  time.Duration // below zero: none
}

// add counts one transaction.
func (w *window) add(ended time.Time, s sample) {
	tick := w.tick(ended)
	i := int(tick % int64(len(w.slots)))
	w.mutex.Lock()
	defer w.mutex.Unlock()
	at := &w.slots[i]
	switch {
	case at.tick > tick:
		return // a straggler: its slot has come round again
	case at.tick < tick:
		*at = slot{tick: tick}
		if w.latencies != nil {
			w.latencies[i] = histogram{}
		}
	}
	at.all++
	if s.picked {
		at.picked++
	}
	if w.latencies != nil && s.picked && s.latency >= 0 {
		w.latencies[i].add(s.latency)
	}
	if s.evidence != nil {
		w.recent[w.remembered%evidenceKept] = *s.evidence
		w.remembered++
	}
}

// counts are the transactions in the window: all that the condition is about, and those it picked.
func (w *window) counts(now time.Time) (all, picked uint64) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.each(now, func(i int) {
		all += uint64(w.slots[i].all)
		picked += uint64(w.slots[i].picked)
	})
	return all, picked
}

// percentile is the latency, in milliseconds, that so many of a hundred transactions did not exceed; false if there
// was none.
func (w *window) percentile(now time.Time, percentile int) (float64, bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var sum histogram
	w.each(now, func(i int) { sum.merge(&w.latencies[i]) })
	return sum.percentile(float64(percentile) / 100)
}

// each visits the slots that are not older than the window. It needs the lock.
func (w *window) each(now time.Time, visit func(i int)) {
	newest := w.tick(now)
	oldest := newest - int64(len(w.slots))
	for i := range w.slots {
		if tick := w.slots[i].tick; tick > oldest && tick <= newest {
			visit(i)
		}
	}
}

// evidence are the last transactions remembered within the window, newest first.
func (w *window) evidence(now time.Time) []Transaction {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var list []Transaction
	for n := uint64(1); n <= min(w.remembered, evidenceKept); n++ {
		if t := w.recent[(w.remembered-n)%evidenceKept]; now.Sub(t.Time) < w.length {
			list = append(list, t)
		}
	}
	return list
}

// full tells whether the window has been looking for its whole length. Before that, few is no news.
func (w *window) full(now time.Time) bool { return now.Sub(w.start) >= w.length }

// Latencies are counted in classes that grow by the eighth root of two, so that a percentile is off by nine of a
// hundred at most, from one millisecond to 17 minutes.
const (
	classesPerDoubling = 8
	latencyClasses     = 20*classesPerDoubling + 1
)

type histogram struct {
	classes [latencyClasses]uint32
	count   uint64
}

func (h *histogram) add(d time.Duration) {
	class := 0
	if ms := float64(d) / float64(time.Millisecond); ms >= 1 {
		class = min(int(math.Log2(ms)*classesPerDoubling)+1, latencyClasses-1)
	}
	h.classes[class]++
	h.count++
}

func (h *histogram) merge(other *histogram) {
	if other.count == 0 {
		return
	}
	for i, n := range other.classes {
		h.classes[i] += n
	}
	h.count += other.count
}

// percentile interpolates within the class in which the share is reached.
func (h *histogram) percentile(share float64) (float64, bool) {
	if h.count == 0 {
		return 0, false
	}
	wanted, below := share*float64(h.count), 0.0
	for i, n := range h.classes {
		if n > 0 && below+float64(n) >= wanted {
			low, high := classBounds(i)
			return low + (high-low)*(wanted-below)/float64(n), true
		}
		below += float64(n)
	}
	_, high := classBounds(latencyClasses - 1)
	return high, true
}

// classBounds are the least and the most milliseconds of a class.
func classBounds(class int) (low, high float64) {
	if class == 0 {
		return 0, 1
	}
	return math.Exp2(float64(class-1) / classesPerDoubling), math.Exp2(float64(class) / classesPerDoubling)
}

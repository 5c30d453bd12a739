package systemlog

import (
	"context"
	"sync"

	"github.com/rs/zerolog"
)

// queue holds rendered events between the callers and the goroutine that writes them, bounded in bytes.
type queue struct {
	capacity int // bytes

	mu       sync.Mutex
	changed  sync.Cond // any field below changed in a way somebody may wait for
	pending  batch
	size     int    // bytes pending or being written
	accepted uint64 // events ever put, without those dropped
	settled  uint64 // of these, written or given up
	dropped  uint64 // events ever lost
	lost     uint64 // events lost since the writer last said so
	reopen   bool   // the path is to be opened again before more is written
	closed   bool   // takes no more events
	finished bool   // the goroutine has ended
}

func newQueue(capacity int) *queue {
	q := &queue{capacity: capacity}
	q.changed.L = &q.mu
	return q
}

// room is how full the queue may be, in bytes, with an event of level l as its last. Less severe levels give way first, so
// that a fault finds room when everything else is being dropped.
func (q *queue) room(l zerolog.Level) int {
	switch {
	case l >= zerolog.ErrorLevel && l != zerolog.NoLevel:
		return q.capacity
	case l == zerolog.WarnLevel:
		return q.capacity - q.capacity/8
	case l <= zerolog.DebugLevel:
		return q.capacity / 2
	}
	return q.capacity - q.capacity/4
}

// put copies one rendered event, or drops it if there is no room. It waits for nothing.
func (q *queue) put(l zerolog.Level, line []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.pending.ends) == 0 {
		defer q.changed.Broadcast()
	}
	if q.closed || q.size+len(line) > q.room(l) {
		q.dropped++
		if !q.closed {
			q.lost++
		}
		return
	}
	q.admit(len(line))
	q.pending.add(line)
}

func (q *queue) admit(bytes int) {
	q.accepted++
	q.size += bytes
}

// work is what the writing goroutine has to do next.
type work struct {
	batch         // events to write
	lost   uint64 // events to report as lost
	reopen bool   // open the path again first
}

// take waits for work and moves it to w, whose buffers it gives to the callers in exchange. It reports false when everything
// is done and the queue is closed. A loss is reported once the queue has mostly emptied, so that an outage is one report.
func (q *queue) take(w *work) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending.ends) == 0 && q.lost == 0 && !q.reopen && !q.closed {
		q.changed.Wait()
	}
	w.batch.reset()
	w.batch, q.pending = q.pending, w.batch
	w.lost, w.reopen, q.reopen = 0, q.reopen, false
	if len(w.data) <= q.capacity/4 || q.closed {
		w.lost, q.lost = q.lost, 0
	}
	return len(w.ends) > 0 || w.lost > 0 || w.reopen || !q.closed
}

// settle frees the room of events that were written.
func (q *queue) settle(events, bytes int) {
	if events == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settled += uint64(events)
	q.size -= bytes
	q.changed.Broadcast()
}

// giveUp frees the room of events that will never be written.
func (q *queue) giveUp(events, bytes int) {
	q.mu.Lock()
	q.dropped += uint64(events)
	q.mu.Unlock()
	q.settle(events, bytes)
}

// abandon counts everything that is not written yet as lost and returns how much that is.
func (q *queue) abandon() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.accepted - q.settled
	q.dropped += left
	return left
}

// requestReopen reports false if there is no writing goroutine any more.
func (q *queue) requestReopen() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reopen = q.reopen || !q.closed
	q.changed.Broadcast()
	return !q.closed
}

// close lets no more events in.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}

// finish ends every wait: nothing will be written any more.
func (q *queue) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.finished = true
	q.changed.Broadcast()
}

// wait returns when every event put before the call is settled and, if the queue is closed, the goroutine has ended; or when
// ctx ends, with its error.
func (q *queue) wait(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.changed.Broadcast()
	})
	defer stop()
	q.mu.Lock()
	defer q.mu.Unlock()
	for target := q.accepted; (q.settled < target || q.closed) && !q.finished; q.changed.Wait() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return nil
}

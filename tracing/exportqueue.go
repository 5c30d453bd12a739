package tracing

import "sync"

// Bounds in bytes. Receivers of gRPC take no message above 4 MiB by default.
const (
	maxBatchBytes = 2 << 20
	maxQueueBytes = 32 << 20
)

// keptBuffers is how many buffers of uploaded batches are used again.
const keptBuffers = 2

// batch is some rendered spans, one after the other.
type batch struct {
	spans []byte
	count int
}

// queue gathers rendered spans into batches. It holds a bounded number of them and of bytes; what comes on top is
// refused.
type queue struct {
	ready chan struct{} // gets a value when a batch is full

	limits batching
	mutex  sync.Mutex
	full   []batch
	open   batch // being filled
	free   [][]byte
	count  int // spans in full and open
	bytes  int // likewise
	closed bool
	over   bool // something was refused
}

func newQueue(limits batching) *queue {
	return &queue{ready: make(chan struct{}, 1), limits: limits}
}

// put copies count spans into the queue. It is false if there is no room for them.
func (q *queue) put(spans []byte, count int) bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.closed || q.count+count > q.limits.queueSpans || q.bytes+len(spans) > maxQueueBytes {
		q.over = true
		return false
	}
	if q.open.spans == nil && len(q.free) > 0 {
		q.open.spans = q.free[len(q.free)-1]
		q.free = q.free[:len(q.free)-1]
	}
	q.open.spans = append(q.open.spans, spans...)
	q.open.count += count
	q.count += count
	q.bytes += len(spans)
	if q.open.count >= q.limits.batchSpans || len(q.open.spans) >= maxBatchBytes {
		q.full = append(q.full, q.open)
		q.open = batch{}
		select {
		case q.ready <- struct{}{}:
		default:
		}
	}
	return true
}

// takeFull takes the oldest full batch.
func (q *queue) takeFull() (batch, bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if len(q.full) == 0 {
		return batch{}, false
	}
	b := q.full[0]
	q.full = append(q.full[:0], q.full[1:]...)
	return b, true
}

// take takes the oldest batch, full or not.
func (q *queue) take() (batch, bool) {
	if b, found := q.takeFull(); found {
		return b, true
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	b := q.open
	q.open = batch{}
	return b, b.count > 0
}

// release gives a batch's room back. A batch counts until then, so that one which is being uploaded for long does not
// make the queue longer.
func (q *queue) release(b batch) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.count -= b.count
	q.bytes -= len(b.spans)
	if len(q.free) < keptBuffers {
		q.free = append(q.free, b.spans[:0])
	}
}

// overflowed tells whether something was refused for want of room.
func (q *queue) overflowed() bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return q.over
}

// close makes the queue refuse everything.
func (q *queue) close() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.closed = true
}

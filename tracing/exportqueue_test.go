package tracing

import (
	"bytes"
	"sync"
	"testing"
)

func TestTheQueueMakesBatches(t *testing.T) {
	q := newQueue(batching{queueSpans: 100, batchSpans: 4})
	for i := range 5 {
		if !q.put([]byte{byte(i)}, 2) {
			t.Fatal("refused with room left")
		}
	}
	select {
	case <-q.ready:
	default:
		t.Error("a full batch is not announced")
	}
	for _, want := range []batch{{[]byte{0, 1}, 4}, {[]byte{2, 3}, 4}, {[]byte{4}, 2}} {
		got, found := q.take()
		if !found || !bytes.Equal(got.spans, want.spans) || got.count != want.count {
			t.Errorf("batch %v, want %v", got, want)
		}
		q.release(got)
	}
	if got, found := q.take(); found {
		t.Errorf("an empty queue has %v", got)
	}
}

func TestTheQueueIsBoundedInSpans(t *testing.T) {
	q := newQueue(batching{queueSpans: 10, batchSpans: 4})
	for range 2 {
		q.put([]byte("x"), 5)
	}
	if q.put([]byte("x"), 1) || !q.overflowed() {
		t.Error("takes more than it may hold")
	}
	b, _ := q.takeFull()
	if q.put([]byte("x"), 1) {
		t.Error("what is being uploaded does not count")
	}
	q.release(b)
	if !q.put([]byte("x"), 1) {
		t.Error("refuses although there is room again")
	}
}

func TestTheQueueIsBoundedInBytes(t *testing.T) {
	q := newQueue(batching{queueSpans: 1 << 30, batchSpans: 1 << 30})
	piece := make([]byte, 1<<20)
	taken := 0
	for q.put(piece, 1) {
		taken++
	}
	if taken != maxQueueBytes/len(piece) {
		t.Errorf("takes %d MiB", taken)
	}
	if b, _ := q.takeFull(); len(b.spans) > maxBatchBytes {
		t.Errorf("a batch has %d bytes", len(b.spans))
	}
}

func TestAClosedQueueRefuses(t *testing.T) {
	q := newQueue(batching{queueSpans: 10, batchSpans: 4})
	q.close()
	if q.put([]byte("x"), 1) {
		t.Error("takes a span that nobody will fetch")
	}
}

func TestManyPutWhileOneTakes(t *testing.T) {
	q := newQueue(batching{queueSpans: 1000, batchSpans: 8})
	var wait sync.WaitGroup
	var mutex sync.Mutex
	put, taken := 0, 0
	for range 4 {
		wait.Go(func() {
			for range 1000 {
				if q.put([]byte("span"), 1) {
					mutex.Lock()
					put++
					mutex.Unlock()
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for b, found := q.take(); found; b, found = q.take() {
			if len(b.spans) != 4*b.count {
				t.Fatalf("%d bytes for %d spans", len(b.spans), b.count)
			}
			taken += b.count
			q.release(b)
		}
	}
	if put != taken || q.count != 0 || q.bytes != 0 {
		t.Errorf("%d put, %d taken, %d spans and %d bytes left", put, taken, q.count, q.bytes)
	}
}

package systemlog

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"
)

// retryAfter is the time between two attempts to write to a file that refuses.
const retryAfter = time.Second

// When batches follow each other faster than busy, the writing goroutine rests before the next one: thousands of lines a
// second would each wake it for a system call of its own.
const (
	busy = time.Millisecond
	rest = 2 * time.Millisecond
)

// drain is the writing goroutine: it writes what is queued until the queue is closed and empty.
func (w *Writer) drain() {
	defer w.queue.finish()
	var next work
	var last time.Time
	for ; w.queue.take(&next); last = time.Now() {
		if time.Since(last) < busy {
			w.pause(rest)
		}
		if next.reopen {
			w.out.reopen()
		}
		if next.lost > 0 {
			w.notice(fmt.Sprintf("lines of system.log lost here: %d, the queue of %d bytes was full", next.lost, w.queue.capacity))
		}
		if failed := w.write(&next.batch); failed.err != nil {
			w.notice(failed.String())
		}
	}
	w.lastErr = w.out.close()
	if w.unwritten.events > 0 {
		w.lastErr = fmt.Errorf("system log: lines not written: %d: %w", w.unwritten.events, w.unwritten.err)
	}
}

// failure is trouble with the file that has passed.
type failure struct {
	since time.Time
	err   error
}

func (f failure) String() string {
	return fmt.Sprintf("system.log could not be written as usual for %v: %v", time.Since(f.since).Round(time.Millisecond), f.err)
}

// note keeps the last error and the time of the first.
func (f *failure) note(err error) {
	if f.err == nil {
		f.since = time.Now()
	}
	f.err = err
}

// write writes all of b, however long that takes, and returns the trouble there was on the way. Once Close is waiting, an
// error ends it and the rest is lost.
func (w *Writer) write(b *batch) (failed failure) {
	for !b.done() {
		if b.off == b.start() {
			w.out.follow()
			if err := w.out.rotateIfDue(len(b.chunk())); err != nil {
				failed.note(err)
			}
		}
		lastTry := w.isClosing()
		n, err := w.out.write(b.chunk())
		w.queue.settle(b.advance(n))
		if err == nil {
			continue
		}
		if lastTry {
			w.giveUp(b, err)
			return failure{}
		}
		failed.note(err)
		w.pause(retryAfter)
		if w.out.reopen() {
			b.rewind()
		}
	}
	return failed
}

func (w *Writer) giveUp(b *batch, err error) {
	events, bytes := b.skip()
	w.queue.giveUp(events, bytes)
	w.unwritten.events += events
	w.unwritten.err = err
}

// notice writes a WARN line of the writer's own.
func (w *Writer) notice(message string) {
	r := recordOf(Event{Level: zerolog.WarnLevel, Message: "Writer.drain() : " + message})
	var b batch
	b.add(append(w.render(r, nil), '\n'))
	w.queue.mu.Lock()
	w.queue.admit(len(b.data))
	w.queue.mu.Unlock()
	w.write(&b)
}

func (w *Writer) isClosing() bool {
	select {
	case <-w.closing:
		return true
	default:
		return false
	}
}

// pause waits, but not once Close does.
func (w *Writer) pause(d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-w.closing:
	}
}

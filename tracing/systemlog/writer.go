package systemlog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	defaultQueueBytes = 8 << 20
	defaultMaxFiles   = 10

	// closeWithin is how long Close waits for a disk that hangs. It leaves most of the shutdown timeout (30 s unless
	// configured) to requests that still finish.
	closeWithin = 5 * time.Second
	// keptRecord is how much memory, in bytes, a record may hold to be used again.
	keptRecord = 64 << 10
)

// Options say where system.log goes. The zero value writes text to standard output.
type Options struct {
	Path       string    // a file, created with mode 0640 in an existing directory; "-" or "": Stdout
	Stdout     io.Writer // nil: os.Stdout
	Format     string    // "text" (also "") or "json"
	MaxSizeMB  int       // size in MiB at which the file is rotated to Path.1, Path.2, ...; 0: never
	MaxFiles   int       // rotated files to keep beside Path; 0: 10
	QueueBytes int       // bound of the lines not written yet; 0: 8 MiB
}

// Writer is the io.Writer and zerolog.LevelWriter under a zerolog.Logger: it renders each event and queues it for one
// goroutine to write. All methods may be called by several goroutines at once.
type Writer struct {
	render  func(r *record, dst []byte) []byte
	records sync.Pool // of *record
	queue   *queue
	out     *output

	closing   chan struct{}
	closeOnce sync.Once
	closeErr  error

	// The writing goroutine's own, to be read when it has finished.
	lastErr   error
	unwritten struct { // given up while closing
		events int
		err    error
	}
}

// Open opens the file and starts the writing goroutine, which Close ends. The error names the path.
func Open(o Options) (*Writer, error) {
	w := &Writer{closing: make(chan struct{})}
	w.records.New = func() any { return new(record) }
	switch o.Format {
	case "", "text":
		w.render = (*record).appendText
	case "json":
		w.render = (*record).appendJSON
	default:
		return nil, fmt.Errorf("system log format %q: allowed are text and json", o.Format)
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = defaultQueueBytes
	}
	w.queue = newQueue(o.QueueBytes)
	out, err := openOutput(o)
	if err != nil {
		return nil, err
	}
	w.out = out
	go w.drain()
	return w, nil
}

// Write queues one event of zerolog; its level is the one inside. It never fails and never waits for the disk. Text that is
// no JSON object becomes the message of an INFO line.
func (w *Writer) Write(p []byte) (int, error) { return w.WriteLevel(zerolog.NoLevel, p) }

// WriteLevel is Write for an event whose level the caller knows.
func (w *Writer) WriteLevel(l zerolog.Level, p []byte) (int, error) {
	r := w.records.Get().(*record)
	if !r.decode(p) {
		r.reset()
		r.message = bytes.TrimSuffix(p, []byte{'\n'})
	}
	if l != zerolog.NoLevel {
		r.level = l
	}
	r.line = append(w.render(r, r.line), '\n')
	w.queue.put(r.level, r.line)
	if cap(r.line)+cap(r.scratch) <= keptRecord {
		w.records.Put(r)
	}
	return len(p), nil
}

// Reopen opens the path again and continues there, for a file that was moved away. Lines written after it returns go to the
// new file. If it fails the old file stays in use. Standard output is left alone.
func (w *Writer) Reopen() error {
	if w.out.path == "" {
		return nil
	}
	// The file opened here only tells whether it works, and is there when Reopen returns. The writing goroutine opens its own:
	// between now and then it may rotate this one away.
	f, err := openFile(w.out.path)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("system log: %w", err)
	}
	if !w.queue.requestReopen() {
		return fmt.Errorf("system log %s: %w", w.out.path, os.ErrClosed)
	}
	return nil
}

// Dropped returns how many lines were lost: because the queue was full, because they came after Close, or because they could
// not be written before Close gave up.
func (w *Writer) Dropped() uint64 {
	w.queue.mu.Lock()
	defer w.queue.mu.Unlock()
	return w.queue.dropped
}

// Flush waits until everything queued so far is written or lost. Its error is that of ctx.
func (w *Writer) Flush(ctx context.Context) error { return w.queue.wait(ctx) }

// Close writes everything queued and closes the file. It waits at most five seconds for a disk that hangs, and does not wait
// for one that refuses. The error says how many lines were not written and why; a second call returns it again.
func (w *Writer) Close() error {
	w.closeOnce.Do(func() { w.closeErr = w.close() })
	return w.closeErr
}

func (w *Writer) close() error {
	close(w.closing)
	w.queue.close()
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if w.queue.wait(ctx) != nil {
		return fmt.Errorf("system log: lines not written within %v: %d", closeWithin, w.queue.abandon())
	}
	return w.lastErr
}

package tracing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
)

// ExportOptions is what an Exporter is made of besides the environment.
type ExportOptions struct {
	Version      string       // of this program: service.version
	SampleFaults bool         // export every fault, also of transactions that are not sampled
	Warn         func(string) // is told what operators should know: a few sentences in the life of a process
	Console      io.Writer    // where OTEL_TRACES_EXPORTER=console writes; nil is standard output
}

// Exporter sends spans to an OpenTelemetry receiver. Its Observe renders and queues; one goroutine of its own uploads.
// What cannot be queued or uploaded is lost and counted, and costs the requests nothing.
//
// The nil Exporter exports nothing.
type Exporter struct {
	options      ExportOptions
	sampleFaults atomic.Bool
	renderers    sync.Pool
	queue        *queue
	batching     batching
	envelope     *envelope
	client       otlptrace.Client

	lost    atomic.Uint64
	failing bool // the last upload failed; belongs to the uploading goroutine
	missed  uint64
	full    bool // the queue was full once, and this was told

	cancel   context.CancelFunc // ends what is being uploaded
	stopping chan struct{}
	stop     sync.Once
	stopped  chan struct{}
	err      error // of the client's Stop
}

// NewExporter makes the exporter that the environment asks for: OTEL_TRACES_EXPORTER (otlp, console, none),
// OTEL_EXPORTER_OTLP_* (endpoint, protocol, headers, timeout, compression, certificates, insecure; also in the form
// OTEL_EXPORTER_OTLP_TRACES_*), OTEL_BSP_*, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED. It is nil
// if nothing is asked for. A value that can only be a mistake is an error. Nothing is connected yet: whether the
// receiver can be reached shows later.
//
// env is os.Getenv; the official OTLP clients and the resource detector, which read a part of this themselves, always
// ask the process's environment.
func NewExporter(ctx context.Context, env func(string) string, o ExportOptions) (*Exporter, error) {
	kind, err := exporterKind(env)
	if err != nil || kind == exportNone {
		return nil, err
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	client, decoded, err := newClient(kind, env, o)
	if err != nil {
		return nil, err
	}
	batching := readBatching(env, o.Warn)
	resource, err := NewResource(ctx, o.Version)
	if err != nil {
		o.Warn("OpenTelemetry resource: " + err.Error()) // what could be read of it is used
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("OpenTelemetry exporter: %w", err)
	}
	return newExporter(ctx, o, batching, client, newEnvelope(resource, o.Version, decoded)), nil
}

// newExporter starts an exporter around a client that is started.
func newExporter(ctx context.Context, o ExportOptions, b batching, client otlptrace.Client, around *envelope) *Exporter {
	e := &Exporter{
		options: o, queue: newQueue(b), batching: b, client: client, envelope: around,
		stopping: make(chan struct{}), stopped: make(chan struct{}),
	}
	e.sampleFaults.Store(o.SampleFaults)
	e.renderers.New = func() any { return new(renderer) }
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.cancel = cancel
	go e.run(running)
	return e
}

// SampleFaults changes whether faults are exported that are not sampled.
func (e *Exporter) SampleFaults(always bool) {
	if e != nil {
		e.sampleFaults.Store(always)
	}
}

// Observe is the Observer: it queues the record's spans if the transaction is sampled, or is a fault and faults are
// exported always. The decision comes before any work.
func (e *Exporter) Observe(r *Record) {
	if e == nil || !r.Context.Sampled && !(e.sampleFaults.Load() && r.isFault()) {
		return
	}
	w := e.renderers.Get().(*renderer)
	w.render(r)
	if !e.queue.put(w.buf, w.spans) {
		e.lost.Add(uint64(w.spans))
	}
	e.renderers.Put(w)
}

// Dropped counts the spans that were lost, because the queue was full or the receiver did not take them.
func (e *Exporter) Dropped() uint64 {
	if e == nil {
		return 0
	}
	return e.lost.Load()
}

// Shutdown uploads what is queued and ends the exporter. When ctx is done first, the rest is lost, and the error says
// so. It may be called more than once.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if e == nil {
		return nil
	}
	e.stop.Do(func() { close(e.stopping) })
	select {
	case <-e.stopped:
		return e.err
	case <-ctx.Done():
		e.cancel()
		<-e.stopped
		return errors.Join(ctx.Err(), e.err)
	}
}

// run uploads until Shutdown: a batch when it is full, and what there is when it has waited long enough.
func (e *Exporter) run(ctx context.Context) {
	defer close(e.stopped)
	defer e.cancel()
	tick := time.NewTicker(e.batching.delay)
	defer tick.Stop()
	for {
		select {
		case <-e.queue.ready:
			e.drain(ctx, e.queue.takeFull)
		case <-tick.C:
			e.drain(ctx, e.queue.take)
		case <-e.stopping:
			e.queue.close()
			e.drain(ctx, e.queue.take)
			e.err = e.client.Stop(ctx)
			if errors.Is(e.err, context.Canceled) {
				e.err = nil // Shutdown tells of its own context
			}
			return
		}
	}
}

// drain uploads batches until there is none.
func (e *Exporter) drain(ctx context.Context, next func() (batch, bool)) {
	e.tellFull()
	for b, found := next(); found; b, found = next() {
		e.upload(ctx, b)
		e.queue.release(b)
	}
}

func (e *Exporter) upload(ctx context.Context, b batch) {
	limited, cancel := context.WithTimeout(ctx, e.batching.timeout)
	defer cancel()
	message, err := e.envelope.wrap(b.spans)
	if err == nil {
		err = e.client.UploadTraces(limited, message)
	}
	lost := rejected(err, b.count)
	e.lost.Add(lost)
	e.tell(err, lost)
}

// tell says once that spans are being lost, and once that they are not any more.
func (e *Exporter) tell(err error, lost uint64) {
	switch {
	case lost > 0 && !e.failing:
		e.failing, e.missed = true, lost
		e.options.Warn("spans cannot be exported: " + shorten(err.Error()) +
			"; requests are served as before, spans are lost and counted until the receiver takes them again")
	case lost > 0:
		e.missed += lost
	case e.failing:
		e.failing = false
		e.options.Warn(fmt.Sprintf("spans are exported again; %d were lost meanwhile", e.missed))
	}
}

// tellFull says once in the life of the process that the queue was too small.
func (e *Exporter) tellFull() {
	if !e.full && !e.failing && e.queue.overflowed() {
		e.full = true
		e.options.Warn(fmt.Sprintf("the receiver of spans does not keep up, spans are lost and counted; "+
			"OTEL_BSP_MAX_QUEUE_SIZE, now %d, may be too small", e.batching.queueSpans))
	}
}

// shorten bounds a message that may hold the receiver's answer.
func shorten(message string) string {
	const limit = 300
	if len(message) > limit {
		return message[:limit] + "..."
	}
	return message
}

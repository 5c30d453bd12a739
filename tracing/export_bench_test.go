package tracing

import (
	"context"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// nowhere is a client that takes everything at once.
type nowhere struct{}

func (nowhere) Start(context.Context) error                                  { return nil }
func (nowhere) Stop(context.Context) error                                   { return nil }
func (nowhere) UploadTraces(context.Context, []*tracepb.ResourceSpans) error { return nil }

// benchmarked is an exporter without a network.
func benchmarked(tb testing.TB) *Exporter {
	tb.Helper()
	limits := batching{queueSpans: 1 << 20, batchSpans: 4096, delay: time.Second, timeout: time.Second}
	resource, err := NewResource(tb.Context(), "1")
	if err != nil {
		tb.Fatal(err)
	}
	e := newExporter(tb.Context(), ExportOptions{Warn: func(string) {}, SampleFaults: true}, limits, nowhere{},
		newEnvelope(resource, "1", false))
	tb.Cleanup(func() { shutdown(e) })
	return e
}

func BenchmarkObserve(b *testing.B) {
	unsampled := reusedRecord()
	unsampled.Context.Sampled = false
	for _, c := range []struct {
		name   string
		e      *Exporter
		record *Record
	}{
		{"off", nil, reusedRecord()},
		{"unsampled", benchmarked(b), unsampled},
		{"sampled", benchmarked(b), reusedRecord()},
		{"new connection", benchmarked(b), sampleRecord()},
		{"fault", benchmarked(b), stalledRecord()},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.e.Observe(c.record)
			}
		})
	}
}

func TestRenderingAllocatesNothing(t *testing.T) {
	for name, r := range map[string]*Record{"reused": reusedRecord(), "new connection": sampleRecord(), "passed-on 503": passedRecord(503)} {
		var w renderer // not from a pool, which forgets at random under the race detector
		w.render(r)
		if n := testing.AllocsPerRun(200, func() { w.render(r) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestDecidingNotToExportAllocatesNothing(t *testing.T) {
	e, unsampled := benchmarked(t), reusedRecord()
	unsampled.Context.Sampled = false
	if n := testing.AllocsPerRun(200, func() { e.Observe(unsampled) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

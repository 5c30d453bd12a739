package metrics

import (
	"context"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	filter "go.opentelemetry.io/otel/sdk/metric/exemplar"

	"message-processor/tracing"
)

func BenchmarkObserve(b *testing.B) {
	for _, c := range []struct {
		name   string
		record *tracing.Record
	}{{"reused", reused()}, {"new connection", healthy()}, {"fault", stalled()}} {
		b.Run(c.name, func(b *testing.B) {
			m := counting(b)
			b.ReportAllocs()
			for b.Loop() {
				m.Observe(c.record)
			}
		})
		b.Run(c.name+" from all processors", func(b *testing.B) {
			m := counting(b)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					m.Observe(c.record)
				}
			})
		})
	}
}

// BenchmarkTheSame measures the alternative that was not taken, as cheaply as it can be had: the SDK's synchronous
// instruments, with options made before, without exemplars. Two durations and four counters of bytes, as Observe counts.
func BenchmarkTheSame(b *testing.B) {
	provider := sdk.NewMeterProvider(sdk.WithReader(sdk.NewManualReader()), sdk.WithExemplarFilter(filter.AlwaysOffFilter))
	for name, meter := range map[string]metric.Meter{"with the SDK": provider.Meter("m"), "with nothing": noop.NewMeterProvider().Meter("m")} {
		b.Run(name, func(b *testing.B) {
			labels := labelsOf(keyOf(reused()))
			server, client := duration(b, meter, "server"), duration(b, meter, "client")
			io, _ := meter.Int64Counter("io")
			record := func(s attribute.Set) []metric.RecordOption { return []metric.RecordOption{metric.WithAttributeSet(s)} }
			add := func(s attribute.Set) []metric.AddOption { return []metric.AddOption{metric.WithAttributeSet(s)} }
			serverOptions, clientOptions := record(labels.server), record(labels.client)
			ioOptions := [][]metric.AddOption{add(labels.clientIO.in), add(labels.clientIO.out), add(labels.targetIO.in), add(labels.targetIO.out)}
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				server.Record(ctx, .1, serverOptions...)
				client.Record(ctx, .1, clientOptions...)
				for _, o := range ioOptions {
					io.Add(ctx, 19, o...)
				}
			}
		})
	}
}

func duration(b *testing.B, meter metric.Meter, name string) metric.Float64Histogram {
	b.Helper()
	h, err := meter.Float64Histogram(name)
	if err != nil {
		b.Fatal(err)
	}
	return h
}

// BenchmarkScrape reads a page of many series.
func BenchmarkScrape(b *testing.B) {
	m := counting(b)
	for i := range 50 {
		r := reused()
		r.API.Name = fmt.Sprint("api", i)
		m.Observe(r)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.page(b, openMetrics)
	}
}

func TestObservingAllocatesNothing(t *testing.T) {
	m := counting(t)
	unsampled := reused()
	unsampled.Context.Sampled = false
	for name, r := range map[string]*tracing.Record{"reused": reused(), "new connection": healthy(), "unsampled": unsampled,
		"fault": stalled(), "passed-on 503": passed(503), "no proxy": lost()} {
		m.Observe(r) // the first of its kind makes its cell
		if n := testing.AllocsPerRun(300, func() { m.Observe(r) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

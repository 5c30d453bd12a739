package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"message-processor/config"
	"message-processor/tracing"
)

// flushTime is how long the end of the program waits for a receiver of spans, within the shutdown timeout.
const flushTime = 5 * time.Second

// exportSpans starts the exporter that the OTEL_* variables ask for. A mistake in them is told and costs the spans, not
// the gateway.
func (p *program) exportSpans(ctx context.Context) {
	var err error
	p.spans, err = tracing.NewExporter(ctx, os.Getenv, tracing.ExportOptions{
		Version: version, SampleFaults: samplesFaults(p.config), Console: p.streams.out,
		Warn: func(line string) { p.say(p.log.Warn(), "Tracing.export() : "+line) },
	})
	if err != nil {
		p.warnOfTracing(err.Error() + "; no spans are exported")
	}
	if _, _, err := tracing.Sampler(os.Getenv); err != nil {
		p.warnOfTracing(err.Error() + "; tracing.sample_ratio decides")
	}
}

func (p *program) warnOfTracing(problem string) {
	fmt.Fprintf(p.streams.err, "warning: %s\n", problem)
	p.say(p.log.Warn(), "Tracing.configure() : "+problem)
}

// sampling is what OTEL_TRACES_SAMPLER asks for, nil if it says nothing that can be followed.
func sampling() *tracing.Sampling {
	if s, set, err := tracing.Sampler(os.Getenv); set && err == nil {
		return &s
	}
	return nil
}

func samplesFaults(c *config.Gateway) bool { return c.Tracing.SampleFaults == "always" }

// flushSpans uploads what is left and ends the exporter.
func (p *program) flushSpans(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := p.spans.Shutdown(ctx); err != nil {
		p.say(p.log.Warn(), "Tracing.flush() : not all spans could be exported: "+err.Error())
	}
	if lost := p.spans.Dropped(); lost > 0 {
		p.say(p.log.Warn(), fmt.Sprintf("Tracing.flush() : %d spans were lost since the start", lost))
	}
}

// endSpans ends an exporter that was not flushed, because the program failed.
func (p *program) endSpans() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	p.spans.Shutdown(ctx)
}

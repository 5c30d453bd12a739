package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"message-processor/tracing/metrics"
)

// countRequests makes the metrics. A mistake in the OTEL_* variables is told and costs the push, not the gateway.
func (p *program) countRequests(ctx context.Context) {
	var err error
	p.metrics, err = metrics.New(ctx, os.Getenv, metrics.Options{
		Version: version, Commit: commitOf(), Go: runtime.Version(), Console: p.streams.out,
		Warn: func(line string) { p.say(p.log.Warn(), "Metrics.push() : "+line) },
	})
	if err != nil {
		fmt.Fprintf(p.streams.err, "warning: %s; no metrics are pushed\n", err)
		p.say(p.log.Warn(), "Metrics.configure() : "+err.Error()+"; no metrics are pushed")
	}
}

// watchState adds what the parts of the program count themselves.
func (p *program) watchState() error {
	return p.metrics.Watch(metrics.State{
		Active: p.gateway.Active, Channels: p.gateway.Channels, Pool: p.gateway.Pool, Bounds: p.gateway.Bounds,
		Sessions: func() int { return len(p.sessions.All()) },
		LogLines: p.file.Dropped, Spans: p.spans.Dropped,
	})
}

// flushMetrics pushes a last time.
func (p *program) flushMetrics(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	if err := p.metrics.Shutdown(ctx); err != nil {
		p.say(p.log.Warn(), "Metrics.flush() : the last metrics could not be pushed: "+err.Error())
	}
}

// endMetrics ends metrics that were not flushed, because the program failed.
func (p *program) endMetrics() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	p.metrics.Shutdown(ctx)
}

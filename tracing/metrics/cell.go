package metrics

import (
	"sync/atomic"
	"time"

	"message-processor/tracing"
)

// exemplarsOneIn is how many requests without a fault share one exemplar.
const exemplarsOneIn = 100

// cell holds the numbers of the requests with one key.
type cell struct {
	key    key
	labels labels

	server histogram // whole requests
	client histogram // exchanges with the target
	faults atomic.Uint64

	clientIn, clientOut atomic.Int64 // bytes of bodies
	targetIn, targetOut atomic.Int64 // bytes above TLS, heads included

	unseen atomic.Uint32 // requests since the last exemplar
}

func newCell(k key) *cell {
	c := &cell{key: k, labels: labelsOf(k)}
	c.unseen.Store(exemplarsOneIn - 1) // the first of its kind is worth seeing
	return c
}

func (c *cell) add(r *tracing.Record) {
	whole := r.End.Sub(r.Start)
	c.server.add(whole)
	exchange, tried := exchangeTime(r)
	if tried {
		c.client.add(exchange)
	}
	count(&c.clientIn, r.BytesIn)
	count(&c.clientOut, r.BytesOut)
	count(&c.targetIn, r.Channel.BytesRead)
	count(&c.targetOut, r.Channel.BytesWritten)
	faulty := faultOf(r) != ""
	if faulty {
		c.faults.Add(1)
	}
	if !faulty && !c.due(r) {
		return
	}
	c.server.remember(whole, r)
	if tried {
		c.client.remember(exchange, r)
	}
}

func count(to *atomic.Int64, bytes int64) {
	if bytes > 0 {
		to.Add(bytes)
	}
}

// due chooses the exemplars among the requests without a fault: the hundredth, or the next one after it whose trace is
// sampled. An exemplar of a good request that is in no trace would lead nowhere, while that of a fault leads to its line
// in system.log.
func (c *cell) due(r *tracing.Record) bool {
	if c.unseen.Add(1) < exemplarsOneIn || !r.Context.Sampled {
		return false
	}
	c.unseen.Store(0)
	return true
}

// exchangeTime is how long the exchange with the target took, from the lookup of its name, or the first byte sent on a
// connection that stood, to the end of its answer or the failure. false: the target was not tried.
func exchangeTime(r *tracing.Record) (time.Duration, bool) {
	begin := r.Steps[tracing.DNS].Start
	if begin.IsZero() {
		begin = r.Steps[tracing.Send].Start
	}
	if begin.IsZero() {
		return 0, false
	}
	end := r.End
	switch receive, respond := r.Steps[tracing.Receive], r.Steps[tracing.Respond]; {
	case r.Failure != nil && r.Failure.Step <= tracing.Receive:
		end = r.Failure.At
	case receive.Happened() && !receive.End.Before(receive.Start):
		end = receive.End
	case respond.Happened():
		end = respond.Start
	}
	return end.Sub(begin), true
}

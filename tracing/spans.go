package tracing

import (
	"encoding/binary"
	"time"
)

// Values of the enums SpanKind and StatusCode.
const (
	kindInternal = 1
	kindServer   = 2
	kindClient   = 3

	statusError = 2
)

// Bits of a span's flags above those of the traceparent: whether its parent is remote is known, and so.
const (
	parentKnown  = 0x100
	parentRemote = 0x200
)

// renderer turns a record into spans, appended as members of ScopeSpans: one SERVER span, a CLIENT span if the target
// was turned to, and below it one span for each step. Its memory is used again and again.
type renderer struct {
	encoder
	record  *Record
	head    requestHead
	problem problem
	verdict string // id of what is behind a fault, if known
	spans   int

	eventStart int // of the event under way
}

// render leaves the record's spans in w.buf and their number in w.spans.
func (w *renderer) render(r *Record) {
	w.buf, w.spans = w.buf[:0], 0
	w.record, w.head, w.problem = r, readRequestHead(r.Messages.RequestHead), problemOf(r)
	w.server()
	if exchange := w.exchange(); exchange.Happened() {
		w.client(exchange)
		for step := DNS; step <= Receive; step++ {
			if r.Steps[step].Happened() {
				w.step(step)
			}
		}
	}
	w.record, w.head, w.problem = nil, requestHead{}, problem{}
}

// exchange is the time from the first step toward the target to the end of the last.
func (w *renderer) exchange() Interval {
	var whole Interval
	for step := DNS; step <= Receive; step++ {
		i := w.record.Steps[step]
		if !i.Happened() {
			continue
		}
		if !whole.Happened() || i.Start.Before(whole.Start) {
			whole.Start = i.Start
		}
		if i.End = w.ended(i); i.End.After(whole.End) {
			whole.End = i.End
		}
	}
	return whole
}

// ended is when a step ended; one that is under way ends with the record.
func (w *renderer) ended(i Interval) time.Time {
	if i.End.Before(i.Start) {
		return w.record.End
	}
	return i.End
}

// begin opens a span and writes what every span has. Times are counted from the beginning of the request with the
// monotonic clock, so that a step of the wall clock cannot turn a span around.
func (w *renderer) begin(id, parent SpanID, kind, flags uint32, i Interval) (start int) {
	c := &w.record.Context
	start = w.open(scopeSpansSpans)
	w.bytes(spanTraceID, c.Trace[:])
	w.bytes(spanID, id[:])
	if parent != (SpanID{}) {
		w.bytes(spanParent, parent[:])
		flags |= parentKnown
		if len(w.head.traceState) > 0 {
			w.traceState()
		}
	}
	w.varint(spanKind, uint64(kind))
	w.fixed64(spanStart, w.unix(i.Start))
	w.fixed64(spanEnd, w.unix(w.ended(i)))
	if c.Sampled {
		flags |= sampledFlag
	}
	w.fixed32(spanFlags, flags|uint32(c.Flags))
	w.spans++
	return start
}

func (w *renderer) unix(t time.Time) uint64 {
	start := w.record.Start
	return uint64(start.UnixNano() + int64(t.Sub(start)))
}

// traceState writes the caller's tracestate if its trace is continued.
func (w *renderer) traceState() {
	if w.record.Context.Parent == (SpanID{}) {
		return
	}
	for _, c := range w.head.traceState {
		if c < ' ' || c > '~' {
			return
		}
	}
	w.bytes(spanTraceState, w.head.traceState)
}

// name writes a span's name of one or two words.
func (w *renderer) name(first, second string) {
	w.scratch = append(w.scratch[:0], first...)
	if second != "" {
		w.scratch = append(append(w.scratch, ' '), second...)
	}
	w.bytes(spanName, w.scratch)
}

// server is the span of the request.
func (w *renderer) server() {
	r := w.record
	remote := uint32(0)
	if r.Context.Parent != (SpanID{}) {
		remote = parentRemote
	}
	start := w.begin(r.Context.Server, r.Context.Parent, kindServer, remote, Interval{r.Start, r.End})
	method := MethodOf(r.Method)
	w.name(method.spanName(), r.API.BasePath)
	w.requestAttributes(method)
	w.apiAttributes()
	w.faultAttributes()
	w.event("apigee.message_id", r.Start)
	w.str("apigee.message_id", r.MessageID)
	w.endEvent()
	w.faultEvent()
	if w.problem.server != "" {
		w.fail(w.problem.server)
	}
	w.close(start)
}

// client is the span of the exchange with the target.
func (w *renderer) client(exchange Interval) {
	r := w.record
	start := w.begin(r.Context.Client, r.Context.Server, kindClient, 0, exchange)
	method := MethodOf(r.Method)
	w.name(method.spanName(), "")
	w.targetAttributes(method)
	w.str("apigee.message_id", r.MessageID)
	w.attemptEvents()
	if w.problem.client != "" {
		w.fail(w.problem.client)
	}
	w.close(start)
}

// step is the span of one step of the exchange.
func (w *renderer) step(s Step) {
	r := w.record
	start := w.begin(stepID(r.Context.Client, s), r.Context.Client, kindInternal, 0, r.Steps[s])
	w.name(s.String(), "")
	w.str("apigee.message_id", r.MessageID)
	if s == Handshake {
		w.tlsAttributes()
	}
	if w.problem.client != "" && r.Failure != nil && r.Failure.Step == s {
		w.kernelAttributes()
		w.str("apigee.diagnosis", w.problem.verdict)
		w.fail(w.problem.client)
	}
	w.close(start)
}

// stepID derives the id of a step's span from the CLIENT span's, which is random: drawing eight more numbers would cost
// more than the rest. The multiplication is that of splitmix64.
func stepID(client SpanID, s Step) SpanID {
	const golden, mix = 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9
	x := binary.BigEndian.Uint64(client[:]) + uint64(s+1)*golden
	x = (x ^ x>>30) * mix
	var id SpanID
	binary.BigEndian.PutUint64(id[:], x|1) // an all-zero id is invalid
	return id
}

// event opens an event of the span under way.
func (w *renderer) event(name string, at time.Time) {
	w.eventStart = w.open(spanEvents)
	w.fixed64(eventTime, w.unix(at))
	w.string(eventName, name)
	w.attributes = eventAttributes
}

func (w *renderer) endEvent() {
	w.close(w.eventStart)
	w.attributes = 0
}

// fail writes the error's type and the status Error.
func (w *renderer) fail(errorType string) {
	w.str("error.type", errorType)
	start := w.open(spanStatus)
	if w.problem.message != "" {
		w.string(statusMessage, w.problem.message)
	}
	w.varint(statusCode, statusError)
	w.close(start)
}

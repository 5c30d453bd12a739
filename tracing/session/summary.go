package session

import (
	"encoding/hex"
	"strconv"
	"time"

	"message-processor/faults/verdict"
	"message-processor/tracing"
)

// Summary is a transaction in short. Text in it may come from the network: whoever shows it escapes it.
type Summary struct {
	ID           string          `json:"id"`
	Time         time.Time       `json:"time"` // when the request began
	Organization string          `json:"organization"`
	Environment  string          `json:"environment"`
	API          string          `json:"api"` // empty when no API proxy was found
	Revision     int             `json:"revision"`
	Client       string          `json:"client"` // ip:port
	Method       string          `json:"method"`
	Path         string          `json:"path"` // with query, secrets masked
	Status       int             `json:"status"`
	Fault        string          `json:"fault,omitempty"`        // fault code as the trace shows it
	FaultString  string          `json:"fault_string,omitempty"` // of a target's own error: its reason phrase
	FaultSource  string          `json:"fault_source,omitempty"`
	DurationMS   float64         `json:"duration_ms"`
	MessageID    string          `json:"message_id"`
	TraceID      string          `json:"trace_id"` // 32 hex digits, in Jaeger
	Target       string          `json:"target,omitempty"`
	Channel      string          `json:"channel,omitempty"` // as system.log describes it
	Steps        []Step          `json:"steps"`
	Verdict      verdict.Verdict `json:"verdict"`
}

// Step is one stretch of the way of a request.
type Step struct {
	Name       string  `json:"name"`      // as the span
	OffsetMS   float64 `json:"offset_ms"` // from the request's beginning
	DurationMS float64 `json:"duration_ms"`
	Failed     bool    `json:"failed,omitempty"`
}

// Summary is the transaction in short, with its verdict.
func (t *Transaction) Summary() Summary {
	r := &t.record
	s := Summary{ID: t.id, Time: r.Start.UTC(), Organization: r.API.Organization, Environment: r.API.Environment,
		API: r.API.Name, Revision: r.API.Revision, Method: t.verb, Path: t.path, Status: r.Status,
		Fault: t.faultCode(), FaultSource: t.faultSource(), DurationMS: inMillis(r.End.Sub(r.Start)),
		MessageID: r.MessageID, TraceID: hex.EncodeToString(r.Context.Trace[:]), Target: r.API.Target,
		Steps: t.steps(), Verdict: verdict.Judge(t.evidence)}
	if s.Fault != "" {
		s.FaultString = t.faultString()
	}
	if r.Client.IsValid() {
		s.Client = r.Client.String()
	}
	if r.Channel.ID != 0 {
		s.Channel = r.Channel.String()
	}
	return s
}

func (t *Transaction) steps() []Step {
	steps := []Step{}
	for i, interval := range t.record.Steps {
		if interval.Happened() {
			steps = append(steps, Step{Name: tracing.Step(i).String(),
				OffsetMS:   inMillis(interval.Start.Sub(t.record.Start)),
				DurationMS: inMillis(t.record.Took(tracing.Step(i))),
				Failed:     t.failed && t.failure.Step == tracing.Step(i)})
		}
	}
	return steps
}

func inMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func millis(i *tracing.Interval) string { return strconv.FormatInt(i.Duration().Milliseconds(), 10) }

// connecting is how long it took to get a connection: nothing for a kept one.
func (t *Transaction) connecting() time.Duration {
	var sum time.Duration
	for _, step := range []tracing.Step{tracing.DNS, tracing.Connect, tracing.Handshake} {
		sum += t.record.Took(step)
	}
	return sum
}

package tracing

import (
	"errors"
	"time"

	"message-processor/faults/diagnosis/witness"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// Evidence takes from a record what a verdict is made of, the same wherever a
// verdict is shown: in the trace, on the span, in an archive. What the connection
// knows is told as the probe would tell it.
func Evidence(r *Record) verdict.Evidence {
	e := verdict.Evidence{Target: r.API.Target, Reused: r.Reused,
		Steps: verdict.Steps{Lookup: r.Took(DNS), Connect: r.Took(Connect), Handshake: r.Took(Handshake),
			Send: r.Took(Send), Wait: r.Took(Wait), Receive: r.Took(Receive)}}
	witness.Connection(&e, r.Channel)
	if r.Passed {
		e.Status = r.Status
	}
	switch {
	case r.Failure != nil:
		r.Failure.blame(&e, r)
	case r.Status == StatusClientClosed && r.Messages.AnswerHead == nil:
		e.Phase, e.Cause, e.Detail = Request.String(), string(channel.Canceled), "the client left"
	}
	return e
}

// blame says where and why it failed. A fault that is none of the connection's
// has its faultstring as detail.
func (f *Failure) blame(e *verdict.Evidence, r *Record) {
	var failed *channel.Error
	if errors.As(f.Err, &failed) {
		witness.Failure(e, r.Channel, failed, r.API.Timeouts, r.TLS)
		return
	}
	e.Phase, e.Detail = f.Step.String(), f.Fault.Message(f.Vars)
	if DNS <= f.Step && f.Step <= Receive {
		e.Timeout = witness.Timer(channel.Phase(e.Phase), r.API.Timeouts)
	}
}

// Took is how long a step lasted; one that nobody ended lasted to the end of
// the request.
func (r *Record) Took(s Step) time.Duration {
	i := r.Steps[s]
	switch {
	case !i.Happened():
		return 0
	case i.End.Before(i.Start):
		return r.End.Sub(i.Start)
	}
	return i.Duration()
}

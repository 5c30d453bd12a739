package tracing

import (
	"errors"
	"time"

	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// Evidence takes from a record what a verdict is made of, the same wherever a
// verdict is shown: in the trace, on the span, in an archive.
func Evidence(r *Record) verdict.Evidence {
	e := verdict.Evidence{
		Target: r.API.Target, Secure: r.Channel.Secure, Reused: r.Reused, UseCount: r.Channel.UseCount,
		BytesRead: r.Channel.BytesRead, BytesWritten: r.Channel.BytesWritten,
		HandshakeAnswered: r.TLS != nil && r.TLS.Version != 0,
		Steps: verdict.Steps{Lookup: r.Took(DNS), Connect: r.Took(Connect), Handshake: r.Took(Handshake),
			Send: r.Took(Send), Wait: r.Took(Wait), Receive: r.Took(Receive)},
	}
	if r.Channel.Remote.IsValid() {
		e.Address = r.Channel.Remote.String()
	}
	if r.Passed {
		e.Status = r.Status
	}
	if t := r.Channel.TCP; t != nil {
		e.TCP = verdict.TCP{Known: true, Unacked: t.Unacked, Retransmits: t.Retransmits,
			TotalRetransmits: t.TotalRetransmits, BytesAcked: t.BytesAcked, BytesSent: t.BytesSent, SegsIn: t.SegsIn}
	}
	switch {
	case r.Failure != nil:
		e.Phase, e.Cause, e.Detail = r.Failure.cause()
		e.Timeout = timer(r.API.Timeouts, e.Phase)
	case r.Status == StatusClientClosed && r.Messages.AnswerHead == nil:
		e.Phase, e.Cause, e.Detail = Request.String(), string(channel.Canceled), "the client left"
	}
	return e
}

// timer is the one that watches over a phase, 0 where none does.
func timer(t channel.Timeouts, phase string) time.Duration {
	switch channel.Phase(phase) {
	case channel.Lookup, channel.Connect:
		return t.Connect
	case channel.Handshake:
		return t.Handshake
	case channel.Tunnel, channel.Send, channel.Wait, channel.Receive:
		return t.IO
	}
	return 0
}

// cause is where and why the target's connection failed. A fault that is none
// of the connection's has its faultstring as detail.
func (f *Failure) cause() (phase, cause, detail string) {
	var failed *channel.Error
	if errors.As(f.Err, &failed) {
		return string(failed.Phase), string(failed.Cause), failed.Detail
	}
	return f.Step.String(), "", f.Fault.Message(f.Vars)
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

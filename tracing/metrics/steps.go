package metrics

import (
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// results are how a connect or a handshake can end, as the attribute "result" tells it: "ok", or the cause of the failure.
// The last one is every cause that is not expected there.
var results = [...]channel.Cause{"ok", channel.Timeout, channel.Budget, channel.NotResolved, channel.Refused, channel.Unreachable,
	channel.TunnelRefused, channel.Closed, channel.Reset, channel.Alert, channel.UntrustedCert, channel.ExpiredCert, channel.WrongName,
	channel.WrongAddress, channel.TLSFailure, channel.NotTLS, channel.Canceled, channel.Unknown}

// step counts how one step of reaching targets ends and how long that takes.
type step [len(results)]histogram

func (s *step) add(result channel.Cause, took time.Duration, r *tracing.Record) {
	at := len(s) - 1
	for i, known := range results {
		if known == result {
			at = i
			break
		}
	}
	s[at].add(took)
	if at > 0 {
		s[at].remember(took, r)
	}
}

func resultLabels(i int) attribute.Set {
	return attribute.NewSet(attribute.String("result", strings.ReplaceAll(string(results[i]), " ", "_")))
}

// observeConnect counts the lookup of the target's name, the TCP connect and a forward proxy's tunnel together, as the
// connect timeout governs them: those at servers of a load balancer that failed, and the request's last.
func (m *Metrics) observeConnect(r *tracing.Record) {
	lookup := r.Steps[tracing.DNS]
	if !lookup.Happened() {
		return
	}
	begin := lookup.Start
	for i := range r.Attempts {
		if failed, known := errors.AsType[*channel.Error](r.Attempts[i].Err); known {
			m.connect.add(failed.Cause, r.Attempts[i].Took, r)
		}
		begin = r.Attempts[i].At
	}
	switch {
	case r.Reused, wasAttempt(r):
	case r.Failure != nil && (r.Failure.Step == tracing.DNS || r.Failure.Step == tracing.Connect):
		m.connect.add(causeOf(r), r.Failure.At.Sub(begin), r)
	case r.Steps[tracing.Connect].Happened():
		m.connect.add(results[0], r.Steps[tracing.Connect].End.Sub(begin), r)
	}
}

// wasAttempt tells whether the request failed because the last of several servers did, which is among the attempts.
func wasAttempt(r *tracing.Record) bool {
	return r.Failure != nil && len(r.Attempts) > 0 && r.Attempts[len(r.Attempts)-1].Err == r.Failure.Err
}

func (m *Metrics) observeHandshake(r *tracing.Record) {
	switch {
	case !r.Steps[tracing.Handshake].Happened():
	case r.Failure != nil && r.Failure.Step == tracing.Handshake:
		m.handshake.add(causeOf(r), r.Took(tracing.Handshake), r)
	default:
		m.handshake.add(results[0], r.Took(tracing.Handshake), r)
	}
}

// causeOf is why a failed request's connection failed.
func causeOf(r *tracing.Record) channel.Cause {
	if failed, known := errors.AsType[*channel.Error](r.Failure.Err); known {
		return failed.Cause
	}
	return channel.Unknown
}

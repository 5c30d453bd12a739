package probe

import (
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"message-processor/faults/diagnosis/witness"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// An attempt that was interrupted is judged like one whose timer ended, once it has waited for so long: by then a
// segment that was lost has been sent again.
const tellsSomething = time.Second

// blame turns the error of a step into evidence.
func (a *attempt) blame(err error, took time.Duration) {
	e := &a.evidence
	var failed *channel.Error
	if !errors.As(err, &failed) {
		e.Cause = string(channel.Unknown)
		return
	}
	var state *tls.ConnectionState
	if a.channel != nil {
		state = a.channel.ConnectionState()
	}
	witness.Connection(e, failed.Snapshot)
	witness.Failure(e, failed.Snapshot, failed, a.plan.Timeouts, state)
	if a.aborted {
		e.Timeout, e.Cause = 0, string(channel.Canceled)
		if took >= tellsSomething {
			e.Cause = string(channel.Budget)
		}
	}
	if failed.Snapshot.TCP != nil {
		a.tcp = tcpInfo(failed.Snapshot.TCP)
	}
}

// result is the finished attempt.
func (a *attempt) result(round int) Attempt {
	done := Attempt{Address: a.evidence.Address, Round: round, Steps: a.steps, TLS: a.tls, TCP: a.tcp,
		Status: a.evidence.Status, Interrupted: a.aborted, Verdict: verdict.Judge(a.evidence)}
	if a.aborted && done.Verdict.ID == verdict.Inconclusive {
		done.Verdict.Summary = "The probe was interrupted before it could tell anything about " + a.evidence.Address + "."
		done.Verdict.NextStep = "Run the probe again and let it wait for a second at least; what its timers are set to is told at its start."
	}
	if a.aborted {
		done.Verdict.Evidence = append(done.Verdict.Evidence, "The probe was interrupted before the timer of this step ended.")
	}
	if a.endless {
		done.Verdict.Evidence = append(done.Verdict.Evidence, fmt.Sprintf(
			"The answer was not read to its end: it went on after %d bytes.", a.channel.Snapshot().BytesRead))
	}
	return done
}

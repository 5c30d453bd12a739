package probe

import (
	"errors"
	"fmt"
	"time"

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
	e.Phase, e.Cause, e.Detail = string(failed.Phase), string(failed.Cause), failed.Detail
	e.Timeout = a.timer(failed.Phase)
	e.BytesRead, e.BytesWritten, e.UseCount = failed.Snapshot.BytesRead, failed.Snapshot.BytesWritten, failed.Snapshot.UseCount
	if a.aborted {
		e.Timeout, e.Cause = 0, string(channel.Canceled)
		if took >= tellsSomething {
			e.Cause = string(channel.Budget)
		}
	}
	a.count(failed.Snapshot.TCP)
	if a.channel != nil && a.target.Secure() {
		a.blameTLS()
	}
}

// timer is the one a phase runs under.
func (a *attempt) timer(phase channel.Phase) time.Duration {
	switch phase {
	case channel.Lookup, channel.Connect:
		return a.plan.Timeouts.Connect
	case channel.Handshake:
		return a.plan.Timeouts.Handshake
	}
	return a.plan.Timeouts.IO
}

// count takes the kernel's numbers.
func (a *attempt) count(t *channel.TCPInfo) {
	if t == nil {
		return
	}
	a.tcp = tcpInfo(t)
	a.evidence.TCP = verdict.TCP{Known: true, Unacked: t.Unacked, Retransmits: t.Retransmits,
		TotalRetransmits: t.TotalRetransmits, BytesAcked: t.BytesAcked, BytesSent: t.BytesSent, SegsIn: t.SegsIn}
}

func (a *attempt) blameTLS() {
	e := &a.evidence
	e.CertificateRequested = a.channel.CertificateRequested()
	sent, received := a.channel.Records()
	e.HandshakeAnswered = received > 0
	if e.Phase == string(channel.Handshake) && e.TCP.Known && stopped(channel.Cause(e.Cause)) {
		acked := min(int64(max(e.TCP.BytesAcked, 1)-1), sent)
		e.Handshake = verdict.Bytes{Known: true, Sent: sent, Acked: acked, Received: received}
	}
	if state := a.channel.ConnectionState(); state != nil {
		for _, c := range state.PeerCertificates {
			e.Certificates = append(e.Certificates, verdict.Certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(),
				Names: namesOf(c), NotBefore: c.NotBefore, NotAfter: c.NotAfter})
		}
	}
}

// stopped tells whether the handshake broke off, in contrast to one that was refused. Only then does it matter what was
// acknowledged: to what is refused, the kernel may not have had the time to say anything.
func stopped(c channel.Cause) bool {
	switch c {
	case channel.Timeout, channel.Budget, channel.Canceled, channel.Closed, channel.Reset:
		return true
	}
	return false
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

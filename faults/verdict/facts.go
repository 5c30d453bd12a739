package verdict

import (
	"fmt"
	"time"
)

// facts are the observations, one sentence each, in the order in which they happened.
func (e *Evidence) facts() []string {
	facts := []string{}
	add := func(format string, values ...any) { facts = append(facts, fmt.Sprintf(format, values...)) }
	if e.Reused {
		add("The connection was a kept one: exchange number %d on it.", e.UseCount)
	}
	for _, step := range e.steps() {
		switch {
		case step.phase == e.Phase:
			add("%s failed after %s%s.", step.name, Lasting(step.took), e.reason())
		case step.took > 0:
			add("%s took %s.", step.name, Lasting(step.took))
		}
	}
	if e.Timeout > 0 && e.timedOut() {
		add("The timer of this step is set to %s.", Lasting(e.Timeout))
	}
	facts = append(facts, e.packets()...)
	facts = append(facts, e.shown()...)
	if e.BytesWritten > 0 || e.BytesRead > 0 {
		add("The request: %s written; the answer: %s read.", count(e.BytesWritten, "byte"), count(e.BytesRead, "byte"))
	}
	if e.Status > 0 {
		add("The answer has the status %d.", e.Status)
	}
	return facts
}

type step struct {
	phase, name string
	took        time.Duration
}

func (e *Evidence) steps() [7]step {
	s := &e.Steps
	return [...]step{
		{phaseLookup, "The name lookup", s.Lookup},
		{phaseConnect, "The TCP connection to " + e.address(), s.Connect},
		{phaseTunnel, "The tunnel through the forward proxy", s.Tunnel},
		{phaseHandshake, "The TLS handshake", s.Handshake},
		{phaseSend, "Sending the request", s.Send},
		{phaseWait, "Waiting for the answer", s.Wait},
		{phaseReceive, "Receiving the answer", s.Receive},
	}
}

func (e *Evidence) reason() string {
	if e.Cause == "" {
		return ""
	}
	if e.Cause == causeBudget {
		return " (cut short before its own timer ended)"
	}
	return " (" + e.Cause + because(e.Detail) + ")"
}

// packets are the counters of TCP in words.
func (e *Evidence) packets() []string {
	var facts []string
	if h := e.Handshake; h.Known {
		facts = append(facts, fmt.Sprintf("Of the TLS handshake %s were sent, %d of them acknowledged, and %s received.",
			count(h.Sent, "byte"), h.Acked, count(h.Received, "byte")))
	}
	if t := e.TCP; t.Known {
		facts = append(facts, fmt.Sprintf("TCP counters at the failure: %s not acknowledged, %s (%d in all), %s acknowledged, %s received.",
			count(int64(t.Unacked), "segment"), count(int64(t.Retransmits), "retransmission"), t.TotalRetransmits,
			count(int64(t.ackedBytes()), "byte"), count(int64(t.SegsIn), "segment")))
	}
	return facts
}

// What is told of a peer's certificates is bounded: the peer chooses how many there are, and how many names they hold.
const (
	mostCertificates = 4
	mostNames        = 8
)

// shown are the certificates in words. A good exchange says nothing about them.
func (e *Evidence) shown() []string {
	if e.Phase != phaseHandshake {
		return nil
	}
	var facts []string
	for _, c := range e.Certificates[:min(len(e.Certificates), mostCertificates)] {
		fact := "The backend showed a certificate of " + orUnknown(c.Subject) + ", issued by " + orUnknown(c.Issuer) +
			", valid from " + day(c.NotBefore) + " to " + day(c.NotAfter)
		if len(c.Names) > 0 {
			fact += ", for " + names(c.Names)
		}
		facts = append(facts, fact+".")
	}
	return facts
}

// limit is the timer that ran out: the configured one, or as long as the step took when the deadline of the whole call
// was shorter.
func (e *Evidence) limit() time.Duration {
	for _, step := range e.steps() {
		if step.phase == e.Phase && (e.Timeout == 0 || e.Cause == causeBudget) {
			return step.took
		}
	}
	return e.Timeout
}

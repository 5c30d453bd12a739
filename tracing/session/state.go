package session

import "message-processor/tracing"

// state is a state of the original's machine.
type state int

// The states in the order in which a call goes through them, without ERROR, END and PROXY_POST_RESP_SENT, which follow
// from how it ended.
const (
	reqStart state = iota
	reqHeadersParsed
	proxyReqFlow
	targetReqFlow
	reqSent
	respStart
	targetRespFlow
	proxyRespFlow
	respSent
)

var stateNames = [...]string{"REQ_START", "REQ_HEADERS_PARSED", "PROXY_REQ_FLOW", "TARGET_REQ_FLOW", "REQ_SENT",
	"RESP_START", "TARGET_RESP_FLOW", "PROXY_RESP_FLOW", "RESP_SENT"}

func (s state) String() string { return stateNames[s] }

// The other states.
const (
	stateError = "ERROR"
	stateEnd   = "END"
	statePost  = "PROXY_POST_RESP_SENT"
)

// last is the state the call was in when it succeeded, failed or was given up.
func (t *Transaction) last() state {
	switch {
	case t.failed && t.passed(): // broken off in the middle of the answer
		return respSent
	case t.failed:
		return t.failedIn()
	case t.targetError():
		return targetRespFlow
	case t.abandoned():
		return t.stateOf(t.lastStep())
	}
	return respSent
}

// failedIn is the state of a fault by the step it happened in. The original's is known for some only: the rest is
// where its machine must stand at that step.
func (t *Transaction) failedIn() state {
	s := t.stateOf(t.failure.Step)
	if t.failure.Fault.Source == "target" {
		s = max(s, targetReqFlow) // no target could be chosen
	}
	return s
}

func (t *Transaction) stateOf(step tracing.Step) state {
	switch step {
	case tracing.Request:
		if t.record.API.Name == "" {
			return reqStart // the head was refused
		}
		return reqHeadersParsed // the body had not come
	case tracing.Proxy:
		return reqHeadersParsed
	case tracing.Wait:
		return reqSent
	case tracing.Receive:
		return respStart
	case tracing.Respond:
		return proxyRespFlow
	}
	return targetReqFlow
}

// abandoned tells whether the client left before there was an answer.
func (t *Transaction) abandoned() bool {
	return t.record.Status == tracing.StatusClientClosed && !t.failed && t.answer.start == nil
}

func (t *Transaction) lastStep() tracing.Step {
	last := tracing.Request
	for step := range t.record.Steps {
		if t.record.Steps[step].Happened() && !t.record.Steps[step].Start.Before(t.record.Steps[last].Start) {
			last = tracing.Step(step)
		}
	}
	return last
}

// hasTarget tells whether the call had to do with its target. One that was answered here goes from one flow of the
// proxy to the other, like a call with the original's null route.
func (t *Transaction) hasTarget() bool {
	if t.record.API.Name == "" {
		return false
	}
	return t.passed() || t.record.Steps[tracing.Send].Happened() ||
		t.last() >= targetReqFlow && (t.failed || t.abandoned())
}

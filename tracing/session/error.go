package session

import (
	"slices"
	"strings"

	"message-processor/tracing"
)

// fault is the part of the trace that says what failed. An error status of the target is a fault too: of the state
// TARGET_RESP_FLOW, answered with the target's own message.
func (s *script) fault() {
	s.at(s.failure.At)
	if s.end == targetReqFlow {
		s.connection()
	}
	s.info(Property{"Identifier", "fault"})
	s.add(Error, nil, nil, Property{"error", s.faultString()}, Property{"type", "ErrorPoint"},
		Property{"state", s.end.String()}, Property{"error.class", s.errorClass()})
	s.resume()
	if s.handles("PROXY_FAULT_HANDLING", proxyFaults) {
		s.proxyCondition()
	}
	if s.handles("TARGET_FAULT_HANDLING", targetFaults) {
		s.targetCondition()
	}
	if s.end == respSent {
		return // the answer had begun
	}
	s.at(s.step(tracing.Respond).Start)
	s.change(stateError, respSent.String(), s.reply())
	s.proxyCondition()
	s.targetCondition()
}

// faultHandling is one of the original's two questions after an error: which side's fault rules apply.
type faultHandling struct {
	expression string
	states     []state // in the order in which the expression reads them
}

var (
	proxyFaults = faultHandling{
		"((error.state equals PROXY_REQ_FLOW) or (error.state equals PROXY_RESP_FLOW))",
		[]state{proxyReqFlow, proxyRespFlow}}
	targetFaults = faultHandling{
		"(((error.state equals TARGET_REQ_FLOW) or (error.state equals TARGET_RESP_FLOW)) or " +
			"((error.state equals REQ_SENT) or (error.state equals RESP_START)))",
		[]state{targetReqFlow, targetRespFlow, reqSent, respStart}}
)

// handles writes the condition, with one reading of error.state for each operand up to the first that is true.
func (s *script) handles(tree string, h faultHandling) bool {
	reads := slices.Index(h.states, s.end) + 1
	result := reads > 0
	if !result {
		reads = len(h.states)
	}
	s.condition(tree, h.expression, result, slices.Repeat([]Access{get("error.state", s.end.String())}, reads)...)
	return result
}

// faultString of a target's error is not known; its reason phrase is what there is.
func (t *Transaction) faultString() string {
	if t.failed {
		return t.message
	}
	_, _, reason := t.response.words()
	return reason
}

// faultCode is the code a trace shows, "" where there is no fault.
func (t *Transaction) faultCode() string {
	switch {
	case t.failed:
		return t.failure.Fault.TraceCode
	case t.targetError():
		return errorResponseCode
	}
	return ""
}

// errorResponseCode is the fault code of a target's own 4xx or 5xx.
const errorResponseCode = "messaging.adaptors.http.flow.ErrorResponseCode"

func (t *Transaction) faultSource() string {
	switch {
	case t.failed:
		return t.failure.Fault.Source
	case t.targetError():
		return "target"
	}
	return ""
}

// errorClass is the Java class of the error. Three are known, BadGateway of a target's own error status among them;
// the rest are named after their reason phrase in the same manner.
func (t *Transaction) errorClass() string {
	const server, user = "com.apigee.errors.http.server.", "com.apigee.errors.http.user."
	if !t.failed {
		return server + "BadGateway"
	}
	name := strings.NewReplacer(" ", "", "-", "").Replace(t.failure.Fault.Reason)
	switch status := t.failure.Fault.Status; {
	case status == 503:
		return server + "ServiceUnavailableException"
	case status < 500:
		return user + name
	}
	return server + name
}

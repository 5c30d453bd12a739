package session

import "message-processor/tracing"

// headersParsed: the head has been read, and with it who is meant.
func (s *script) headersParsed() {
	s.at(s.step(tracing.Proxy).Start)
	s.change(reqStart.String(), reqHeadersParsed.String(), s.requestAsRouted())
	s.environment()
	if s.record.API.Name != "" {
		s.proxyVariables()
	}
	s.virtualHost()
}

// proxyRequest: the body has been read, or streams.
func (s *script) proxyRequest() {
	s.at(s.step(tracing.Request).End)
	s.at(s.step(tracing.Proxy).End)
	s.change(reqHeadersParsed.String(), proxyReqFlow.String(), s.requestInFlow())
	s.proxyCondition()
	s.flows("proxy", "PreFlow", "PostFlow")
}

// targetRequest ends where the wait for the target begins: looking its name up, connecting, the TLS handshake.
func (s *script) targetRequest() {
	if !s.hasTarget() {
		return
	}
	s.at(s.step(tracing.DNS).Start)
	s.route()
	s.targetVariables()
	s.change(proxyReqFlow.String(), targetReqFlow.String(), s.requestToTarget())
	s.targetCondition()
	s.flows("target", "PreFlow", "PostFlow")
	s.pause()
}

// requestSent: the original is known to write this point, with the message of the answer, when the answer arrives. Here
// it has the time at which the request was written, so that the wait shows, and no message where none came.
func (s *script) requestSent() {
	if !s.hasTarget() {
		return
	}
	s.at(s.step(tracing.Send).Start)
	s.connection()
	s.targetInfo()
	if s.end > reqSent {
		s.resume()
	}
	s.at(s.step(tracing.Send).End)
	s.change(targetReqFlow.String(), reqSent.String(), s.responseHead())
}

// responseStarted: the head of the target's answer is there.
func (s *script) responseStarted() {
	if !s.hasTarget() {
		return
	}
	s.at(s.step(tracing.Receive).Start)
	s.change(reqSent.String(), respStart.String(), s.responseHead())
	s.targetCondition()
	s.pause()
}

func (s *script) targetResponse() {
	if !s.hasTarget() {
		return
	}
	s.resume()
	s.at(s.step(tracing.Receive).End)
	s.change(respStart.String(), targetRespFlow.String(), s.responseFromTarget())
	if s.targetError() {
		return
	}
	s.targetCondition()
	s.flows("target", "PreFlow", "PostFlow")
}

// proxyResponse comes from the target's flow, or, with a call that was answered here, straight from the request's.
func (s *script) proxyResponse() {
	from := targetRespFlow
	s.at(s.step(tracing.Respond).Start)
	if !s.hasTarget() {
		from = proxyReqFlow
		m := s.reply()
		s.add(Execution, &m, []Access{}, Property{"type", "EchoRequestExecution"})
	}
	s.change(from.String(), proxyRespFlow.String(), s.reply())
	s.proxyCondition()
	s.flows("proxy", "PreFlow", "PostFlow")
}

func (s *script) responseSent() {
	s.change(proxyRespFlow.String(), respSent.String(), s.reply())
	s.proxyCondition()
	s.targetCondition()
}

// leave is the end of a call whose client left before the answer. The original's form is not known.
func (s *script) leave() {
	s.at(s.record.End)
	s.resume()
}

// finish is what follows the answer: the flow after it, and the two steps of analytics, of which the second is the
// trace tool's "Analytics Data Recorded".
func (s *script) finish() {
	from := respSent
	if s.abandoned() {
		from = s.end
	}
	s.at(s.step(tracing.Respond).End)
	s.at(s.record.End)
	s.change(from.String(), stateEnd, s.reply())
	s.add(DebugMask, nil, nil, Property{"SuccessFullyMaskedConfigs", "[]"})
	s.pending = true // the original resumes here although it did not pause
	s.resume()
	m := s.replyOnWire()
	s.change(stateEnd, statePost, m)
	s.proxyCondition()
	s.flows("proxy", "PostClientFlow")
	s.pause()
	s.analytics(m)
}

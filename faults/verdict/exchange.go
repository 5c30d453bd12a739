package verdict

// exchange judges a failure after the connection was ready: while the request was sent, its answer awaited or
// received.
func (e *Evidence) exchange() Verdict {
	switch {
	case e.Cause == causeAlert:
		return e.alert()
	case e.hungUp():
		return e.hangUp()
	case e.timedOut() && e.Phase != phaseReceive && e.TCP.stuck():
		return e.dropped("the request")
	case e.timedOut():
		return e.late()
	}
	return e.elsewhere()
}

// hangUp tells a stale connection, which is a matter of two keep-alive timers, from a backend that gave up on the
// request.
func (e *Evidence) hangUp() Verdict {
	switch {
	case e.Phase == phaseReceive:
		return Verdict{ID: ClosedInResponse,
			Summary:  e.peer() + " ended the connection in the middle of its answer.",
			NextStep: "Look at the backend's log and at any load balancer in front of it for a crash, a restart or a timer that ran out at this moment."}
	case e.Reused && e.BytesRead == 0:
		return Verdict{ID: StaleConnection,
			Summary:  e.peer() + " had given up the kept connection when the next request was sent on it.",
			NextStep: "Set keepalive_timeout of the target below the keep-alive timeout of the backend (and of any load balancer in between), so that the gateway is the one to close first."}
	}
	return Verdict{ID: ClosedBeforeResponse,
		Summary:  e.peer() + " ended the connection without answering the request.",
		NextStep: "Look at the backend's log for this request: a crash, a limit on headers or body, or a timer of its own. https or http mixed up in the target's URL looks the same."}
}

func (e *Evidence) late() Verdict {
	switch e.Phase {
	case phaseWait:
		return Verdict{ID: ResponseSilent,
			Summary:  e.peer() + " took the request and did not begin to answer within " + Lasting(e.limit()) + ".",
			NextStep: "Look at the backend's log for this request: does it arrive, and how long is it worked on? If it just needs longer, raise io_timeout of the target."}
	case phaseReceive:
		return Verdict{ID: BackendSlow,
			Summary:  e.peer() + " began to answer and then sent nothing more for " + Lasting(e.limit()) + ".",
			NextStep: "Look at the backend's log for what stopped its answer half way. If a capture on its side shows more than one on this side, ask the network team."}
	}
	return Verdict{ID: BackendSlow,
		Summary:  e.peer() + " stopped taking the request and did not go on within " + Lasting(e.limit()) + ".",
		NextStep: "Ask the owners of the backend why it does not read the body of this request; the network delivers."}
}

package tracing

// Of a target's own 4xx or 5xx, which is passed on.
const (
	passedCode   = "messaging.adaptors.http.flow.ErrorResponseCode"
	passedSource = "target"
)

// Fault names the fault a request ended in as trace, monitoring and the X-Apigee-fault-* fields name it: one of this
// gateway's, or a target's own 4xx or 5xx (contract section 3.3). Both are empty if there was none.
func (r *Record) Fault() (code, source string) {
	switch {
	case r.Failure != nil && r.Failure.Fault.TraceCode == "":
		return string(r.Failure.Fault.ID), r.Failure.Fault.Source
	case r.Failure != nil:
		return r.Failure.Fault.TraceCode, r.Failure.Fault.Source
	case r.passedStatus() >= 400:
		return passedCode, passedSource
	}
	return "", ""
}

// isFault tells whether the request ended in what Fault names.
func (r *Record) isFault() bool { return r.Failure != nil || r.passedStatus() >= 400 }

// passedStatus is the status of the target's own answer that was passed on, 0 if none was. The record's own is another
// if the client left meanwhile.
func (r *Record) passedStatus() int {
	switch {
	case !r.Passed:
		return 0
	case r.Status == StatusClientClosed && r.Messages.ResponseHead != nil:
		return r.Answered()
	}
	return r.Status
}

// Answered is the status in the target's answer, 0 if there was none. The client may have got another: of a fault, or
// 499.
func (r *Record) Answered() int {
	if r.Passed && r.Status != StatusClientClosed {
		return r.Status
	}
	return statusOf(r.Messages.ResponseHead)
}

// TargetTime is how much of the request was spent on its target, from the name lookup or, on a kept connection, from
// the first byte sent, to the last byte of the answer. ok is false if nothing was tried.
func (r *Record) TargetTime() (spent Interval, ok bool) {
	for step := DNS; step <= Receive; step++ {
		i := r.Steps[step]
		if !i.Happened() {
			continue
		}
		if i.End.Before(i.Start) { // nobody ended it
			i.End = r.End
		}
		if !ok || i.Start.Before(spent.Start) {
			spent.Start = i.Start
		}
		if i.End.After(spent.End) {
			spent.End = i.End
		}
		ok = true
	}
	return spent, ok
}

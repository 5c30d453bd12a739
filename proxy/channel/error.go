package channel

// Error is the one kind of error this package returns: where, why, and what the
// Channel looked like at that moment.
type Error struct {
	Phase Phase
	Cause Cause
	// Snapshot was taken at the failure, before anything was closed.
	Snapshot Snapshot
	// Detail is the piece of Cause that a message needs: the alert's name in the
	// spelling of Java's TLS ("handshake_failure"), the name or address a
	// certificate lacks, the status of a refused tunnel, or why a response was
	// refused. It may be empty.
	Detail string
	// Err is the error underneath, for people; it may quote addresses.
	Err error
}

// Error says phase, cause, detail and the error underneath, in this order.
func (e *Error) Error() string {
	text := string(e.Phase) + ": " + string(e.Cause)
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the error underneath.
func (e *Error) Unwrap() error { return e.Err }

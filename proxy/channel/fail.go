package channel

import (
	"errors"
	"time"
)

// Fail describes err, seen while using the Channel, as an *Error with the state
// of this moment. An *Error is returned as it is. Before the first byte of the
// answer the phase is Wait, from then on Receive.
func (c *Channel) Fail(err error) *Error {
	if c.read.Load() > 0 {
		return c.failed(Receive, err)
	}
	return c.failed(Wait, err)
}

// failed takes the snapshot. The Channel is still open here and stays so: its
// user answers the client first and closes then.
func (c *Channel) failed(phase Phase, err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	c.broken.Store(true)
	cause, detail := causeOf(err)
	switch {
	case c.closed.Load():
		cause = Canceled // closed under its user: what the network says is an echo
	case cause == Timeout && c.overBudget():
		cause = Budget
	case cause == Unknown && phase == Handshake:
		cause, detail = TLSFailure, withoutPrefix(err)
	}
	snapshot := c.Snapshot()
	snapshot.TCP = c.socket.info()
	if cause == Reset {
		snapshot.Open = false // the original's word for a connection the peer has torn down
	}
	return &Error{Phase: phase, Cause: cause, Snapshot: snapshot, Detail: detail, Err: err}
}

func (c *Channel) overBudget() bool {
	return !c.budget.IsZero() && !time.Now().Before(c.budget)
}

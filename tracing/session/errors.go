package session

import (
	"errors"
	"fmt"
)

// What the Store refuses. The errors it returns wrap one of these and say in their text which session, transaction or
// value is meant.
var (
	ErrUnknownSession     = errors.New("no such session")
	ErrUnknownTransaction = errors.New("no such transaction")
	ErrInvalidName        = errors.New("invalid session name")
	ErrInvalidTimeout     = errors.New("invalid session timeout")
	ErrInvalidFilter      = errors.New("invalid session filter")
	ErrExists             = errors.New("session exists already") // clients that reuse a name delete it first
	ErrTooMany            = errors.New("too many")               // sessions, or subscribers of one session
)

// refusal quotes the start of what was refused, which came from outside.
func refusal(err error, what string) error {
	if len(what) > maxName {
		what = what[:maxName]
	}
	return fmt.Errorf("%w: %q", err, what)
}

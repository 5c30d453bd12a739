package wire

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

var (
	// ErrIncomplete says that the buffer holds no complete head yet and nothing wrong so far.
	ErrIncomplete = errors.New("the head is not complete")
	// ErrTooBig says that a body is longer than the caller allows.
	ErrTooBig = errors.New("the body is longer than allowed")
)

// Kind is the class of a refused message. For a request each class is another fault of the catalogue.
type Kind uint8

const (
	Malformed           Kind = iota // no strict reader accepts it
	LineTooBig                      // the start line is longer than Limits.Line
	HeadersTooBig                   // the field or trailer lines are longer than Limits.Headers, or too many
	VersionNotSupported             // HTTP/d.d, but neither 1.0 nor 1.1
	MethodNotSupported              // CONNECT: this gateway opens no tunnels; Request.Method is set
	EmptyName                       // a field line starts with a colon
	NameNotASCII                    // a field name holds a byte above 127
	NameInvalidChar                 // a field name holds a blank, a separator or a control character
)

func (k Kind) String() string {
	return [...]string{"malformed", "line too big", "headers too big", "version not supported", "method not supported",
		"empty field name", "field name not ASCII", "invalid character in field name"}[k]
}

// Error is a message refused for what it is, in contrast to a connection that failed. The bytes after it cannot be
// understood any more: the connection must be closed.
type Error struct {
	Kind   Kind
	Reason string // what is wrong, in words of ours; holds nothing of the peer's
	Field  string // the offending name for the Name kinds, at most 64 bytes of it, in printable characters
	Char   string // its first offending character for the Name kinds, printable
}

func (e *Error) Error() string { return e.Kind.String() + ": " + e.Reason }

func malformed(reason string) error { return &Error{Kind: Malformed, Reason: reason} }

func lineTooBig(limit int) error {
	return &Error{Kind: LineTooBig, Reason: fmt.Sprintf("start line exceeds %d bytes", limit)}
}

func headersTooBig(limit int) error {
	return &Error{Kind: HeadersTooBig, Reason: fmt.Sprintf("field lines exceed %d bytes", limit)}
}

func tooManyFields() error {
	return &Error{Kind: HeadersTooBig, Reason: fmt.Sprintf("more than %d field lines", maxFields)}
}

// badName explains why a field name is refused: at is the index of its first offending octet.
func badName(name []byte, at int) error {
	e := &Error{Kind: NameInvalidChar, Reason: "invalid character in a field name"}
	if name[at] >= utf8.RuneSelf {
		e.Kind, e.Reason = NameNotASCII, "non-ASCII character in a field name"
	}
	_, size := utf8.DecodeRune(name[at:])
	e.Field, e.Char = printable(name[:min(len(name), 64)]), printable(name[at:at+size])
	return e
}

// printable renders bytes of a peer so that they can start no new line and forge nothing in a log or terminal.
func printable(b []byte) string {
	var out []byte
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if strconv.IsPrint(r) && r != utf8.RuneError {
			out = append(out, b[:size]...)
		} else {
			out = fmt.Appendf(out, `\x%02x`, b[:size])
		}
		b = b[size:]
	}
	return string(out)
}

package wire

import (
	"bytes"
	"io"
)

// usualTrailers is the room kept from body to body.
const usualTrailers = 4 << 10

// trailers collects the trailer section of one chunked body (RFC 9112 7.1.2).
type trailers struct {
	lines []byte // accepted ones, then what there is of the current one
	line  int    // where the current one starts
	limit int    // bytes of all trailer lines
	taken int    // bytes of the trailer lines before the current one, kept or not
	count int
}

func (t *trailers) reset(limit int) {
	lines := t.lines[:0]
	if cap(lines) > usualTrailers {
		lines = nil
	}
	*t = trailers{lines: lines, limit: limit}
}

// read takes the buffered part of one line. It returns io.EOF after the empty line, and an *[Error] for a line that would be
// refused in a head.
func (t *trailers) read(r *Reader) error {
	part := r.buf[r.pos:]
	end := bytes.IndexByte(part, '\n') + 1
	if end > 0 {
		part = part[:end]
	}
	r.pos += len(part)
	t.lines = append(t.lines, part...)
	line := t.lines[t.line:]
	switch {
	case end == 0 && t.taken+shortest(line) > t.limit:
		return headersTooBig(t.limit)
	case end == 0:
		return nil
	case string(line) == "\r\n":
		t.lines = t.lines[:t.line]
		return io.EOF
	}
	return t.accept(line, r.head)
}

func (t *trailers) accept(line []byte, head *Head) error {
	t.taken += len(line)
	t.count++
	var f Field
	switch err := f.parse(line); {
	case t.taken > t.limit:
		return headersTooBig(t.limit)
	case t.count > maxFields:
		return tooManyFields()
	case err != nil:
		return err
	}
	if !f.trails(head) {
		t.lines = t.lines[:t.line]
	}
	t.line = len(t.lines)
	return nil
}

// trails tells whether the field may be forwarded as a trailer. None may that this gateway or those after it act upon before
// the body is read: framing, routing, credentials, connection management, and whatever else has a FieldID (RFC 9110 6.5.1);
// nor those that the head's Connection fields name.
func (f *Field) trails(head *Head) bool {
	return f.ID == Other && (head == nil || !head.names(f.Name))
}

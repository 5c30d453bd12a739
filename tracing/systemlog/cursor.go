package systemlog

import (
	"bytes"
	"encoding/json"
)

// cursor walks over JSON text.
type cursor struct {
	p []byte
	i int
}

func (c *cursor) skipBlanks() {
	for c.i < len(c.p) && isBlank(c.p[c.i]) {
		c.i++
	}
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func (c *cursor) atEnd() bool {
	c.skipBlanks()
	return c.i == len(c.p)
}

// take steps over b if it is next.
func (c *cursor) take(b byte) bool {
	c.skipBlanks()
	if c.i == len(c.p) || c.p[c.i] != b {
		return false
	}
	c.i++
	return true
}

// value steps over the next value and returns its text, or nil if it is not valid JSON.
func (c *cursor) value() []byte {
	c.skipBlanks()
	if c.i == len(c.p) {
		return nil
	}
	start, valid := c.i, false
	switch c.p[c.i] {
	case '"':
		valid = c.string()
	case '{', '[':
		c.nested()
		valid = json.Valid(c.p[start:c.i])
	default:
		c.scalar()
		valid = isScalar(c.p[start:c.i])
	}
	if !valid {
		return nil
	}
	return c.p[start:c.i]
}

// string steps over a string and checks its syntax.
func (c *cursor) string() bool {
	for c.i++; ; c.i++ {
		c.i += plainPrefix(c.p[c.i:])
		switch {
		case c.i == len(c.p) || c.p[c.i] < ' ':
			return false
		case c.p[c.i] == '"':
			c.i++
			return true
		case c.p[c.i] == '\\' && !c.escape():
			return false
		}
	}
}

// escape steps from a backslash to the last byte of its escape.
func (c *cursor) escape() bool {
	c.i++
	if c.i >= len(c.p) || bytes.IndexByte([]byte(`"\/bfnrtu`), c.p[c.i]) < 0 {
		return false
	}
	if c.p[c.i] != 'u' {
		return true
	}
	if c.i+4 >= len(c.p) || hex4(c.p[c.i+1:]) < 0 {
		return false
	}
	c.i += 4
	return true
}

// nested steps over an object or array whose inside is not checked.
func (c *cursor) nested() {
	for depth := 0; c.i < len(c.p); c.i++ {
		switch c.p[c.i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				c.i++
				return
			}
		case '"':
			if !c.string() {
				return
			}
			c.i--
		}
	}
}

func (c *cursor) scalar() {
	for c.i < len(c.p) && c.p[c.i] != ',' && c.p[c.i] != '}' && !isBlank(c.p[c.i]) {
		c.i++
	}
}

func isScalar(s []byte) bool {
	switch string(s) {
	case "true", "false", "null":
		return true
	}
	return isNumber(s)
}

// isNumber follows the grammar of RFC 8259, section 6.
func isNumber(s []byte) bool {
	s = bytes.TrimPrefix(s, []byte{'-'})
	first := s
	whole, s := cutDigits(s)
	if whole == 0 || whole > 1 && first[0] == '0' {
		return false
	}
	if len(s) > 0 && s[0] == '.' {
		fraction := 0
		if fraction, s = cutDigits(s[1:]); fraction == 0 {
			return false
		}
	}
	return len(s) == 0 || isExponent(s)
}

func isExponent(s []byte) bool {
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	if s = s[1:]; len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	return digits > 0 && len(rest) == 0
}

func cutDigits(s []byte) (n int, rest []byte) {
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n, s[n:]
}

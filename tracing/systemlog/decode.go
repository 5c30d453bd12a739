package systemlog

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// decode reads one JSON object as zerolog writes it, or one line of the JSON format. It reports false, and leaves the record
// unusable, if p is anything else.
func (r *record) decode(p []byte) bool {
	r.reset()
	c := cursor{p: p}
	if !c.take('{') {
		return false
	}
	if c.take('}') {
		return c.atEnd()
	}
	for {
		name := c.value()
		if len(name) == 0 || name[0] != '"' || !c.take(':') {
			return false
		}
		value := c.value()
		if value == nil {
			return false
		}
		r.set(name, value)
		if !c.take(',') {
			return c.take('}') && c.atEnd()
		}
	}
}

func (r *record) set(name, value []byte) {
	key := r.text(name)
	if slot := r.slot(key); slot != nil {
		*slot = r.text(value)
		return
	}
	switch string(key) {
	case FieldTimestamp:
		r.millis = parseMillis(value)
	case fieldLevel:
		r.level, _ = parseLevel(string(r.text(value)))
	default:
		r.add(name, value)
	}
}

// text returns a JSON string's text, and any other value as it is spelled; null is no text.
func (r *record) text(value []byte) []byte {
	if value[0] != '"' {
		if string(value) == "null" {
			return nil
		}
		return value
	}
	inner := value[1 : len(value)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	start := len(r.scratch)
	r.scratch = appendUnquoted(r.scratch, inner)
	return r.scratch[start:]
}

// appendUnquoted undoes the escapes of a JSON string whose syntax cursor.string has checked.
func appendUnquoted(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		s = s[i+1:]
		if s[0] == 'u' {
			var r rune
			r, s = unquoteUnicode(s)
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, unquoteByte(s[0]))
		s = s[1:]
	}
}

func unquoteByte(b byte) byte {
	switch b {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return b
}

// unquoteUnicode reads uXXXX at the start of s, and the second half of a surrogate pair if one follows.
func unquoteUnicode(s []byte) (r rune, rest []byte) {
	r, s = hex4(s[1:]), s[5:]
	if utf16.IsSurrogate(r) && len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(s[2:])); pair != utf8.RuneError {
			return pair, s[6:]
		}
	}
	return r, s // AppendRune turns a lone surrogate into U+FFFD
}

func hex4(s []byte) rune {
	n, err := strconv.ParseUint(string(s[:4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

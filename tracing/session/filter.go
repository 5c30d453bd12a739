package session

import (
	"bytes"
	"strings"

	"message-processor/tracing"
)

// Filter is one condition on a request.
type Filter struct {
	Query bool   // on a query parameter, else on a header
	Name  string // header names are compared without regard to case
	Value string
}

// ParseFilter reads a filter from a decoded query parameter of the request that creates a session: header_NAME or
// qparam_NAME, and the value. ok is false for any other parameter.
func ParseFilter(key, value string) (f Filter, ok bool) {
	if name, ok := strings.CutPrefix(key, "header_"); ok && name != "" {
		return Filter{Name: name, Value: value}, true
	}
	if name, ok := strings.CutPrefix(key, "qparam_"); ok && name != "" {
		return Filter{Query: true, Name: name, Value: value}, true
	}
	return Filter{}, false
}

// matches looks at the request as the client sent it. It does not allocate.
func (f *Filter) matches(r *tracing.Record) bool {
	if f.Query {
		return f.matchesQuery(r.Path)
	}
	return f.matchesHeader(r.Messages.RequestHead)
}

func (f *Filter) matchesHeader(head []byte) bool {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok && equalFold(name, f.Name) && string(bytes.TrimSpace(value)) == f.Value {
			return true
		}
	}
	return false
}

func (f *Filter) matchesQuery(path []byte) bool {
	_, query, _ := bytes.Cut(path, []byte("?"))
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, []byte("&"))
		name, value, _ := bytes.Cut(pair, []byte("="))
		if decodesTo(name, f.Name) && decodesTo(value, f.Value) {
			return true
		}
	}
	return false
}

// equalFold compares a name with regard to ASCII case only, as field names are (RFC 9110 section 5.1).
func equalFold(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// decodesTo tells whether a name or value of a query stands for the text want.
func decodesTo(encoded []byte, want string) bool {
	i := 0
	for len(encoded) > 0 {
		c, n := decodeByte(encoded)
		if i >= len(want) || want[i] != c {
			return false
		}
		i, encoded = i+1, encoded[n:]
	}
	return i == len(want)
}

// decodeByte decodes the first byte of a query: %XX, or + for a blank. A percent sign that begins no escape stands for
// itself.
func decodeByte(s []byte) (c byte, length int) {
	switch {
	case s[0] == '+':
		return ' ', 1
	case s[0] == '%' && len(s) > 2 && hexDigit(s[1]) >= 0 && hexDigit(s[2]) >= 0:
		return byte(hexDigit(s[1])<<4 | hexDigit(s[2])), 3
	}
	return s[0], 1
}

func hexDigit(c byte) int {
	switch c = lower(c); {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

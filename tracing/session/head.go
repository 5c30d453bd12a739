package session

import (
	"bytes"

	"message-processor/tracing/secret"
)

// Bounds of what is kept of one head.
const (
	maxHead   = 64 << 10 // bytes
	maxFields = 512
)

// head is a message's head as it is kept: its own copy, secrets masked.
type head struct {
	start  []byte // request or status line; nil where there was no head
	fields []field
	size   int
}

type field struct{ name, value []byte }

// copyHead copies a head. It takes what it can from one that the gateway refused: a line without a colon is left out,
// and one that begins with a blank continues the field before it.
func copyHead(raw []byte, mask bool) head {
	if len(raw) == 0 {
		return head{}
	}
	own := bytes.Clone(raw[:min(len(raw), maxHead)])
	if len(raw) > maxHead {
		own = own[:bytes.LastIndexByte(own, '\n')+1]
	}
	h := head{size: len(own)}
	line, rest := nextLine(own)
	h.start = line
	h.fields = make([]field, 0, min(bytes.Count(rest, []byte("\n")), maxFields))
	for len(rest) > 0 && len(h.fields) < maxFields {
		line, rest = fieldLine(rest)
		if name, value, ok := bytes.Cut(line, []byte(":")); ok {
			h.fields = append(h.fields, field{bytes.TrimSpace(name), bytes.TrimSpace(value)})
		}
	}
	if mask {
		h.mask()
	}
	return h
}

// mask replaces the secrets and wipes them from the copy.
func (h *head) mask() {
	h.start = secret.Mask(h.start)
	for i := range h.fields {
		f := &h.fields[i]
		if secret.IsParameter(f.name) {
			clear(f.value)
			f.value = []byte(secret.Stars)
		} else {
			f.value = secret.Mask(f.value)
		}
	}
}

func nextLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// fieldLine is nextLine with the continuations that obsolete line folding has (RFC 9112 section 5.2).
func fieldLine(text []byte) (line, rest []byte) {
	line, rest = nextLine(text)
	for len(line) > 0 && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		more, after := nextLine(rest)
		end := len(text) - len(rest) + len(more)
		line, rest = text[:end:end], after
	}
	return line, rest
}

// get returns the value of the first field of that name.
func (h *head) get(name string) (value string, ok bool) {
	for i := range h.fields {
		if equalFold(h.fields[i].name, name) {
			return string(h.fields[i].value), true
		}
	}
	return "", false
}

// words are the three parts of the start line: method, target and version, or version, status and reason.
func (h *head) words() (first, second, third string) {
	a, rest, _ := bytes.Cut(h.start, []byte(" "))
	b, c, _ := bytes.Cut(rest, []byte(" "))
	return string(a), string(b), string(c)
}

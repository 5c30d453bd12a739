package session

import (
	"bytes"

	"message-processor/tracing/secret"
)

// Masked is the transaction without secrets, also where sessions keep them: for archives that are given away.
func (t *Transaction) Masked() *Transaction {
	m := *t
	m.path, m.message = hidden(t.path), hidden(t.message)
	m.record.API.TargetURL = hidden(t.record.API.TargetURL)
	for _, h := range []*head{&m.request, &m.sent, &m.response, &m.answer} {
		*h = h.masked()
	}
	for _, c := range []*content{&m.requestBody, &m.responseBody, &m.ownBody} {
		c.text = hidden(c.text)
	}
	return &m
}

func hidden(text string) string { return string(secret.Mask([]byte(text))) }

// masked is a copy without secrets, which mask would wipe in place.
func (h *head) masked() head {
	own := head{start: bytes.Clone(h.start), size: h.size, fields: make([]field, len(h.fields))}
	for i, f := range h.fields {
		own.fields[i] = field{f.name, bytes.Clone(f.value)}
	}
	own.mask()
	return own
}

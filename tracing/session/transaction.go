package session

import (
	"bytes"
	"crypto/tls"
	"strconv"
	"strings"

	"message-processor/faults/verdict"
	"message-processor/tracing"
	"message-processor/tracing/secret"
)

// Transaction is one recorded call. It is immutable and safe for concurrent use; it stays valid after its session has
// ended.
type Transaction struct {
	id      string
	size    int64 // bytes, roughly
	options *Options
	record  tracing.Record // without the memory of the next request

	verb, path string // path with query, masked
	request    head   // as the client sent it
	sent       head   // as the target received it
	response   head   // as the target sent it
	answer     head   // as the client received it

	requestBody, responseBody content
	ownBody                   content // of the gateway's own answer

	failed   bool            // the record had a Failure
	failure  tracing.Failure // without Vars, Err and Stack
	message  string          // its faultstring
	tls      handshake
	evidence verdict.Evidence
}

// handshake is what is kept of a TLS session.
type handshake struct {
	complete          bool
	protocol, ciphers string // "" when not known
}

// overhead is what a Transaction costs besides its messages, in bytes, roughly.
const overhead = 3 << 10

// newTransaction copies what is worth keeping of a record.
func newTransaction(r *tracing.Record, o *Options) *Transaction {
	mask, m := !o.KeepSecrets, &r.Messages
	t := &Transaction{options: o, record: *r, verb: string(r.Method), path: copyText(r.Path, mask),
		request: copyHead(m.RequestHead, mask), sent: copyHead(m.SentHead, mask),
		response: copyHead(m.ResponseHead, mask), answer: copyHead(m.AnswerHead, mask),
		requestBody:  copyContent(m.RequestBody, r.BytesIn, mask),
		responseBody: copyContent(m.ResponseBody, responseLength(r), mask),
		ownBody:      copyContent(m.AnswerBody, int64(len(m.AnswerBody)), mask),
		tls:          handshakeOf(r.TLS), evidence: tracing.Evidence(r),
	}
	t.record.Method, t.record.Path, t.record.TLS, t.record.Failure = nil, nil, nil, nil
	t.record.Messages = tracing.Messages{}
	t.record.API.TargetURL = copyText([]byte(r.API.TargetURL), mask)
	if r.Failure != nil {
		t.keepFailure(r.Failure, mask)
	}
	if t.verb == "" { // a head that was refused: what can be read of it
		t.verb, t.path, _ = t.request.words()
	}
	t.size = overhead + t.bytes()
	return t
}

// keepFailure keeps the fault without the error below it, which may hold on to a connection.
func (t *Transaction) keepFailure(f *tracing.Failure, mask bool) {
	t.failed, t.failure = true, *f
	t.failure.Vars, t.failure.Err, t.failure.Stack = nil, nil, ""
	t.message = copyText([]byte(f.Fault.Message(f.Vars)), mask)
	if t.ownBody.text == "" { // the answer to HEAD has no body, the fault has one all the same
		body := f.Fault.Body(f.Vars, false)
		t.ownBody = copyContent(body, int64(len(body)), mask)
	}
}

func copyText(text []byte, mask bool) string {
	if mask {
		text = secret.Mask(bytes.Clone(text))
	}
	return string(text)
}

// responseLength is how long the target's body was, if the record tells.
func responseLength(r *tracing.Record) int64 {
	if r.Messages.AnswerBody != nil {
		return int64(len(r.Messages.ResponseBody))
	}
	return r.BytesOut
}

func handshakeOf(state *tls.ConnectionState) handshake {
	if state == nil || state.Version == 0 {
		return handshake{}
	}
	return handshake{complete: state.HandshakeComplete, ciphers: tls.CipherSuiteName(state.CipherSuite),
		protocol: strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1)}
}

func (t *Transaction) bytes() int64 {
	n := len(t.path) + len(t.message) + len(t.requestBody.text) + len(t.responseBody.text) + len(t.ownBody.text)
	for _, h := range []*head{&t.request, &t.sent, &t.response, &t.answer} {
		n += h.size + len(h.fields)*fieldSize
	}
	return int64(n)
}

// fieldSize is what a field of a head costs besides its text: two slices.
const fieldSize = 48

// ID is <processor uuid>__<counter>.
func (t *Transaction) ID() string { return t.id }

// passed tells whether the answer is the target's own.
func (t *Transaction) passed() bool { return t.record.Passed }

// targetStatus is the status of the target's answer, 0 if there was none. The record's own is 499 if the client left.
func (t *Transaction) targetStatus() int {
	_, word, _ := t.response.words()
	status, err := strconv.Atoi(word)
	if err != nil && t.record.Passed {
		return t.record.Status
	}
	return status
}

// targetError tells whether the target itself answered with an error, which is a fault to a trace.
func (t *Transaction) targetError() bool {
	return !t.failed && t.record.Passed && t.targetStatus() >= 400
}

package proxy

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"message-processor/faults"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// More interim responses than this to one request are a target gone wrong.
const maxInterim = 64

// receive reads the target's heads up to the final one and judges it. Interim
// responses are relayed as they come (RFC 9110 section 15.2).
func (x *exchange) receive() error {
	x.tx.Enter(tracing.Wait)
	for range maxInterim {
		if err := x.nextResponse(); err != nil {
			return err
		}
		if x.resp.Status >= 200 || x.resp.Status == 101 {
			x.tx.EnterAt(tracing.Receive, x.channel.FirstByte())
			x.tx.Record().Messages.ResponseHead = x.resp.Raw
			x.received = x.resp.Framing == wire.NoBody && x.resp.Status != 101
			return x.judge()
		}
		if err := x.relayInterim(); err != nil {
			return err
		}
	}
	return badResponse("too many interim responses")
}

// relayInterim passes a 1xx on to clients that can know it. The 100 has been
// answered here, where the body was taken.
func (x *exchange) relayInterim() error {
	if x.resp.Status == 100 || x.req.Minor == 0 {
		return nil
	}
	x.out = x.appendStatusLine(x.out[:0])
	x.out = x.appendTargetFields(x.out)
	x.out = append(x.out, "\r\n"...)
	return x.write(x.out)
}

// judge refuses the answers that the catalogue has a fault for.
func (x *exchange) judge() error {
	r := &x.resp
	switch {
	case r.Status == 101 && !x.agreed():
		return badResponse("101 that was not asked for")
	case r.Status == 306:
		return &faultError{id: faults.Target306Reserved}
	case r.Status == 405 && !r.Has(wire.Allow) && !x.state.config.Compatibility.Allow405WithoutAllow:
		return &faultError{id: faults.Target405WithoutAllow}
	case (r.Status == 204 || r.Status == 205) && r.Announced:
		return &faultError{id: faults.TargetResponseWithBody,
			vars: faults.Vars{"status_code": strconv.Itoa(r.Status)}}
	}
	return nil
}

// respond gives the client the target's answer.
func (x *exchange) respond() error {
	x.pass()
	x.decideKeep()
	switch {
	case x.resp.Status == 101:
		return x.tunnel()
	case x.streamsDown():
		return x.relay()
	}
	apart, err := x.bufferAnswer()
	if err != nil {
		return err
	}
	x.tx.Enter(tracing.Respond)
	if err := x.deliver(x.out); err != nil || apart == nil {
		return err
	}
	return x.write(apart)
}

// decideKeep settles whether the client's connection serves on, right before the
// head of the answer says so. If the body was not read to its end the answer is
// an early one, and what follows on the connection is not another request.
func (x *exchange) decideKeep() {
	x.keep = x.keep && x.bodyRead() && !x.client.gateway.draining.Load()
}

// pass notes the answer in the record. A target's own 4xx or 5xx is named in
// the fault fields but is not a fault of this gateway.
func (x *exchange) pass() {
	record := x.tx.Record()
	record.Status, record.Passed = x.resp.Status, true
}

// bufferAnswer gathers head and body of the answer in x.out, so that both
// leave in one write. A large body whose length was not known before is not
// copied behind its head, but follows apart.
func (x *exchange) bufferAnswer() (apart []byte, err error) {
	limit := int64(x.state.config.Limits.ResponseBody)
	if x.resp.Framing == wire.Length && x.resp.Length > limit {
		return nil, &faultError{id: faults.TargetBodyTooBig}
	}
	body := x.channel.Body(&x.resp, x.state.responseLimits)
	if x.resp.Framing == wire.Length || x.resp.Framing == wire.NoBody {
		x.out = x.appendResponseHead(x.out[:0], noLength)
		head := len(x.out)
		x.out = x.client.gateway.rooms.widen(x.out, x.resp.Length)
		err := x.gather(&x.out, body, limit)
		x.noteAnswer(head, x.out[head:])
		return nil, err
	}
	// The length is known only when the body has come.
	x.answer = x.answer[:0]
	if err := x.gather(&x.answer, body, limit); err != nil {
		return nil, err
	}
	x.out = x.appendResponseHead(x.out[:0], int64(len(x.answer)))
	x.noteAnswer(len(x.out), x.answer)
	if len(x.answer) > oneWrite {
		return x.answer, nil
	}
	x.out = append(x.out, x.answer...)
	return nil, nil
}

// noteAnswer shows the record what the client gets: the first bytes of x.out
// as the head, and a body.
func (x *exchange) noteAnswer(head int, body []byte) {
	messages := &x.tx.Record().Messages
	messages.AnswerHead = x.out[:head:head]
	if messages.ResponseHead != nil && x.tx.Record().Failure == nil {
		messages.ResponseBody = body
	} else {
		messages.AnswerBody = body
	}
}

// gather appends the body to dst.
func (x *exchange) gather(dst *[]byte, body *wire.Body, limit int64) error {
	if x.resp.Framing == wire.NoBody {
		return nil
	}
	before := len(*dst)
	out, err := x.buffer(*dst, body, limit)
	if err != nil {
		return x.unreceived(err)
	}
	*dst, x.received = out, true
	x.tx.Record().BytesOut = int64(len(out) - before)
	if x.resp.Status == 206 {
		return nil // a part of what is encoded cannot be opened
	}
	return x.client.gateway.checkCoding(&x.resp.Head, out[before:], int(limit), ofResponse)
}

// unreceived says why an answer could not be buffered.
func (x *exchange) unreceived(err error) error {
	var refusal *faultError
	switch {
	case err == wire.ErrTooBig:
		return &faultError{id: faults.TargetBodyTooBig}
	case errors.As(err, &refusal):
		return err
	}
	return x.explain(x.channel.Fail(err))
}

// deliver writes the beginning of a final answer to the client, or all of it.
// A client that may have left while its answer was awaited is noticed here, and
// gets its answer all the same: it may have closed only its own direction.
func (x *exchange) deliver(answer []byte) error {
	if x.unwatch() {
		return &clientError{err: errLeft}
	}
	x.left = time.Since(x.tx.Record().Start) > lookAfter && x.client.left()
	x.started = true
	return x.write(answer)
}

// write sends p to the client. One that takes nothing for the I/O timeout is as
// good as gone: this is no timeout of its request, hence the error is not passed
// on as one.
func (x *exchange) write(p []byte) error {
	err := x.client.write(p, x.state.clientIO())
	if err != nil {
		x.breakOff()
		return &clientError{err: fmt.Errorf("the answer cannot be written: %v", err)}
	}
	return nil
}

// noLength stands for a head that needs no Content-Length of ours.
const noLength = -1

// appendResponseHead appends the head the client receives: the target's
// end-to-end fields as they came, then the gateway's own. length is the
// Content-Length to add, or noLength.
func (x *exchange) appendResponseHead(dst []byte, length int64) []byte {
	dst = x.appendStatusLine(dst)
	dst = x.appendTargetFields(dst)
	if length != noLength {
		dst = appendLength(dst, length)
	}
	if x.resp.Status >= 400 && x.state.config.ResponseHeaders {
		passed, _ := faults.Find(faults.ErrorResponseCode)
		dst = x.appendFaultFields(dst, &passed)
	}
	dst = x.appendOwnFields(dst)
	return append(dst, "\r\n"...)
}

func (x *exchange) appendStatusLine(dst []byte) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(x.resp.Status), 10)
	dst = append(append(dst, ' '), x.resp.Reason...)
	return append(dst, "\r\n"...)
}

// appendTargetFields passes the target's fields on, except those of its
// connection and the X-Apigee-* fields, which only the gateway may set.
func (x *exchange) appendTargetFields(dst []byte) []byte {
	bodiless := x.resp.Status < 200 || x.resp.Status == 204
	for i := range x.resp.Fields {
		f := &x.resp.Fields[i]
		switch {
		case f.ID == wire.Trailer && x.passesTrailers():
		case f.ID == wire.ContentLength && bodiless:
			continue // must not be sent with these (RFC 9110 section 8.6)
		case f.Hop, f.ID == wire.XApigee, f.ID == wire.Trailer:
			continue
		}
		dst = append(dst, f.Line...)
	}
	return dst
}

// appendOwnFields appends the message id and what the connection's fate is.
func (x *exchange) appendOwnFields(dst []byte) []byte {
	if x.state.config.ResponseHeaders {
		dst = append(dst, "X-Apigee-Message-ID: "...)
		dst = append(append(dst, x.tx.Record().MessageID...), "\r\n"...)
	}
	switch {
	case !x.keep:
		dst = append(dst, "Connection: close\r\n"...)
	case x.req.Minor == 0:
		dst = append(dst, "Connection: keep-alive\r\n"...)
	}
	return dst
}

// appendFaultFields appends what the original tells its router about a fault
// (message-id-and-headers.md section 2).
func (x *exchange) appendFaultFields(dst []byte, f *faults.Fault) []byte {
	dst = append(append(dst, "X-Apigee-fault-code: "...), f.TraceCode...)
	dst = append(append(dst, "\r\nX-Apigee-fault-source: "...), f.Source...)
	dst = append(dst, "\r\nX-Apigee-fault-flag: false\r\nX-Apigee-fault-policy: null/null\r\nX-Apigee-fault-revision: "...)
	revision := x.state.noRevision
	if x.route != nil {
		revision = x.route.revision
	}
	return append(append(dst, revision...), "\r\n"...)
}

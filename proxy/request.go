package proxy

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"message-processor/faults"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// A body up to this size leaves in the same write as its head.
const oneWrite = 16 << 10

// streamsUp tells whether the request's body goes to the target as it comes.
func (x *exchange) streamsUp() bool {
	return x.route.proxy.Target.StreamRequest && x.hasBody()
}

// hasBody tells whether the client sends a body of at least one byte, or chunks.
func (x *exchange) hasBody() bool {
	return x.req.Framing == wire.Chunked || x.req.Length > 0
}

// bodyRead tells whether what the client sends next is another request.
func (x *exchange) bodyRead() bool {
	return x.read || !x.hasBody() || x.upload != nil && x.upload.whole.Load()
}

// takeBody reads the whole body of a buffered request before the target is
// opened, as the original does.
func (x *exchange) takeBody() error {
	if x.req.Framing == wire.NoBody {
		x.read = true
		return nil
	}
	x.client.body.Reset(x.client.in, x.req.Framing, x.req.Length, x.state.requestLimits)
	if x.streamsUp() {
		return nil
	}
	x.tx.Enter(tracing.Request)
	limit := int64(x.state.config.Limits.RequestBody)
	if x.req.Framing == wire.Length && x.req.Length > limit {
		return x.requestTooBig()
	}
	if err := x.inviteBody(); err != nil {
		return err
	}
	x.client.source.each(x.state.clientIO(), x.budget)
	var err error
	x.body, err = x.buffer(x.client.gateway.rooms.widen(x.body[:0], x.req.Length), &x.client.body, limit)
	if err != nil {
		return x.unread(err)
	}
	x.read = true
	record := x.tx.Record()
	record.BytesIn, record.Messages.RequestBody = int64(len(x.body)), x.body
	return x.client.gateway.checkCoding(&x.req.Head, x.body, int(limit), ofRequest)
}

// unread says why a body could not be buffered.
func (x *exchange) unread(err error) error {
	var refusal *faultError
	switch {
	case err == wire.ErrTooBig:
		return x.requestTooBig()
	case errors.As(err, &refusal):
		return err
	}
	return &clientError{err: err}
}

func (x *exchange) requestTooBig() error {
	return &faultError{id: faults.RequestBodyTooBig}
}

// inviteBody sends the 100 that a client waits for before its body, unless the
// body is already on its way (RFC 9110 section 10.1.1).
func (x *exchange) inviteBody() error {
	if !x.req.Expect100 || x.client.in.Buffered() > 0 {
		return nil
	}
	return x.write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
}

// send writes the request to the target. A small body leaves with its head in
// one write.
func (x *exchange) send() error {
	x.tx.Enter(tracing.Send)
	x.sent = x.appendRequestHead(x.sent[:0])
	x.tx.Record().Messages.SentHead = x.sent
	x.addCredentials()
	if x.streamsUp() {
		return x.startUpload()
	}
	body := x.body
	if len(body) <= oneWrite {
		x.sent, body = append(x.sent, body...), nil
	}
	if _, err := x.channel.Write(x.sent); err != nil {
		return err
	}
	if len(body) == 0 {
		return nil
	}
	_, err := x.channel.Write(body)
	return err
}

// appendRequestHead appends the head the target receives: the client's
// end-to-end fields as they came, the target's Host, and what the gateway says
// about the request (contract section 3.4).
func (x *exchange) appendRequestHead(dst []byte) []byte {
	dst = append(append(dst, x.req.Method...), ' ')
	dst = x.server.appendTarget(dst, x.route, x.req.Path)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(append(dst, x.server.host...), "\r\n"...)
	for i := range x.req.Fields {
		dst = x.appendRequestField(dst, &x.req.Fields[i])
	}
	dst = x.appendRequestFraming(dst)
	dst = x.appendForwarded(dst)
	dst = append(dst, "traceparent: "...)
	dst = x.tx.Record().Context.AppendTraceparent(dst)
	dst = append(dst, "\r\nX-Apigee-Message-ID: "...)
	dst = append(dst, x.tx.Record().MessageID...)
	return append(dst, "\r\n\r\n"...)
}

// appendRequestField passes one of the client's fields on, unless it belongs
// to the client's connection or the gateway writes its own.
func (x *exchange) appendRequestField(dst []byte, f *wire.Field) []byte {
	switch f.ID {
	case wire.Host, wire.Expect, wire.XApigee, wire.Traceparent,
		wire.XForwardedFor, wire.XForwardedProto, wire.XForwardedPort:
		return dst
	case wire.Tracestate:
		if x.tx.Record().Context.Parent == (tracing.SpanID{}) {
			return dst // belongs to a trace that is not continued
		}
	case wire.MaxForwards:
		if x.countsForwards() {
			dst = append(dst, "Max-Forwards: "...)
			dst = strconv.AppendInt(dst, int64(x.req.MaxForwards-1), 10)
			return append(dst, "\r\n"...)
		}
	case wire.Trailer:
		if x.streamsUp() {
			return append(dst, f.Line...)
		}
		return dst
	}
	if f.Hop {
		return dst
	}
	return append(dst, f.Line...)
}

// appendRequestFraming says how the body ends and what the connection is for.
// A Content-Length the client sent has been passed on as it came.
func (x *exchange) appendRequestFraming(dst []byte) []byte {
	if x.req.Framing == wire.Chunked {
		if x.streamsUp() {
			dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
		} else {
			dst = appendLength(dst, int64(len(x.body)))
		}
	}
	switch {
	case x.upgrades():
		dst = append(dst, "Connection: Upgrade\r\nUpgrade: "...)
		dst = append(append(dst, x.req.Upgrade...), "\r\n"...)
	case x.route.proxy.Target.StreamResponse && x.req.TETrailers:
		dst = append(dst, "TE: trailers\r\nConnection: TE\r\n"...)
	}
	return dst
}

func appendLength(dst []byte, n int64) []byte {
	dst = append(dst, "Content-Length: "...)
	return append(strconv.AppendInt(dst, n, 10), "\r\n"...)
}

// appendForwarded appends the forwarding fields: the client at the end of the
// list it may have brought, and this listener's scheme and port, which a
// client has no say in.
func (x *exchange) appendForwarded(dst []byte) []byte {
	dst = append(dst, "X-Forwarded-For: "...)
	for i := range x.req.Fields {
		if f := &x.req.Fields[i]; f.ID == wire.XForwardedFor && len(f.Value) > 0 {
			dst = append(append(dst, f.Value...), ", "...)
		}
	}
	if client := x.tx.Record().Client; client.IsValid() {
		dst = client.Addr().AppendTo(dst)
	} else {
		dst = append(dst, "unknown"...)
	}
	dst = append(dst, "\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: "...)
	dst = append(dst, x.client.gateway.port...)
	return append(dst, "\r\n"...)
}

var (
	methodHead    = []byte("HEAD")
	methodOptions = []byte("OPTIONS")
	methodTrace   = []byte("TRACE")
)

// countsForwards tells whether Max-Forwards applies to the request: it does to
// TRACE and OPTIONS only (RFC 9110 section 7.6.2).
func (x *exchange) countsForwards() bool {
	return x.req.MaxForwards >= 0 &&
		(bytes.Equal(x.req.Method, methodTrace) || bytes.Equal(x.req.Method, methodOptions))
}

// isForUs tells whether the request ends here because it may not be forwarded
// any further.
func (x *exchange) isForUs() bool { return x.countsForwards() && x.req.MaxForwards == 0 }

// answerForUs answers as the final recipient: TRACE with the request as it
// arrived, less what may be secret (RFC 9110 section 9.3.8), OPTIONS with
// nothing but success.
func (x *exchange) answerForUs() error {
	x.decideKeep()
	x.tx.Enter(tracing.Respond)
	var body []byte
	x.out = append(x.out[:0], "HTTP/1.1 200 OK\r\n"...)
	if bytes.Equal(x.req.Method, methodTrace) {
		body = x.appendEcho(x.body[:0])
		x.out = append(x.out, "Content-Type: message/http\r\n"...)
	}
	x.out = appendDate(x.out)
	x.out = appendLength(x.out, int64(len(body)))
	x.out = x.appendOwnFields(x.out)
	x.out = append(x.out, "\r\n"...)
	x.noteAnswer(len(x.out), body)
	x.out = append(x.out, body...)
	x.tx.Record().Status = 200
	return x.deliver(x.out)
}

func (x *exchange) appendEcho(dst []byte) []byte {
	line, _, _ := bytes.Cut(x.req.Raw, []byte("\r\n"))
	dst = append(append(dst, line...), "\r\n"...)
	for i := range x.req.Fields {
		switch f := &x.req.Fields[i]; f.ID {
		case wire.Authorization, wire.ProxyAuthorization, wire.Cookie:
		default:
			dst = append(dst, f.Line...)
		}
	}
	return append(dst, "\r\n"...)
}

func appendDate(dst []byte) []byte {
	dst = append(dst, "Date: "...)
	dst = time.Now().UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 GMT")
	return append(dst, "\r\n"...)
}

// pathOnly is a path without its query.
func pathOnly(path []byte) []byte {
	path, _, _ = bytes.Cut(path, []byte("?"))
	return path
}

package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
	"message-processor/tracing"
)

// faultOf says which fault a failure on a Channel is: the phase it happened
// in, and its cause. It is the only place that knows both vocabularies; the
// order of events behind it is in faults.md section 3. A pair it does not name
// is found under anyCause.
var faultOf = map[channel.Phase]map[channel.Cause]faults.ID{
	channel.Lookup: {
		channel.Timeout: faults.TargetConnectTimeout,
		channel.Budget:  faults.TargetConnectTimeout,
		anyCause:        faults.TargetDNSFailure,
	},
	channel.Connect: {
		channel.Timeout: faults.TargetConnectTimeout,
		channel.Budget:  faults.TargetConnectTimeout,
		channel.Refused: faults.TargetConnectionRefused,
		channel.Reset:   faults.TargetConnectionRefused,
		anyCause:        faults.TargetUnreachable,
	},
	// Asking a forward proxy for a tunnel is an exchange of HTTP, which can go
	// wrong as any other can, but for the one answer that has a fault of its own.
	channel.Tunnel: {
		channel.TunnelRefused:       faults.ProxyTunnelCreationFailed,
		channel.Timeout:             faults.GatewayTimeoutTargetIO,
		channel.Budget:              faults.APITimedOut,
		channel.LineTooBig:          faults.TargetLineTooBig,
		channel.HeadersTooBig:       faults.TargetHeadersTooBig,
		channel.Malformed:           faults.MalformedResponse,
		channel.VersionNotSupported: faults.MalformedResponse,
		anyCause:                    faults.UnexpectedEOFAtTarget,
	},
	// The seed's 502 is the expired timer alone. A handshake that failed is a
	// 503; a peer that hung up, or that never spoke TLS, is a target not set up
	// for TLS, which the playbook of the 502 EOF lists among its causes.
	channel.Handshake: {
		channel.Timeout:       faults.BadGatewayTLSHandshakeTimeout,
		channel.Budget:        faults.BadGatewayTLSHandshakeTimeout,
		channel.Closed:        faults.UnexpectedEOFAtTarget,
		channel.Reset:         faults.UnexpectedEOFAtTarget,
		channel.NotTLS:        faults.UnexpectedEOFAtTarget,
		channel.UntrustedCert: faults.SSLUnknownCA,
		channel.ExpiredCert:   faults.SSLExpired,
		channel.WrongName:     faults.SSLHostnameMismatchDNS,
		channel.WrongAddress:  faults.SSLHostnameMismatchIP,
		anyCause:              faults.SSLAlertHandshakeFailure,
	},
	channel.Send: {
		channel.Timeout: faults.GatewayTimeoutTargetIO,
		channel.Budget:  faults.APITimedOut,
		channel.Alert:   faults.SSLAlertHandshakeFailure,
		anyCause:        faults.TargetPrematureClose,
	},
	channel.Wait:    answering,
	channel.Receive: answering,
}

// answering is what can go wrong from the first to the last byte of an answer.
// An alert there is TLS 1.3's way to refuse a client certificate.
var answering = map[channel.Cause]faults.ID{
	channel.Timeout:             faults.GatewayTimeoutTargetIO,
	channel.Budget:              faults.APITimedOut,
	channel.Alert:               faults.SSLAlertHandshakeFailure,
	channel.LineTooBig:          faults.TargetLineTooBig,
	channel.HeadersTooBig:       faults.TargetHeadersTooBig,
	channel.Malformed:           faults.MalformedResponse,
	channel.VersionNotSupported: faults.MalformedResponse,
	anyCause:                    faults.UnexpectedEOFAtTarget,
}

// anyCause stands for the causes a phase does not name.
const anyCause channel.Cause = ""

// faultOfRefusal is what a request head that the scanner refused is answered.
var faultOfRefusal = map[wire.Kind]faults.ID{
	wire.Malformed:           faults.MalformedRequest,
	wire.LineTooBig:          faults.RequestLineTooBig,
	wire.HeadersTooBig:       faults.RequestHeadersTooBig,
	wire.VersionNotSupported: faults.VersionNotSupported,
	wire.MethodNotSupported:  faults.MethodNotSupported,
	wire.EmptyName:           faults.EmptyHeaderName,
	wire.NameNotASCII:        faults.HeaderNameNonASCII,
	wire.NameInvalidChar:     faults.HeaderInvalidChar,
}

// faultError is a failure that is a fault of the catalogue by itself.
type faultError struct {
	id     faults.ID
	vars   faults.Vars
	source string // fault source, where it depends on the case; else the catalogue's
}

func (e *faultError) Error() string { return "fault " + string(e.id) }

// clientError is a failure of the client's connection: it stalled, broke its
// own framing, or left.
type clientError struct{ err error }

func (e *clientError) Error() string { return "client: " + e.err.Error() }
func (e *clientError) Unwrap() error { return e.err }

// defectError is a panic: a defect of this product.
type defectError struct {
	value any
	stack []byte
}

func (e *defectError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func stackOf(err error) string {
	var defect *defectError
	if errors.As(err, &defect) {
		return string(defect.stack)
	}
	return ""
}

// survive keeps a defect that no exchange could answer from ending the process.
// It is for defer, at the top of a goroutine.
func (g *Gateway) survive() {
	if defect := recover(); defect != nil {
		tracing.LogDefect(g.currentLog(), defect, debug.Stack())
	}
}

// errBudget is the whole call's time running out between two steps.
var errBudget = &faultError{id: faults.APITimedOut}

func malformed(reason string) error {
	return &faultError{id: faults.MalformedRequest, vars: faults.Vars{"reason": reason}}
}

func badResponse(reason string) error {
	return &faultError{id: faults.MalformedResponse, vars: faults.Vars{"reason": reason}}
}

// notFound is the 404 of a path that no API proxy serves. It shows the path
// without its query, as the captures do.
func (x *exchange) notFound() error {
	return &faultError{id: faults.ApplicationNotFound, vars: faults.Vars{
		"vhost": x.state.config.VirtualHost, "path": string(pathOnly(x.req.Path)),
	}}
}

// fail ends the exchange in a fault: it is recorded, answered if nothing has
// been answered yet, and the Channel is closed only then, because the original
// answers first.
func (x *exchange) fail(err error) {
	id, vars, gone := x.judgeFailure(err)
	if x.unwatch() || gone {
		x.tx.Record().Status, x.keep = tracing.StatusClientClosed, false
		return
	}
	fault, found := faults.Find(id)
	if !found {
		fault, _ = faults.Find(faults.InternalError)
	}
	var known *faultError
	if errors.As(err, &known) && known.source != "" {
		fault.Source = known.source
	}
	x.noteChannel(err)
	if x.tx.Fail(tracing.Failure{Fault: fault, Vars: vars, Err: err, Stack: stackOf(err)}) {
		tracing.LogFault(&x.state.log, x.tx.Record())
	}
	if x.started {
		x.breakOff()
		return
	}
	x.answerFault(&fault, vars)
}

// judgeFailure names the fault of an error and the values its texts need. gone
// is true when there is nobody left to answer.
func (x *exchange) judgeFailure(err error) (id faults.ID, vars faults.Vars, gone bool) {
	var (
		failed  *channel.Error
		fault   *faultError
		refused *wire.Error
		client  *clientError
	)
	switch {
	case errors.As(err, &failed):
		id, vars = x.targetFault(failed)
	case errors.As(err, &fault):
		id, vars = fault.id, fault.vars
		x.keep = x.keep && id != faults.MalformedRequest
	case errors.As(err, &refused):
		x.keep = false
		id, vars = faultOfRefusal[refused.Kind], faults.Vars{
			"reason": refused.Reason, "name": refused.Field, "char": refused.Char, "method": "CONNECT"}
	case errors.Is(err, os.ErrDeadlineExceeded):
		x.keep = false
		id = faults.RequestTimeout
		if x.expired() {
			id = faults.APITimedOut
		}
	case errors.As(err, &client), errors.Is(err, io.EOF):
		return "", nil, true
	default:
		id, vars = faults.InternalError, faults.Vars{"exception": err.Error()}
	}
	return id, x.complete(id, vars), false
}

// targetFault looks a Channel's failure up in the table.
func (x *exchange) targetFault(e *channel.Error) (faults.ID, faults.Vars) {
	causes := faultOf[e.Phase]
	id, ok := causes[e.Cause]
	if !ok {
		id = causes[anyCause]
	}
	compatibility := x.state.config.Compatibility
	switch {
	case id == faults.TargetDNSFailure && compatibility.NoResolvedHost:
		id = faults.TargetNoResolvedHost
	case id == faults.GatewayTimeoutTargetIO && e.Phase == channel.Send && compatibility.WriteTimeoutStatus == 408:
		id = faults.RequestTimeout
	}
	host := x.server.target.Host()
	vars := faults.Vars{"host": host, "ip": host, "reason": e.Detail, "status": e.Detail}
	if name := x.server.target.ServerName(); name != "" {
		vars["host"] = name
	}
	if e.Phase == channel.Lookup {
		vars["host"] = x.server.target.Peer()
	}
	if e.Cause == channel.Alert && e.Detail != "" {
		vars["exception"] = "Received fatal alert: " + e.Detail
	} else if e.Cause == channel.TLSFailure && e.Err != nil {
		vars["exception"] = e.Err.Error()
	}
	return id, vars
}

// complete adds the values that follow from the fault itself.
func (x *exchange) complete(id faults.ID, vars faults.Vars) faults.Vars {
	if vars == nil {
		vars = faults.Vars{}
	}
	limits := x.state.config.Limits
	switch id {
	case faults.RequestLineTooBig:
		vars["limit"] = faults.Limit(limits.RequestLine)
	case faults.RequestHeadersTooBig:
		vars["limit"] = faults.Limit(limits.RequestHeaders)
	case faults.TargetLineTooBig:
		vars["limit"] = faults.Limit(limits.ResponseLine)
	case faults.TargetHeadersTooBig:
		vars["limit"] = faults.Limit(limits.ResponseHeaders)
	}
	return vars
}

// noteChannel keeps the state the target connection was in when it failed: the
// snapshot that travelled inside the error, taken before anything was closed.
func (x *exchange) noteChannel(err error) {
	var failed *channel.Error
	switch {
	case errors.As(err, &failed):
		x.tx.Use(failed.Snapshot)
	case x.channel != nil:
		x.tx.Use(x.channel.Snapshot())
	}
}

// answerFault gives the client the fault's exact bytes (contract section 3).
func (x *exchange) answerFault(f *faults.Fault, vars faults.Vars) {
	x.decideKeep()
	body, kind := f.Body(vars, x.state.config.Compatibility.Reason), "application/json"
	if soap := soapType(&x.req); soap != "" {
		body, kind = f.SOAPBody(vars), soap
	}
	record := x.tx.Record()
	record.Status, record.Passed, record.BytesOut = f.Status, false, int64(len(body))
	x.tx.Enter(tracing.Respond)

	x.out = append(x.out[:0], "HTTP/1.1 "...)
	x.out = strconv.AppendInt(x.out, int64(f.Status), 10)
	x.out = append(append(append(x.out, ' '), f.Reason...), "\r\nContent-Type: "...)
	x.out = append(append(x.out, kind...), "\r\n"...)
	x.out = appendLength(appendDate(x.out), int64(len(body)))
	if x.state.config.ResponseHeaders {
		x.out = x.appendFaultFields(x.out, f)
	}
	x.out = append(x.appendOwnFields(x.out), "\r\n"...)
	x.noteAnswer(len(x.out), body)
	if string(x.req.Method) != "HEAD" {
		x.out = append(x.out, body...)
	}
	if x.deliver(x.out) != nil || x.left {
		record.Status, x.keep = tracing.StatusClientClosed, false
	}
}

// soapType is the media type a SOAP client is answered in, or empty for all
// others. That the original answers SOAP requests in SOAP is observed; that it
// knows them by their Content-Type is inferred.
func soapType(r *wire.Request) string {
	media, _, _ := bytes.Cut(r.Get(wire.ContentType), []byte(";"))
	media = bytes.TrimSpace(media)
	switch {
	case wire.EqualFold(media, "application/soap+xml"):
		return "application/soap+xml"
	case wire.EqualFold(media, "text/xml"):
		return "text/xml"
	}
	return ""
}

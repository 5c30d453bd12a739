package channel

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"message-processor/proxy/wire"
)

// causeOf names the cause of an error of the network, of TLS or of the scanner,
// with the detail that belongs to it. What it does not recognise is Unknown.
func causeOf(err error) (Cause, string) {
	if cause, detail := ofProtocol(err); cause != "" {
		return cause, detail
	}
	for _, row := range networkCauses {
		if errors.Is(err, row.err) {
			return row.cause, ""
		}
	}
	if timedOut(err) {
		return Timeout, ""
	}
	return Unknown, ""
}

// ofProtocol looks at what the peer said rather than at the connection: these
// come first, because a refused certificate or an alert often travels with the
// end of the connection.
func ofProtocol(err error) (Cause, string) {
	var cert *certificateError
	var record tls.RecordHeaderError
	var head *wire.Error
	var refusal tunnelRefusal
	switch {
	case errors.As(err, &cert):
		return cert.cause, cert.name
	case errors.As(err, &record):
		return NotTLS, record.Msg
	case errors.As(err, &head):
		return ofHead(head.Kind), head.Reason
	case errors.As(err, &refusal):
		return TunnelRefused, strconv.Itoa(int(refusal))
	}
	return ofAlert(err)
}

// ofAlert recognises alerts. A received one is a *net.OpError whose Op is
// "remote error"; it does not match tls.AlertError. Our own is a "local error".
func ofAlert(err error) (Cause, string) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Err == nil {
		return "", ""
	}
	switch op.Op {
	case "remote error":
		return Alert, alertName(op.Err.Error())
	case "local error":
		return TLSFailure, withoutPrefix(op.Err)
	}
	return "", ""
}

func ofHead(kind wire.Kind) Cause {
	switch kind {
	case wire.LineTooBig:
		return LineTooBig
	case wire.HeadersTooBig:
		return HeadersTooBig
	case wire.VersionNotSupported:
		return VersionNotSupported
	}
	return Malformed
}

// networkCauses is searched from the top. The last rows are what a host without
// a route, without the address family or with a filter of its own returns from
// connect(2).
var networkCauses = [...]struct {
	err   error
	cause Cause
}{
	{io.EOF, Closed},
	{io.ErrUnexpectedEOF, Closed},
	{net.ErrClosed, Canceled},
	{syscall.ECONNRESET, Reset},
	{syscall.EPIPE, Reset},
	{syscall.ECONNABORTED, Reset},
	{io.ErrClosedPipe, Reset}, // how net.Pipe says EPIPE
	{syscall.ECONNREFUSED, Refused},
	{syscall.ETIMEDOUT, Timeout},
	{syscall.EHOSTUNREACH, Unreachable},
	{syscall.ENETUNREACH, Unreachable},
	{syscall.ENETDOWN, Unreachable},
	{syscall.EADDRNOTAVAIL, Unreachable},
	{syscall.EAFNOSUPPORT, Unreachable},
	{syscall.EACCES, Unreachable},
	{syscall.EPERM, Unreachable},
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

func withoutPrefix(err error) string { return strings.TrimPrefix(err.Error(), "tls: ") }

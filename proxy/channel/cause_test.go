package channel

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"message-processor/proxy/wire"
)

func TestErrorsOfTheNetworkHaveCauses(t *testing.T) {
	system := func(errno syscall.Errno) error {
		return &net.OpError{Op: "read", Err: os.NewSyscallError("read", errno)}
	}
	for err, want := range map[error]Cause{
		io.EOF:                         Closed,
		io.ErrUnexpectedEOF:            Closed,
		net.ErrClosed:                  Canceled,
		os.ErrDeadlineExceeded:         Timeout,
		io.ErrClosedPipe:               Reset,
		system(syscall.ECONNRESET):     Reset,
		system(syscall.EPIPE):          Reset,
		system(syscall.ECONNABORTED):   Reset,
		system(syscall.ECONNREFUSED):   Refused,
		system(syscall.ETIMEDOUT):      Timeout,
		system(syscall.EHOSTUNREACH):   Unreachable,
		system(syscall.ENETUNREACH):    Unreachable,
		system(syscall.EADDRNOTAVAIL):  Unreachable,
		system(syscall.EPERM):          Unreachable,
		&net.DNSError{IsTimeout: true}: Timeout,
		errors.New("something else"):   Unknown,
	} {
		if got, _ := causeOf(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

func TestRefusedHeadsHaveCausesAndReasons(t *testing.T) {
	for kind, want := range map[wire.Kind]Cause{
		wire.Malformed:           Malformed,
		wire.LineTooBig:          LineTooBig,
		wire.HeadersTooBig:       HeadersTooBig,
		wire.VersionNotSupported: VersionNotSupported,
		wire.EmptyName:           Malformed,
		wire.NameInvalidChar:     Malformed,
	} {
		got, detail := causeOf(&wire.Error{Kind: kind, Reason: "because"})
		if got != want || detail != "because" {
			t.Errorf("kind %d: got %q (%s), want %q", kind, got, detail, want)
		}
	}
}

func TestAlertsAreSpelledAsInJava(t *testing.T) {
	for number, want := range map[uint8]string{
		0: "close_notify", 40: "handshake_failure", 42: "bad_certificate", 45: "certificate_expired", 48: "unknown_ca",
		70: "protocol_version", 80: "internal_error", 112: "unrecognized_name", 116: "certificate_required", 120: "no_application_protocol",
	} {
		if got := alertName(tls.AlertError(number).Error()); got != want {
			t.Errorf("alert %d is %q, want %q", number, got, want)
		}
	}
	if got := alertName("tls: alert(199)"); got != "tls: alert(199)" {
		t.Errorf("an unknown alert became %q", got)
	}
}

func TestEveryAlertHasANameOfItsOwn(t *testing.T) {
	for _, row := range alerts {
		if got := alertName(tls.AlertError(row.number).Error()); got != row.name {
			t.Errorf("alert %d (%s) is taken for %s", row.number, row.name, got)
		}
	}
}

func TestOurOwnAlertIsNoneOfThePeers(t *testing.T) {
	err := &net.OpError{Op: "local error", Err: tls.AlertError(20)}
	if got, detail := causeOf(err); got != TLSFailure || detail != "bad record MAC" {
		t.Errorf("got %q (%s)", got, detail)
	}
}

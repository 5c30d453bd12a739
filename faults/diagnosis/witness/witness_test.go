package witness_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults/diagnosis/witness"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

var timers = channel.Timeouts{Connect: 3 * time.Second, Handshake: 10 * time.Second, IO: 30 * time.Second}

// swallowed is a connection whose ClientHello was never acknowledged.
func swallowed() channel.Snapshot {
	return channel.Snapshot{Secure: true, Name: "orders.example.com:443", Remote: netip.MustParseAddrPort("203.0.113.7:443"), UseCount: 1,
		RecordsSent: 1483, TCP: &channel.TCPInfo{Unacked: 1, TotalRetransmits: 7, BytesAcked: 1, SegsIn: 1}}
}

func TestAHandshakeThatStoppedIsToldWithItsBytes(t *testing.T) {
	s := swallowed()
	for cause, want := range map[channel.Cause]verdict.Bytes{
		channel.Timeout: {Known: true, Sent: 1483}, channel.Canceled: {Known: true, Sent: 1483}, channel.Reset: {Known: true, Sent: 1483},
		channel.Alert: {}, channel.ExpiredCert: {},
	} {
		e := verdict.Evidence{Target: s.Name}
		witness.Connection(&e, s)
		witness.Failure(&e, s, &channel.Error{Phase: channel.Handshake, Cause: cause}, timers, nil)
		if e.Handshake != want || e.Timeout != timers.Handshake || e.Address != "203.0.113.7:443" || !e.Secure || e.Proxy != "" {
			t.Errorf("%s: %+v", cause, e)
		}
	}
}

// The kernel counts the SYN, and what was sent after the handshake.
func TestNoMoreOfTheHandshakeIsAcknowledgedThanWasSent(t *testing.T) {
	for acked, want := range map[uint64]int64{0: 0, 1: 0, 101: 100, 5000: 1483} {
		s := swallowed()
		s.TCP.BytesAcked = acked
		var e verdict.Evidence
		witness.Connection(&e, s)
		witness.Failure(&e, s, &channel.Error{Phase: channel.Handshake, Cause: channel.Timeout}, timers, nil)
		if e.Handshake.Acked != want {
			t.Errorf("of %d acknowledged bytes %d are the handshake's, want %d", acked, e.Handshake.Acked, want)
		}
	}
}

func TestARequestForACertificateTurnsAHandshakeFailureIntoItsCause(t *testing.T) {
	for asked, want := range map[bool]verdict.ID{true: verdict.ClientCertificateRequired, false: verdict.TLSCipherMismatch} {
		s := swallowed()
		s.CertificateRequested, s.RecordsReceived = asked, 2000
		var e verdict.Evidence
		witness.Connection(&e, s)
		witness.Failure(&e, s, &channel.Error{Phase: channel.Handshake, Cause: channel.Alert, Detail: "handshake_failure"}, timers, nil)
		if got := verdict.Judge(e).ID; got != want || !e.HandshakeAnswered {
			t.Errorf("asked %v: %s, %+v", asked, got, e)
		}
	}
}

func TestAForwardProxyIsNamed(t *testing.T) {
	s := swallowed()
	s.Name = "proxy.example.com:3128"
	e := verdict.Evidence{Target: "orders.example.com:443"}
	witness.Connection(&e, s)
	if e.Proxy != s.Name {
		t.Errorf("the proxy is %q", e.Proxy)
	}
}

func TestCertificatesAreToldOfAFailedHandshakeOnlyAndInBounds(t *testing.T) {
	shown := &x509.Certificate{Subject: pkix.Name{CommonName: "orders"}, Issuer: pkix.Name{CommonName: "CA"},
		IPAddresses: []net.IP{net.IPv4(203, 0, 113, 7), net.IPv4(203, 0, 113, 7)}}
	many := &x509.Certificate{}
	for i := range 1000 {
		many.DNSNames = append(many.DNSNames, fmt.Sprintf("h%d.example.com", i))
	}
	state := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{shown, many, many, many, many, many}}
	for phase, want := range map[channel.Phase]int{channel.Handshake: 4, channel.Wait: 0} {
		var e verdict.Evidence
		witness.Failure(&e, swallowed(), &channel.Error{Phase: phase, Cause: channel.Alert}, timers, state)
		if len(e.Certificates) != want {
			t.Fatalf("%s: %d certificates", phase, len(e.Certificates))
		}
		if want == 0 {
			continue
		}
		if diff := cmp.Diff(verdict.Certificate{Subject: "CN=orders", Issuer: "CN=CA", Names: []string{"203.0.113.7"}}, e.Certificates[0]); diff != "" {
			t.Error(diff)
		}
		if n := len(e.Certificates[1].Names); n != 50 {
			t.Errorf("%d names", n)
		}
	}
}

func TestEveryPhaseHasItsTimer(t *testing.T) {
	for phase, want := range map[channel.Phase]time.Duration{
		channel.Lookup: timers.Connect, channel.Connect: timers.Connect, channel.Tunnel: timers.IO,
		channel.Handshake: timers.Handshake, channel.Send: timers.IO, channel.Wait: timers.IO, channel.Receive: timers.IO,
	} {
		if got := witness.Timer(phase, timers); got != want {
			t.Errorf("%s has the timer %v, want %v", phase, got, want)
		}
	}
}

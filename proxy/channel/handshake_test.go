package channel

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// secured is a target toward address that trusts authority.
func secured(address netip.AddrPort, authority *authority, change func(*TLS)) *Target {
	settings := &TLS{RootCAs: authority.roots(), ServerName: "localhost"}
	if change != nil {
		change(settings)
	}
	return toward(address, settings, patient)
}

func TestAPlainChannelHasNoHandshake(t *testing.T) {
	c := dial(t, new(Dialer), toward(serve(t, silent), nil, patient))
	check(t, c.Handshake(time.Now().Add(-time.Hour)))
	if c.ConnectionState() != nil {
		t.Error("there is a TLS state")
	}
}

func TestTheHandshakeOffersHTTPOneOnly(t *testing.T) {
	authority := newAuthority(t)
	config := server(authority.issue(t, nil))
	config.NextProtos = []string{"h2", "http/1.1"}
	c := open(t, new(Dialer), secured(serveTLS(t, config, greet), authority, nil))
	if got := c.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("negotiated %q", got)
	}
	check(t, c.Handshake(time.Time{})) // again: nothing to do
}

// hellos collects what a server is offered.
func hellos(t *testing.T, certificate tls.Certificate) (*tls.Config, chan *tls.ClientHelloInfo) {
	seen := make(chan *tls.ClientHelloInfo, 1)
	return &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		seen <- hello
		return &certificate, nil
	}}, seen
}

func TestTheServerNameIsSentUnlessItIsAnAddress(t *testing.T) {
	authority := newAuthority(t)
	for name, want := range map[string]string{"": "", "localhost": "localhost", "127.0.0.1": ""} {
		config, seen := hellos(t, authority.issue(t, nil))
		open(t, new(Dialer), secured(serveTLS(t, config, greet), authority, func(s *TLS) { s.ServerName = name }))
		if got := (<-seen).ServerName; got != want {
			t.Errorf("server name %q: SNI is %q", name, got)
		}
	}
}

func TestVersionsCiphersAndCurvesAreOfferedAsSet(t *testing.T) {
	authority := newAuthority(t)
	config, seen := hellos(t, authority.issue(t, nil))
	c := open(t, new(Dialer), secured(serveTLS(t, config, greet), authority, func(s *TLS) {
		s.MinVersion, s.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		s.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		s.Curves = []tls.CurveID{tls.X25519}
	}))
	hello, state := <-seen, c.ConnectionState()
	if len(hello.SupportedVersions) != 1 || len(hello.SupportedCurves) != 1 || hello.SupportedCurves[0] != tls.X25519 {
		t.Errorf("versions %v, curves %v", hello.SupportedVersions, hello.SupportedCurves)
	}
	if state.Version != tls.VersionTLS12 || state.CipherSuite != tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 {
		t.Errorf("got %s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	}
}

func TestWithoutACommonVersionThePeersAlertIsNamed(t *testing.T) {
	authority := newAuthority(t)
	config := server(authority.issue(t, nil))
	config.MaxVersion = tls.VersionTLS12
	address := serveTLS(t, config, greet)
	err := dial(t, new(Dialer), secured(address, authority, func(s *TLS) { s.MinVersion = tls.VersionTLS13 })).Handshake(time.Time{})
	if failed := expect(t, err, Handshake, Alert); failed.Detail != "protocol_version" {
		t.Errorf("alert %q", failed.Detail)
	}
}

func TestWithoutACommonCipherThePeersAlertIsNamed(t *testing.T) {
	authority := newAuthority(t)
	config := server(authority.issue(t, nil))
	config.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	address := serveTLS(t, config, greet)
	err := dial(t, new(Dialer), secured(address, authority, func(s *TLS) {
		s.MaxVersion = tls.VersionTLS12
		s.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	})).Handshake(time.Time{})
	if failed := expect(t, err, Handshake, Alert); failed.Detail != "handshake_failure" {
		t.Errorf("alert %q", failed.Detail)
	}
}

// demanding wants a client certificate of authority.
func demanding(t *testing.T, authority *authority, version uint16) *tls.Config {
	config := server(authority.issue(t, nil))
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, authority.roots()
	config.MaxVersion = version
	return config
}

func TestTheClientCertificateIsShownToAPeerThatWantsOne(t *testing.T) {
	authority := newAuthority(t)
	client := authority.issue(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		address := serveTLS(t, demanding(t, authority, version), greet)
		c := open(t, new(Dialer), secured(address, authority, func(s *TLS) { s.Certificates = []tls.Certificate{client} }))
		if n, err := c.Read(make([]byte, 8)); n != 1 || err != nil {
			t.Errorf("%s: read %d, %v", tls.VersionName(version), n, err)
		}
	}
}

func TestAMissingClientCertificateFailsTheHandshakeInTLS12(t *testing.T) {
	authority := newAuthority(t)
	address := serveTLS(t, demanding(t, authority, tls.VersionTLS12), greet)
	err := dial(t, new(Dialer), secured(address, authority, nil)).Handshake(time.Time{})
	if failed := expect(t, err, Handshake, Alert); failed.Detail != "handshake_failure" {
		t.Errorf("alert %q", failed.Detail)
	}
}

func TestAMissingClientCertificateShowsAtTheFirstReadInTLS13(t *testing.T) {
	authority := newAuthority(t)
	address := serveTLS(t, demanding(t, authority, tls.VersionTLS13), greet)
	c := open(t, new(Dialer), secured(address, authority, nil))
	_, err := c.Read(make([]byte, 8))
	failed := expect(t, err, Wait, Alert)
	var op *net.OpError
	if failed.Detail != "certificate_required" || !errors.As(err, &op) || op.Op != "remote error" {
		t.Errorf("alert %q, %v", failed.Detail, err)
	}
}

func TestSessionsAreResumedWithinATargetAndNotAcross(t *testing.T) {
	authority := newAuthority(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := server(authority.issue(t, nil))
		config.MaxVersion = version
		address := serveTLS(t, config, greet)
		resumed := func(target *Target) bool {
			c := open(t, new(Dialer), target)
			_, err := c.Read(make([]byte, 8)) // TLS 1.3 tickets come with it
			check(t, err)
			return c.ConnectionState().DidResume
		}
		target := secured(address, authority, nil)
		if resumed(target) || !resumed(target) || !resumed(target) {
			t.Errorf("%s: the first was resumed or a later one was not", tls.VersionName(version))
		}
		if resumed(secured(address, authority, nil)) {
			t.Errorf("%s: a session crossed targets", tls.VersionName(version))
		}
	}
}

func TestAStuckHandshakeFailsAfterItsOwnTimerWithTheChannelStillOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		dialer := overPipe(t, silent)
		target := NewTarget("203.0.113.7", 443, &TLS{}, Timeouts{Connect: 3 * time.Second, Handshake: 55 * time.Second, IO: time.Second})
		c := dial(t, dialer, target)
		err := c.Handshake(time.Time{})
		failed := expect(t, err, Handshake, Timeout)
		if time.Since(began) != 55*time.Second {
			t.Errorf("took %v", time.Since(began))
		}
		got := failed.Snapshot
		got.ID = 739028
		const want = "SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:0.0.0.0:0]@739028 useCount=1 bytesRead=0 bytesWritten=0 age=55000ms lastIO=55000ms isOpen=true"
		if got.String() != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if c.closed.Load() {
			t.Error("the channel was closed by the failure")
		}
	})
}

func TestTheHandshakeTimerCoversTheWholeOfALivelyHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		dialer := overPipe(t, func(conn net.Conn) { // a hello of which one byte comes every second
			go io.Copy(io.Discard, conn)
			for _, b := range append([]byte{22, 3, 3, 0x10, 0}, make([]byte, 0x1000)...) {
				time.Sleep(time.Second)
				if _, err := conn.Write([]byte{b}); err != nil {
					return
				}
			}
		})
		c := dial(t, dialer, NewTarget("203.0.113.7", 443, &TLS{}, Timeouts{Handshake: 55 * time.Second}))
		err := c.Handshake(time.Time{})
		expect(t, err, Handshake, Timeout)
		if time.Since(began) != 55*time.Second {
			t.Errorf("took %v", time.Since(began))
		}
	})
}

func TestTheBudgetOfTheCallEndsAHandshakeEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, overPipe(t, silent), NewTarget("203.0.113.7", 443, &TLS{}, Timeouts{Handshake: 55 * time.Second}))
		err := c.Handshake(time.Now().Add(10 * time.Second))
		if failed := expect(t, err, Handshake, Budget); failed.Snapshot.Age != 10*time.Second {
			t.Errorf("age %v", failed.Snapshot.Age)
		}
	})
}

func TestAPlainHTTPPeerIsNotTLS(t *testing.T) {
	for name, banner := range map[string]string{"http": "HTTP/1.0 400 Bad Request\r\n\r\n", "smtp": "220 mail ready\r\n", "ssl2": "\x80\x01\x02\x03\x04"} {
		address := serve(t, func(conn net.Conn) {
			io.WriteString(conn, banner)
			silent(conn)
		})
		err := dial(t, new(Dialer), toward(address, &TLS{}, patient)).Handshake(time.Time{})
		if failed := expect(t, err, Handshake, NotTLS); strings.ContainsAny(failed.Detail, "\r\n") {
			t.Errorf("%s: detail %q", name, failed.Detail)
		}
	}
}

func TestTheDeadlineOfTheHandshakeDoesNotOutliveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		authority := newAuthority(t)
		config := server(authority.issue(t, nil))
		config.SessionTicketsDisabled = true // a pipe holds nothing: a ticket would cross our Finished and block both
		dialer := overPipe(t, func(conn net.Conn) {
			secure := tls.Server(conn, config)
			if secure.Handshake() == nil {
				time.Sleep(time.Minute)
				greet(secure)
			}
		})
		timers := Timeouts{Handshake: 55 * time.Second}
		c := open(t, dialer, NewTarget("127.0.0.1", 443, &TLS{RootCAs: authority.roots()}, timers))
		if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
	})
}

func TestAVersionWeDidNotOfferIsOurOwnRefusal(t *testing.T) {
	hello := "\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" + strings.Repeat("r", 32) + "\x00\xc0\x2f\x00"
	err := dial(t, new(Dialer), toward(serve(t, steps([]func(net.Conn){say(hello)})), &TLS{}, patient)).shake()
	failed := expect(t, err, Handshake, TLSFailure)
	if !strings.Contains(failed.Detail, "unsupported protocol version") || strings.HasPrefix(failed.Detail, "tls: ") {
		t.Errorf("detail %q", failed.Detail)
	}
}

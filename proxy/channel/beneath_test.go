package channel

import (
	"crypto/tls"
	"net"
	"testing"
	"time"
)

func TestTheBytesOfAHandshakeAreCountedBeneathIt(t *testing.T) {
	authority := newAuthority(t)
	plain := dial(t, new(Dialer), toward(serve(t, silent), nil, patient))
	if sent, received := plain.Records(); sent != 0 || received != 0 {
		t.Errorf("a plain channel: %d sent, %d received", sent, received)
	}
	good := open(t, new(Dialer), secured(serveTLS(t, server(authority.issue(t, nil)), greet), authority, nil))
	if sent, received := good.Records(); sent < 200 || received < 200 {
		t.Errorf("a good handshake: %d sent, %d received", sent, received)
	}
	if s := good.Snapshot(); s.BytesWritten != 0 || s.BytesRead != 0 {
		t.Errorf("they counted as application bytes: %v", s)
	}

	timeouts := patient
	timeouts.Handshake = 50 * time.Millisecond
	stuck := dial(t, new(Dialer), toward(serve(t, silent), &TLS{}, timeouts))
	expect(t, stuck.Handshake(time.Time{}), Handshake, Timeout)
	if sent, received := stuck.Records(); sent < 200 || received != 0 {
		t.Errorf("a silent target: %d sent, %d received", sent, received)
	}
}

func TestAChannelKnowsWhetherACertificateWasAskedFor(t *testing.T) {
	authority := newAuthority(t)
	client := authority.issue(t, nil)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, demand := range []tls.ClientAuthType{tls.NoClientCert, tls.RequestClientCert, tls.RequireAnyClientCert} {
			config := server(authority.issue(t, nil))
			config.ClientAuth, config.MaxVersion = demand, version
			shown := make(chan int, 1)
			at := serveTLS(t, config, func(conn *tls.Conn) { shown <- len(conn.ConnectionState().PeerCertificates) })
			target := secured(at, authority, func(s *TLS) { s.Certificates = []tls.Certificate{client} })
			c := open(t, new(Dialer), target)
			if c.CertificateRequested() != (demand != tls.NoClientCert) {
				t.Errorf("%s, demand %v: requested %v", tls.VersionName(version), demand, c.CertificateRequested())
			}
			if n := <-shown; (n > 0) != (demand != tls.NoClientCert) {
				t.Errorf("%s, demand %v: %d certificates shown", tls.VersionName(version), demand, n)
			}
			if other := dial(t, new(Dialer), target); other.CertificateRequested() {
				t.Error("another channel of the target knows too")
			}
		}
	}
}

func TestAnInterruptEndsTheWaitAndKeepsTheConnection(t *testing.T) {
	began := make(chan struct{})
	c := dial(t, new(Dialer), toward(serve(t, func(conn net.Conn) {
		conn.Read(make([]byte, 1))
		close(began)
		silent(conn)
	}), &TLS{}, patient))
	go func() {
		<-began
		c.Interrupt()
	}()
	failed := expect(t, c.Handshake(time.Time{}), Handshake, Timeout)
	if !failed.Snapshot.Open {
		t.Error("the connection is closed")
	}
	if tcpInfo := c.TCP(); (tcpInfo == nil) != (failed.Snapshot.TCP == nil) {
		t.Errorf("the kernel said %+v at the failure and %+v later", failed.Snapshot.TCP, tcpInfo)
	}
	c.Close()
	if c.TCP() != nil {
		t.Error("the kernel knows a closed connection")
	}
}

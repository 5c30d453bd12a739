package channel

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"
)

// greet is a TLS backend that says one byte once the handshake is over.
func greet(conn *tls.Conn) { conn.Write([]byte{'!'}) }

func TestCertificatesAreJudgedByChainThenValidityThenName(t *testing.T) {
	ours, other := newAuthority(t), newAuthority(t)
	both := func(first, second func(*x509.Certificate)) func(*x509.Certificate) {
		return func(c *x509.Certificate) { first(c); second(c) }
	}
	const good = Cause("")
	cases := []struct {
		name                 string
		issuer               *authority
		change               func(*x509.Certificate)
		full, hostname, none Cause
	}{
		{"all is well", ours, nil, good, good, good},
		{"unknown authority", other, nil, UntrustedCert, good, good},
		{"expired", ours, expired, ExpiredCert, good, good},
		{"not yet valid", ours, notYetValid, ExpiredCert, good, good},
		{"for another host", ours, forOthers, WrongName, WrongName, good},
		{"expired, unknown authority", other, expired, UntrustedCert, good, good},
		{"expired, for another host", ours, both(expired, forOthers), ExpiredCert, WrongName, good},
		{"all of it", other, both(expired, forOthers), UntrustedCert, WrongName, good},
	}
	for _, c := range cases {
		address := serveTLS(t, server(c.issuer.issue(t, c.change)), greet)
		for mode, want := range map[Verify]Cause{VerifyFull: c.full, "": c.full, VerifyHostname: c.hostname, VerifyNone: c.none} {
			t.Run(c.name+"/"+string(mode), func(t *testing.T) {
				settings := &TLS{Verify: mode, RootCAs: ours.roots(), ServerName: "localhost"}
				err := dial(t, new(Dialer), toward(address, settings, patient)).Handshake(time.Time{})
				if want == good {
					check(t, err)
					return
				}
				expect(t, err, Handshake, want)
			})
		}
	}
}

func TestANameThatIsMissingIsInTheDetail(t *testing.T) {
	authority := newAuthority(t)
	address := serveTLS(t, server(authority.issue(t, forOthers)), greet)
	for name, want := range map[string]Cause{"": WrongAddress, "orders.internal": WrongName} {
		settings := &TLS{RootCAs: authority.roots(), ServerName: name}
		err := dial(t, new(Dialer), toward(address, settings, patient)).Handshake(time.Time{})
		if name == "" {
			name = "127.0.0.1"
		}
		if failed := expect(t, err, Handshake, want); failed.Detail != name {
			t.Errorf("%s: detail %q", name, failed.Detail)
		}
	}
}

func TestACommonNameIsNoName(t *testing.T) {
	authority := newAuthority(t)
	certificate := authority.issue(t, func(c *x509.Certificate) {
		c.Subject.CommonName, c.DNSNames, c.IPAddresses = "localhost", nil, nil
	})
	address := serveTLS(t, server(certificate), greet)
	err := dial(t, new(Dialer), toward(address, &TLS{RootCAs: authority.roots(), ServerName: "localhost"}, patient)).Handshake(time.Time{})
	expect(t, err, Handshake, WrongName)
}

func TestPrivateAuthoritiesAreNotTrustedByDefault(t *testing.T) {
	address := serveTLS(t, server(newAuthority(t).issue(t, nil)), greet)
	err := dial(t, new(Dialer), toward(address, &TLS{}, patient)).Handshake(time.Time{})
	expect(t, err, Handshake, UntrustedCert)
}

// intermediate is an authority below another, which may be out of date.
func intermediate(t *testing.T, root *authority, change func(*x509.Certificate)) *authority {
	t.Helper()
	below := newAuthority(t)
	template := *below.certificate
	template.Subject.CommonName = "intermediate"
	if change != nil {
		change(&template)
	}
	below.certificate = sign(t, &template, root.certificate, below.key, root.key)
	return below
}

func TestAChainOverAnIntermediate(t *testing.T) {
	root := newAuthority(t)
	cases := []struct {
		name   string
		change func(*x509.Certificate)
		sent   bool
		want   Cause
	}{
		{"is good when it is sent", nil, true, ""},
		{"is untrusted when it is not", nil, false, UntrustedCert},
		{"is expired when the intermediate is", expired, true, ExpiredCert},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			issuer := intermediate(t, root, c.change)
			certificate := issuer.issue(t, nil)
			if c.sent {
				certificate.Certificate = append(certificate.Certificate, issuer.certificate.Raw)
			}
			address := serveTLS(t, server(certificate), greet)
			err := dial(t, new(Dialer), toward(address, &TLS{RootCAs: root.roots()}, patient)).Handshake(time.Time{})
			if c.want == "" {
				check(t, err)
				return
			}
			expect(t, err, Handshake, c.want)
		})
	}
}

func TestAPeerWithoutACertificateIsNotTrusted(t *testing.T) {
	err := judgement{}.connection(tls.ConnectionState{})
	if cause, _ := causeOf(&net.OpError{Op: "read", Err: err}); cause != UntrustedCert || err.Error() != "the peer sent no certificate" {
		t.Errorf("got %q for %v", cause, err)
	}
}

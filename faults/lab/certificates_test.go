package lab

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"
	"time"
)

func parse(t *testing.T, c tls.Certificate) *x509.Certificate {
	t.Helper()
	parsed, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func mustCertificates(t *testing.T, host string) *certificates {
	t.Helper()
	c, err := newCertificates(host)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCertificatesNameTheHostAndTheLoopback(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "192.0.2.7", "2001:db8::1", "lab.example"} {
		c := mustCertificates(t, host)
		for what, leaf := range map[string]tls.Certificate{"good": c.goodLeaf, "expired": c.expiredLeaf, "unknown": c.unknown} {
			for _, name := range []string{host, "localhost", "127.0.0.1", "::1"} {
				if err := parse(t, leaf).VerifyHostname(name); err != nil {
					t.Errorf("%s certificate of a lab on %s: %v", what, host, err)
				}
			}
		}
	}
}

func TestTheWrongCertificateNamesNothingThatResolves(t *testing.T) {
	c := parse(t, mustCertificates(t, "127.0.0.1").wrong)
	if !slices.Equal(c.DNSNames, []string{"elsewhere.invalid"}) || len(c.IPAddresses) > 0 {
		t.Errorf("it names %v and %v", c.DNSNames, c.IPAddresses)
	}
}

func TestOnlyTheExpiredCertificateIsExpiredAndThatSinceYesterday(t *testing.T) {
	c := mustCertificates(t, "127.0.0.1")
	for what, leaf := range map[string]tls.Certificate{"good": c.goodLeaf, "wrong": c.wrong, "unknown": c.unknown} {
		if p := parse(t, leaf); time.Now().Before(p.NotBefore) || time.Now().AddDate(1, 0, 0).After(p.NotAfter) {
			t.Errorf("the %s certificate is valid from %v to %v", what, p.NotBefore, p.NotAfter)
		}
	}
	if ago := time.Since(parse(t, c.expiredLeaf).NotAfter); ago < day || ago > day+time.Minute {
		t.Errorf("the expired certificate expired %v ago", ago)
	}
}

func TestOnlyTheUnknownCertificateIsNotOfTheLabsAuthority(t *testing.T) {
	c := mustCertificates(t, "127.0.0.1")
	for what, leaf := range map[string]tls.Certificate{"good": c.goodLeaf, "wrong": c.wrong, "expired": c.expiredLeaf, "unknown": c.unknown} {
		err := parse(t, leaf).CheckSignatureFrom(c.authority.certificate)
		if (err == nil) != (what != "unknown") {
			t.Errorf("signature of the %s certificate: %v", what, err)
		}
	}
}

func TestTwoLabsDoNotTrustEachOther(t *testing.T) {
	a, b := mustCertificates(t, "127.0.0.1"), mustCertificates(t, "127.0.0.1")
	if err := parse(t, a.goodLeaf).CheckSignatureFrom(b.authority.certificate); err == nil {
		t.Error("one lab's authority signed the other's certificate")
	}
}

func TestThePEMOfTheAuthorityIsOneCertificateAndNoKey(t *testing.T) {
	block, rest := pem.Decode(mustCertificates(t, "127.0.0.1").authority.pem())
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("block %v, rest %q", block, rest)
	}
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
		t.Errorf("%v is no authority, %v", c, err)
	}
}

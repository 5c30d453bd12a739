package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"time"
)

const day = 24 * time.Hour

// authority signs the lab's certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority makes an authority. P-256 keys cost microseconds, so none is ever kept.
func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := template(name)
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	return &authority{certificate: c, key: key}, err
}

// issue signs t. The authority's own key serves as the key of each certificate too: one key less to make.
func (a *authority) issue(t *x509.Certificate, err *error) tls.Certificate {
	t.KeyUsage, t.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, e := x509.CreateCertificate(rand.Reader, t, a.certificate, a.key.Public(), a.key)
	*err = errors.Join(*err, e)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// template is a certificate valid from a month ago for ten years: as long as any lab runs.
func template(name string, hosts ...string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62)) // crypto/rand's Reader never fails
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-30 * day),
		NotAfter:     time.Now().Add(3650 * day),
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	return t
}

// certificates are what all backends of a lab share.
type certificates struct {
	authority                             *authority
	goodLeaf, expiredLeaf, wrong, unknown tls.Certificate
}

// newCertificates makes certificates for a lab on host.
func newCertificates(host string) (*certificates, error) {
	known, err := newAuthority("message-processor lab CA")
	stranger, strangerErr := newAuthority("message-processor lab unknown CA")
	if err = errors.Join(err, strangerErr); err != nil {
		return nil, err
	}
	subject := func() *x509.Certificate { return template("lab", host, "localhost", "127.0.0.1", "::1") }
	expired := subject()
	expired.NotAfter = time.Now().Add(-day)
	c := &certificates{authority: known}
	c.goodLeaf = known.issue(subject(), &err)
	c.expiredLeaf = known.issue(expired, &err)
	c.wrong = known.issue(template("elsewhere", "elsewhere.invalid"), &err)
	c.unknown = stranger.issue(subject(), &err)
	return c, err
}

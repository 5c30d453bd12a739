package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority issues the certificates of one test. Everything is in files, for
// programs that read files.
type authority struct {
	t           testing.TB
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	caFile      string
}

// files are a certificate and its key.
type files struct{ certificate, key string }

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir(), key: newKey(t)}
	template := certificate("peers' CA", time.Now().Add(time.Hour))
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der := a.sign(template, template, a.key.Public(), a.key)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.certificate, a.caFile = parsed, a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certificate is a template for a server or a client.
func certificate(name string, until time.Time, hosts ...string) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-48 * time.Hour),
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template
}

// good is valid for the loopback address.
func (a *authority) good() files { return a.issue("good", time.Hour, "127.0.0.1", "localhost") }

// issue makes a certificate that is valid for hosts and, from now, so long.
func (a *authority) issue(name string, validity time.Duration, hosts ...string) files {
	a.t.Helper()
	key := newKey(a.t)
	template := certificate(name, time.Now().Add(validity), hosts...)
	return a.save(name, a.sign(template, a.certificate, key.Public(), a.key), key)
}

// selfSigned is a certificate that nobody vouches for.
func (a *authority) selfSigned() files {
	a.t.Helper()
	key := newKey(a.t)
	template := certificate("self-signed", time.Now().Add(time.Hour), "127.0.0.1", "localhost")
	return a.save("self-signed", a.sign(template, template, key.Public(), key), key)
}

func (a *authority) sign(template, issuer *x509.Certificate, public crypto.PublicKey, key crypto.PrivateKey) []byte {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

func (a *authority) save(name string, der []byte, key *ecdsa.PrivateKey) files {
	a.t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return files{
		certificate: a.write(name+".pem", "CERTIFICATE", der),
		key:         a.write(name+".key", "PRIVATE KEY", private),
	}
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// backendName is what the certificate is for, beside the loopback address: nginx compares names only.
const backendName = "localhost"

// certificate is that of the backend, and the authority everybody verifies it with. The values are paths of PEM files.
type certificate struct {
	ca, leaf, key string
	both          string // leaf and key in one file, as HAProxy wants it
}

// newCertificate makes an authority and a certificate of it, ECDSA with P-256 as most servers use.
func newCertificate(dir string) (certificate, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, err
	}
	ca := template(1, "bench authority")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	leaf := template(2, backendName)
	leaf.DNSNames, leaf.IPAddresses = []string{backendName}, []net.IP{net.IPv4(127, 0, 0, 1)}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}

	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return certificate{}, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &leafKey.PublicKey, caKey)
	if err != nil {
		return certificate{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return certificate{}, err
	}
	return writeCertificate(dir, caDER, leafDER, keyDER)
}

func template(serial int64, name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
}

func writeCertificate(dir string, caDER, leafDER, keyDER []byte) (certificate, error) {
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	leaf, key := block("CERTIFICATE", leafDER), block("PRIVATE KEY", keyDER)
	c := certificate{
		ca: filepath.Join(dir, "ca.pem"), leaf: filepath.Join(dir, "leaf.pem"),
		key: filepath.Join(dir, "key.pem"), both: filepath.Join(dir, "both.pem"),
	}
	return c, errors.Join(
		os.WriteFile(c.ca, block("CERTIFICATE", caDER), 0o600),
		os.WriteFile(c.leaf, leaf, 0o600),
		os.WriteFile(c.key, key, 0o600),
		os.WriteFile(c.both, append(leaf, key...), 0o600),
	)
}

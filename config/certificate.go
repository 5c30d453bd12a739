package config

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// largestPEM is far above the roots of a whole system (about 200 KiB).
const largestPEM = 4 << 20

const (
	authorityAllowed   = `a file with PEM certificates of authorities, or "" for the system's`
	certificateAllowed = "a file with PEM certificates, the client's own first"
	keyAllowed         = "a file with the unencrypted PEM key of the certificate"
)

// authority is a CA file that was read. Many targets name the same one, so it is kept, and its flaw with it.
type authority struct {
	pool   *x509.CertPool
	digest string
	flaw   error
}

func (t *TLS) decodeAuthority(v value) {
	if name, ok := v.text(authorityAllowed); ok {
		t.readAuthority(v.place, v.loading.path(name))
	}
}

// readAuthority takes the authorities of a file, or with an empty path the system's.
func (t *TLS) readAuthority(at place, path string) {
	if path == "" {
		t.RootCAs, t.CADigest = nil, ""
		return
	}
	known, seen := at.loading.authorities[path]
	if !seen {
		data, ok := at.read(path, authorityAllowed, largestPEM)
		if !ok {
			return
		}
		known = parseAuthority(data)
		at.loading.authorities[path] = known
	}
	if known.flaw != nil {
		at.refuse(authorityAllowed, "%s %v", strconv.Quote(path), known.flaw)
		return
	}
	t.RootCAs, t.CADigest = known.pool, known.digest
}

func parseAuthority(data []byte) authority {
	certificates, err := parseCertificates(data)
	if err == nil {
		err = certificatesOnly(data)
	}
	if err != nil {
		return authority{flaw: err}
	}
	pool := x509.NewCertPool()
	for _, c := range certificates {
		pool.AddCert(c)
	}
	digest := sha256.Sum256(data)
	return authority{pool: pool, digest: hex.EncodeToString(digest[:])}
}

// certificatesOnly refuses other blocks in a CA file: a "TRUSTED CERTIFICATE" passed over would be missed later.
func certificatesOnly(data []byte) error {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("holds a PEM block %s", quote(block.Type))
		}
	}
	return nil
}

// parseCertificates passes over other blocks: certificate and key often share a file.
func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("holds a certificate that cannot be parsed: %s", bare(err.Error()))
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		return nil, errors.New("holds no PEM certificate")
	}
	return found, nil
}

// keyPair is the client's own certificate with its key, read from two files.
type keyPair struct {
	certificate, key     []byte
	certificateAt, keyAt *place // nil: not given, or given as ""
}

func (k *keyPair) readCertificate(v value) {
	if v.isEmptyText() {
		return
	}
	k.certificateAt = &v.place
	if name, ok := v.text(certificateAllowed); ok {
		k.takeCertificate(name, v.loading.path(name))
	}
}

func (k *keyPair) readKey(v value) {
	if v.isEmptyText() {
		return
	}
	k.keyAt = &v.place
	if name, ok := v.text(keyAllowed); ok {
		k.takeKey(name, v.loading.path(name))
	}
}

// takeCertificate reads the file at path, which the configuration calls name.
func (k *keyPair) takeCertificate(name, path string) {
	data, ok := k.certificateAt.read(path, certificateAllowed, largestPEM)
	if !ok {
		return
	}
	if _, err := parseCertificates(data); err != nil {
		k.certificateAt.refuse(certificateAllowed, "%s %v", strconv.Quote(name), err)
		return
	}
	k.certificate = data
}

// takeKey reads the file at path, which the configuration calls name.
func (k *keyPair) takeKey(name, path string) {
	data, ok := k.keyAt.read(path, keyAllowed, largestPEM)
	block, _ := pem.Decode(data)
	switch {
	case !ok:
	case strings.Contains(string(data), "ENCRYPTED"):
		k.keyAt.refuse(keyAllowed, "%s is encrypted", strconv.Quote(name))
	case block == nil:
		k.keyAt.refuse(keyAllowed, "%s holds no PEM key", strconv.Quote(name))
	default:
		k.key = data
	}
}

// join returns the pair, or none after saying which half is missing or that the halves do not belong together.
func (k *keyPair) join(v value) []tls.Certificate {
	const both = "certificate_file and key_file together"
	switch {
	case k.certificateAt != nil && k.keyAt == nil:
		v.missing("key_file").refuse(both, "is missing")
	case k.keyAt != nil && k.certificateAt == nil:
		v.missing("certificate_file").refuse(both, "is missing")
	default:
		return k.pair("certificate_file")
	}
	return nil
}

// pair is the pair if both halves could be read; certificate is what messages call the other half.
func (k *keyPair) pair(certificate string) []tls.Certificate {
	if k.certificate == nil || k.key == nil {
		return nil
	}
	pair, err := tls.X509KeyPair(k.certificate, k.key)
	if err != nil {
		k.keyAt.refuse(keyAllowed, "cannot be used with %s: %s", certificate, strings.TrimPrefix(err.Error(), "tls: "))
		return nil
	}
	return []tls.Certificate{pair}
}

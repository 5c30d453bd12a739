package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// comparePools lets cmp compare certificate pools, which hide their content.
var comparePools = cmp.Comparer(func(a, b *x509.CertPool) bool { return a.Equal(b) })

func mustParse(t *testing.T, text string, o Overrides) *Gateway {
	t.Helper()
	g, err := Parse(filepath.Join(t.TempDir(), "gateway.yaml"), []byte(text), o)
	if err != nil {
		t.Fatalf("refused:\n%v", err)
	}
	return g
}

// problemsOf returns what Parse says about a text, with the file shown as "f".
func problemsOf(t *testing.T, text string, o Overrides) []string {
	t.Helper()
	g, err := Parse("f", []byte(text), o)
	if err == nil {
		return nil
	}
	var problems Problems
	if g != nil || !errors.As(err, &problems) {
		t.Fatalf("gateway %v with error %T", g, err)
	}
	return strings.Split(problems.Error(), "\n")
}

// targetYAML is a file with one proxy and more keys of its target, one per line.
func targetYAML(url string, lines ...string) string {
	return "proxies:\n  - name: orders\n    target:\n      url: " + url + "\n" + indented("      ", lines)
}

func indented(indent string, lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(indent + line + "\n")
	}
	return b.String()
}

// writeFile writes a file into dir and returns its path.
func writeFile(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newCertificate makes a self-signed certificate and its key, both as PEM.
func newCertificate(t *testing.T, name string) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func ptr[T any](v T) *T { return &v }

func equal(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, comparePools); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
}

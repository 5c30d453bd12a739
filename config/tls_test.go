package config

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"path/filepath"
	"strings"
	"testing"
)

// tlsProblems loads a file in dir with the given tls settings.
func tlsProblems(t *testing.T, dir string, settings ...string) (*Gateway, string) {
	t.Helper()
	text := targetYAML("https://h", append([]string{"tls:"}, strings.Split(indented("  ", settings), "\n")...)...)
	g, err := Load(writeFile(t, dir, "gateway.yaml", []byte(text)), Overrides{})
	if err != nil {
		return nil, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	}
	return g, ""
}

func TestCertificateAndKeyMustBelongTogether(t *testing.T) {
	dir := t.TempDir()
	certificate, key := newCertificate(t, "one")
	_, otherKey := newCertificate(t, "two")
	writeFile(t, dir, "cert.pem", certificate)
	writeFile(t, dir, "key.pem", key)
	writeFile(t, dir, "other.pem", otherKey)
	writeFile(t, dir, "both.pem", append(bytes.Clone(key), certificate...))
	writeFile(t, dir, "encrypted.pem", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}))
	for _, c := range []struct{ certificate, key, problem string }{
		{"cert.pem", "key.pem", ""},
		{"both.pem", "both.pem", ""},
		{"cert.pem", "other.pem", "gateway.yaml:7: proxies[0].target.tls.key_file: cannot be used with certificate_file: " +
			"private key does not match public key; allowed: " + keyAllowed},
		{"cert.pem", "encrypted.pem", `gateway.yaml:7: proxies[0].target.tls.key_file: "encrypted.pem" is encrypted; ` +
			"allowed: " + keyAllowed},
		{"cert.pem", "cert.pem", "gateway.yaml:7: proxies[0].target.tls.key_file: cannot be used with certificate_file: " +
			`found a certificate rather than a key in the PEM for the private key; allowed: ` + keyAllowed},
		{"key.pem", "key.pem", `gateway.yaml:6: proxies[0].target.tls.certificate_file: "key.pem" holds no PEM certificate; ` +
			"allowed: " + certificateAllowed},
	} {
		g, problem := tlsProblems(t, dir, "certificate_file: "+c.certificate, "key_file: "+c.key)
		equal(t, c.problem, problem)
		if problem == "" && len(g.Proxies[0].Target.TLS.Certificates) != 1 {
			t.Errorf("%v: no certificate", c)
		}
	}
}

func TestACertificateAuthorityFileHoldsCertificatesOnly(t *testing.T) {
	dir := t.TempDir()
	certificate, key := newCertificate(t, "authority")
	writeFile(t, dir, "good.pem", append([]byte("# our own authority\n"), certificate...))
	writeFile(t, dir, "mixed.pem", append(bytes.Clone(certificate), key...))
	writeFile(t, dir, "broken.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	writeFile(t, dir, "large.pem", make([]byte, largestPEM+1))
	for file, want := range map[string]string{
		"good.pem":   "",
		"mixed.pem":  `"mixed.pem" holds a PEM block "PRIVATE KEY"`,
		"broken.pem": `"broken.pem" holds a certificate that cannot be parsed: x509: malformed certificate`,
		"large.pem":  `"large.pem" is larger than 4194304 bytes`,
	} {
		_, problem := tlsProblems(t, dir, "ca_file: "+file)
		if want != "" {
			want = "gateway.yaml:6: proxies[0].target.tls.ca_file: " + want + "; allowed: " + authorityAllowed
		}
		equal(t, want, problem)
	}
}

func TestTargetsInheritTheAuthorityAndMayReturnToTheSystems(t *testing.T) {
	dir := t.TempDir()
	certificate, _ := newCertificate(t, "authority")
	ca := writeFile(t, dir, "ca.pem", certificate)
	const proxies = `
proxies:
  - {name: heir, base_path: /a, target: {url: "https://h", tls: {server_name: x}}}
  - {name: system, base_path: /b, target: {url: "https://h", tls: {ca_file: ""}}}
  - {name: silent, base_path: /c, target: {url: "https://h"}}
`
	for name, g := range map[string]*Gateway{
		"file": mustParse(t, proxies+"defaults: {tls: {ca_file: "+ca+"}}\n", Overrides{}),
		"flag": mustParse(t, proxies, Overrides{TLSCA: ptr(ca)}),
	} {
		heir, system, silent := g.Proxies[0].Target.TLS, g.Proxies[1].Target.TLS, g.Proxies[2].Target.TLS
		if heir.RootCAs == nil || heir.RootCAs != silent.RootCAs || heir.CADigest == "" {
			t.Errorf("%s: not inherited: %+v", name, heir)
		}
		if system.RootCAs != nil || system.CADigest != "" {
			t.Errorf("%s: not the system's: %+v", name, system)
		}
	}
}

func TestAnAuthorityThatIsNotLookedAtIsAWarning(t *testing.T) {
	dir := t.TempDir()
	certificate, _ := newCertificate(t, "authority")
	writeFile(t, dir, "ca.pem", certificate)
	g, problem := tlsProblems(t, dir, "ca_file: ca.pem", "verify: hostname")
	if problem != "" || len(g.Warnings) != 1 {
		t.Fatalf("%s, warnings %v", problem, g)
	}
	equal(t, "has no effect with verify: hostname, which looks at no certificate authority", g.Warnings[0].Message)
	equal(t, 6, g.Warnings[0].Line)
}

func TestVersionsMayBeWrittenWithoutQuotes(t *testing.T) {
	g, problem := tlsProblems(t, t.TempDir(), "min_version: 1.0", `max_version: "1.2"`)
	if problem != "" {
		t.Fatal(problem)
	}
	equal(t, uint16(tls.VersionTLS10), g.Proxies[0].Target.TLS.MinVersion)
	equal(t, uint16(tls.VersionTLS12), g.Proxies[0].Target.TLS.MaxVersion)
}

func TestEveryCipherSuiteThatGoCanChooseIsKnownByItsName(t *testing.T) {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		id, wrong, _ := cipherSuite(suite.Name)
		if suite.SupportedVersions[0] == tls.VersionTLS13 {
			if wrong == "" {
				t.Errorf("%s of TLS 1.3 accepted", suite.Name)
			}
		} else if id != suite.ID || wrong != "" {
			t.Errorf("%s: %x %s", suite.Name, id, wrong)
		}
	}
}

func TestAnEmptyFileNameMeansNone(t *testing.T) {
	g, problem := tlsProblems(t, t.TempDir(), `ca_file: ""`, `certificate_file: ""`, `key_file: ""`)
	if problem != "" {
		t.Fatal(problem)
	}
	equal(t, standardTLS(), g.Proxies[0].Target.TLS)
	equal(t, []string{`f:1: management.password_file: is empty; allowed: a file that holds one line, the password`},
		problemsOf(t, `management: {username: a, password_file: ""}`, Overrides{}))
}

func TestAnEmptyAuthorityFlagReturnsToTheSystems(t *testing.T) {
	certificate, _ := newCertificate(t, "authority")
	ca := writeFile(t, t.TempDir(), "ca.pem", certificate)
	g := mustParse(t, targetYAML("https://h")+"defaults: {tls: {ca_file: "+ca+"}}\n", Overrides{TLSCA: ptr("")})
	equal(t, standardTLS(), g.Proxies[0].Target.TLS)
}

package channel

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The peers of these tests are another implementation's.

// sslServer runs openssl s_server with a certificate of authority.
func sslServer(t *testing.T, authority *authority, change func(*x509.Certificate), args ...string) netip.AddrPort {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		missing(t, "openssl")
	}
	certificate, key := pemFiles(t, authority.issue(t, change))
	command := exec.Command(program, append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key}, args...)...)
	stdin, err := command.StdinPipe() // s_server ends when its input does
	check(t, err)
	stdout, err := command.StdoutPipe()
	check(t, err)
	check(t, command.Start())
	t.Cleanup(func() {
		stdin.Close()
		command.Process.Kill()
		command.Wait()
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if address, found := strings.CutPrefix(lines.Text(), "ACCEPT "); found {
			return netip.MustParseAddrPort(address)
		}
	}
	t.Fatal("openssl s_server does not say where it listens")
	return netip.AddrPort{}
}

func pemFiles(t *testing.T, certificate tls.Certificate) (certificateFile, keyFile string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	check(t, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		check(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("certificate.pem", "CERTIFICATE", certificate.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
}

func TestOpenSSLRefusesOrIsRefused(t *testing.T) {
	known, stranger := newAuthority(t), newAuthority(t)
	for _, c := range []struct {
		name   string
		issuer *authority
		change func(*x509.Certificate)
		args   string
		cause  Cause
		detail string
	}{
		{"an old version", known, nil, "-tls1_1 -cipher DEFAULT@SECLEVEL=0", Alert, "protocol_version"},
		{"no common cipher", known, nil, "-tls1_2 -cipher AES256-SHA256@SECLEVEL=0", Alert, "handshake_failure"},
		{"no common group", known, nil, "-tls1_3 -groups ffdhe2048", Alert, "handshake_failure"},
		{"a client certificate, TLS 1.2", known, nil, "-tls1_2 -Verify 1 -verify_return_error", Alert, "handshake_failure"},
		{"an expired certificate", known, expired, "", ExpiredCert, ""},
		{"a certificate for another host", known, forOthers, "", WrongName, "localhost"},
		{"an unknown authority", stranger, nil, "", UntrustedCert, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := sslServer(t, c.issuer, c.change, strings.Fields(c.args)...)
			err := dial(t, new(Dialer), secured(address, known, nil)).shake()
			if failed := expect(t, err, Handshake, c.cause); failed.Detail != c.detail {
				t.Errorf("detail %q, want %q", failed.Detail, c.detail)
			}
		})
	}
}

func TestOpenSSLWantsAClientCertificateAfterTheTLS13Handshake(t *testing.T) {
	authority := newAuthority(t)
	address := sslServer(t, authority, nil, "-tls1_3", "-Verify", "1", "-verify_return_error")
	c := open(t, new(Dialer), secured(address, authority, nil))
	if failed := expect(t, c.ask(), Wait, Alert); failed.Detail != "certificate_required" {
		t.Errorf("alert %q", failed.Detail)
	}
}

func TestOpenSSLAnswersAndResumes(t *testing.T) {
	authority := newAuthority(t)
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		target := secured(sslServer(t, authority, nil, version, "-www"), authority, nil)
		for i, resumed := range []bool{false, true} {
			c := open(t, new(Dialer), target)
			check(t, c.askForPage())
			if c.ConnectionState().DidResume != resumed {
				t.Errorf("%s: connection %d resumed: %v", version, i+1, !resumed)
			}
			c.Close()
		}
	}
}

// askForPage reads the page s_server -www answers, in HTTP/1.0.
func (c *Channel) askForPage() error {
	if _, err := c.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
		return err
	}
	return c.receive()
}

func TestOpenSSLTicketsAreLetThroughBeforeAReuse(t *testing.T) {
	authority := newAuthority(t)
	target := secured(sslServer(t, authority, nil, "-tls1_3", "-www"), authority, nil)
	pool := pooled(t, 1)
	c := open(t, new(Dialer), target)
	arrived(t, c)
	pool.Put(c)
	if pool.Take(target) != c {
		t.Fatal("refused")
	}
	c.Use(time.Time{})
	check(t, c.askForPage())
}

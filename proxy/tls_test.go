package proxy

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"message-processor/faults"
	"message-processor/tracing"
)

// secure is a TLS target with the certificate of package httptest, which names example.com and 127.0.0.1, and the lines that
// make a gateway trust it.
func secure(t *testing.T, change func(*httptest.Server)) (target *httptest.Server, trusted string) {
	t.Helper()
	target = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
	target.Config.ErrorLog = log.New(io.Discard, "", 0)
	target.TLS = new(tls.Config)
	if change != nil {
		change(target)
	}
	target.StartTLS()
	t.Cleanup(target.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	check(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: target.Certificate().Raw}), 0o600))
	return target, "ca_file: " + file
}

func TestATLSTargetIsUsedAgain(t *testing.T) {
	var connections atomic.Int64
	target, trusted := secure(t, func(s *httptest.Server) {
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
	})
	g := setup{target: target.URL, within: "tls: {" + trusted + "},"}.start(t)
	c := g.dial()
	for use := range 5 {
		c.send(ask)
		if a := c.receive("GET"); a.StatusCode != 200 || a.body != "ok" {
			t.Fatalf("answered %s %q", a.Status, a.body)
		}
		r := g.record()
		if r.Channel.UseCount != use+1 || !r.Channel.Secure || r.Steps[tracing.Handshake].Happened() != (use == 0) {
			t.Errorf("use %d: channel %v, handshake %+v", use+1, r.Channel, r.Steps[tracing.Handshake])
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestHandshakeFaults causes each fault that a TLS handshake can end in, but for the timeout, which needs no network.
func TestHandshakeFaults(t *testing.T) {
	clientCertificate := func(s *httptest.Server) { s.TLS.ClientAuth = tls.RequireAnyClientCert }
	old := func(s *httptest.Server) { s.TLS.MaxVersion = tls.VersionTLS11; s.TLS.MinVersion = tls.VersionTLS10 }
	for _, c := range []struct {
		name   string
		target func(*httptest.Server)
		tls    string
		want   faults.ID
		says   string
	}{
		{"unknown authority", nil, "verify: full", faults.SSLUnknownCA, "unable to find valid certification path"},
		{"another name", nil, "TRUSTED, server_name: other.test", faults.SSLHostnameMismatchDNS, "No subject alternative DNS name matching other.test found."},
		{"client certificate", clientCertificate, "TRUSTED", faults.SSLAlertHandshakeFailure, "Received fatal alert: "},
		{"client certificate before TLS 1_3", clientCertificate, `TRUSTED, max_version: "1.2"`, faults.SSLAlertHandshakeFailure, "Received fatal alert: "},
		{"old version", old, "TRUSTED", faults.SSLAlertHandshakeFailure, "Received fatal alert: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			target, trusted := secure(t, c.target)
			g := setup{target: target.URL, within: "tls: {" + strings.Replace(c.tls, "TRUSTED", trusted, 1) + "},"}.start(t)
			a := g.get("/v1/orders")
			g.faulty(a, c.want)
			if !strings.Contains(a.body, c.says) {
				t.Errorf("body %s", a.body)
			}
		})
	}
}

func TestTargetsThatAreNotTLS(t *testing.T) {
	for name, script := range map[string]func(*peer){
		"speaks plain HTTP": func(p *peer) { p.in.ReadByte(); p.send("HTTP/1.1 400 Bad Request\r\n\r\n") },
		"closes":            func(p *peer) { p.in.ReadByte() },
		"resets":            func(p *peer) { p.in.ReadByte(); resetOnClose(p) },
	} {
		t.Run(name, func(t *testing.T) {
			g := setup{target: "https://" + serve(t, script).address}.start(t)
			g.faultyGet(faults.UnexpectedEOFAtTarget)
		})
	}
}

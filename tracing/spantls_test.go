package tracing

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheServersCertificateIsNamed(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	conn, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "example.com",
		MaxVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.CurveP256}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	state := conn.ConnectionState()
	r := sampleRecord()
	r.TLS = &state
	want := `apigee.message_id=mp1-12575-7-1
server.address=example.com
tls.cipher=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
tls.curve=CurveP256
tls.established=true
tls.protocol.name=tls
tls.protocol.version=1.2
tls.resumed=false
tls.server.issuer=O=Acme Co
tls.server.not_after=2084-01-29T16:00:00Z
tls.server.not_before=1970-01-01T00:00:00Z
tls.server.subject=O=Acme Co`
	if diff := cmp.Diff(want, listed(spansOf(t, r).named(t, "tls handshake").Attributes)); diff != "" {
		t.Error(diff)
	}
}

func TestAHandshakeThatStoppedHalfWayTellsHowFarItCame(t *testing.T) {
	r := stalledRecord()
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13}
	got := attributesOf(spansOf(t, r).named(t, "tls handshake").Attributes)
	if _, cipher := got["tls.cipher"]; cipher || got["tls.protocol.version"] != "1.3" || got["tls.established"] != "false" {
		t.Errorf("attributes %v", got)
	}
}

func TestAPlainTargetHasNoTLSAttributes(t *testing.T) {
	r := sampleRecord()
	r.TLS = nil
	if got := listed(spansOf(t, r).named(t, "tls handshake").Attributes); got != "apigee.message_id=mp1-12575-7-1" {
		t.Errorf("attributes %s", got)
	}
}

func TestCipherNamesAreThoseOfTheLibrary(t *testing.T) {
	for _, suite := range tls.CipherSuites() {
		if got := cipherName(suite.ID); got != suite.Name {
			t.Errorf("%x is %s, want %s", suite.ID, got, suite.Name)
		}
	}
}

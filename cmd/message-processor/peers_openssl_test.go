package main

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sslServer runs `openssl s_server` on a free port and returns its address.
func sslServer(t *testing.T, f files, args ...string) string {
	t.Helper()
	args = append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", f.certificate, "-key", f.key, "-www"}, args...)
	server := beside(t, exec.Command(component(t, "openssl"), args...))
	return server.mustAwait(t, &server.stdout, `ACCEPT (\S+)`)[1]
}

// tlsTarget is one TLS target in a test: what the gateway is told about it, and what becomes of a request.
type tlsTarget struct {
	name    string
	address string // host:port
	tls     string // the settings, in YAML's flow form
	want    tlsAnswer
}

// tlsAnswer is either a page of s_server that holds a text, or a fault.
type tlsAnswer struct {
	page string

	status            int
	code, faultString string
	traceCode         string
	logged            string // the end of the line in system.log
}

// handshakeFailed is the fault of a handshake that came to a bad end.
func handshakeFailed(why string) tlsAnswer {
	const code = "messaging.adaptors.http.flow.SslHandshakeFailed"
	return tlsAnswer{
		status: 503, code: code, traceCode: code, faultString: "SSL Handshake failed " + why,
		logged: "handshake failed, message: " + why,
	}
}

// tlsAlert is the fault of a handshake that the target refused: one text for all alerts, but the log knows better.
func tlsAlert(name string) tlsAnswer {
	answer := handshakeFailed("Received fatal alert: handshake_failure")
	answer.logged = "handshake failed, message: Received fatal alert: " + name
	return answer
}

var (
	unknownCA = handshakeFailed("sun.security.validator.ValidatorException: PKIX path building failed: " +
		"sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target")
	expired = handshakeFailed("sun.security.validator.ValidatorException: PKIX path validation failed: " +
		"java.security.cert.CertPathValidatorException: validity check failed")
	unexpectedEOF = tlsAnswer{
		status: 502, code: "messaging.adaptors.http.flow.UnexpectedEOFAtTarget", faultString: "Unexpected EOF at target",
		traceCode: "messaging.adaptors.http.UnexpectedEOFAtTarget", logged: ".onExceptionRead exception: {}",
	}
	handshakeTimeout = tlsAnswer{
		status: 502, code: "messaging.adaptors.http.flow.BadGateway", faultString: "Bad Gateway",
		traceCode: "messaging.adaptors.http.BadGateway", logged: "handshake timeout",
	}
)

func wrongName(host string) tlsAnswer {
	return handshakeFailed("java.security.cert.CertificateException: " +
		"No subject alternative DNS name matching " + host + " found.")
}

func wrongAddress(address string) tlsAnswer {
	return handshakeFailed("java.security.cert.CertificateException: " +
		"No subject alternative names matching IP address " + address + " found")
}

func ok(page string) tlsAnswer { return tlsAnswer{status: 200, page: page} }

// frontTLS runs a gateway with an API proxy in front of each target.
func frontTLS(t *testing.T, targets []tlsTarget) *process {
	t.Helper()
	var config strings.Builder
	config.WriteString("proxies:\n")
	for _, target := range targets {
		fmt.Fprintf(&config, "  - {name: %[1]s, base_path: /%[1]s, target: {url: 'https://%[2]s/', "+
			"handshake_timeout: %[3]s, tls: {%[4]s}}}\n",
			target.name, target.address, handshakeLimit(target), target.tls)
	}
	return serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), config.String()))
}

// handshakeLimit is short only where it is to run out.
func handshakeLimit(target tlsTarget) time.Duration {
	if target.want.code == handshakeTimeout.code {
		return 300 * time.Millisecond
	}
	return patience
}

// checkTLS asks for each target once.
func checkTLS(t *testing.T, targets []tlsTarget) {
	t.Helper()
	gateway := frontTLS(t, targets)
	for _, target := range targets {
		t.Run(target.name, func(t *testing.T) {
			got := mustGet(t, gateway.gateway+"/"+target.name)
			target.want.check(t, gateway, got)
		})
	}
}

func (a tlsAnswer) check(t *testing.T, gateway *process, got reply) {
	t.Helper()
	if got.status != a.status {
		t.Fatalf("status %d, want %d:\n%.500s", got.status, a.status, got.body)
	}
	if a.status == 200 {
		if !strings.Contains(got.body, a.page) {
			t.Errorf("no %q in\n...%s", a.page, got.body[max(0, len(got.body)-4000):])
		}
		return
	}
	body := fmt.Sprintf(`{"fault":{"faultstring":"%s","detail":{"errorcode":"%s"}}}`, a.faultString, a.code)
	if got.body != body {
		t.Errorf("body\n%s\nwant\n%s", got.body, body)
	}
	if code := got.header.Get("X-Apigee-fault-code"); code != a.traceCode {
		t.Errorf("X-Apigee-fault-code %q, want %q", code, a.traceCode)
	}
	gateway.mustAwait(t, &gateway.stdout, `messageid:`+got.id()+` .* ERROR .*`+regexp.QuoteMeta(a.logged)+`\n`)
}

func TestTargetsOfOpenSSLThatMisbehaveGiveTheirFaults(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	good := ca.good()
	demanding := []string{"-Verify", "1", "-CAfile", ca.caFile, "-verify_return_error"}
	trust := "ca_file: " + ca.caFile
	checkTLS(t, []tlsTarget{
		{"old-version", sslServer(t, good, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"), trust, tlsAlert("protocol_version")},
		{"no-common-cipher", sslServer(t, good, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM"), trust, tlsAlert("handshake_failure")},
		{"no-common-group", sslServer(t, good, "-tls1_3", "-groups", "ffdhe2048"), trust, tlsAlert("handshake_failure")},
		{"expired", sslServer(t, ca.issue("expired", -time.Hour, "127.0.0.1")), trust, expired},
		{"wrong-address", sslServer(t, ca.issue("elsewhere", time.Hour, "elsewhere.test")), trust, wrongAddress("127.0.0.1")},
		{"wrong-name", onLocalhost(sslServer(t, ca.issue("elsewhere", time.Hour, "elsewhere.test"))), trust, wrongName("localhost")},
		{"self-signed", sslServer(t, ca.selfSigned()), trust, unknownCA},
		{"unknown-ca", sslServer(t, newAuthority(t).good()), trust, unknownCA},
		{"expired-and-unknown", sslServer(t, newAuthority(t).issue("expired", -time.Hour, "127.0.0.1")), trust, unknownCA},
		{"client-certificate-1.3", sslServer(t, good, append(demanding, "-tls1_3")...), trust, tlsAlert("certificate_required")},
		{"client-certificate-1.2", sslServer(t, good, append(demanding, "-tls1_2")...), trust, tlsAlert("handshake_failure")},
		{"silent", silentListener(t), trust, handshakeTimeout},
	})
}

// onLocalhost is the same port under the host's name.
func onLocalhost(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }

// silentListener accepts, as far as the kernel does, and says nothing.
func silentListener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestVerificationModesJudgeWhatTheyPromise(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	outdated := sslServer(t, ca.issue("expired", -time.Hour, "127.0.0.1"))
	stranger := sslServer(t, newAuthority(t).good())
	elsewhere := sslServer(t, ca.issue("elsewhere", time.Hour, "elsewhere.test"))
	page := ok("s_server")
	checkTLS(t, []tlsTarget{
		{"full-expired", outdated, "verify: full, ca_file: " + ca.caFile, expired},
		{"full-unknown", stranger, "verify: full, ca_file: " + ca.caFile, unknownCA},
		{"full-without-ca-file", stranger, "verify: full", unknownCA},
		{"full-wrong", elsewhere, "verify: full, ca_file: " + ca.caFile, wrongAddress("127.0.0.1")},
		{"hostname-expired", outdated, "verify: hostname", page},
		{"hostname-unknown", stranger, "verify: hostname", page},
		{"hostname-wrong", elsewhere, "verify: hostname", wrongAddress("127.0.0.1")},
		{"none-expired", outdated, "verify: none", page},
		{"none-unknown", stranger, "verify: none", page},
		{"none-wrong", elsewhere, "verify: none", page},
	})
}

func TestTLSSettingsReachTheTarget(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	good, client, named := ca.good(), ca.issue("client", time.Hour), ca.issue("named", time.Hour, "orders.internal")
	plain := sslServer(t, good)
	old := sslServer(t, good, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
	only12 := sslServer(t, good, "-tls1_2")
	demanding := []string{"-Verify", "1", "-CAfile", ca.caFile, "-verify_return_error"}
	byName := []string{"-servername", "orders.internal", "-cert2", named.certificate, "-key2", named.key}
	trust := "ca_file: " + ca.caFile + ", "
	pair := "certificate_file: " + client.certificate + ", key_file: " + client.key
	checkTLS(t, []tlsTarget{
		{"ca-file", plain, trust, ok("TLSv1.3, Cipher is ")},
		{"certificate-1.3", sslServer(t, good, append(demanding, "-tls1_3")...), trust + pair, ok("CN=client")},
		{"certificate-1.2", sslServer(t, good, append(demanding, "-tls1_2")...), trust + pair, ok("CN=client")},
		{"server-name", sslServer(t, good, byName...), trust + "server_name: orders.internal", ok("s_server")},
		{"server-name-unknown", plain, trust + "server_name: orders.internal", wrongName("orders.internal")},
		{"max-version", plain, trust + `max_version: "1.2"`, ok("TLSv1.2, Cipher is ")},
		{"min-version", only12, trust + `min_version: "1.3"`, tlsAlert("protocol_version")},
		{"version-1.1", old, trust + `min_version: "1.1"`, ok("Protocol  : TLSv1.1")},
		{"cipher", plain, trust + `max_version: "1.2", ciphers: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]`,
			ok("Cipher is ECDHE-ECDSA-CHACHA20-POLY1305")},
		{"other-cipher", sslServer(t, good, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"),
			trust + "ciphers: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]", tlsAlert("handshake_failure")},
		{"curve", sslServer(t, good, "-groups", "P-384"), trust + "curves: [P384]", ok("TLSv1.3, Cipher is ")},
		{"other-curve", sslServer(t, good, "-groups", "P-384"), trust + "curves: [X25519]", tlsAlert("handshake_failure")},
	})
}

func TestTLSSessionsAreResumed(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	server := sslServer(t, ca.good()) // its pages end their connections
	targets := []tlsTarget{
		{"tls13", server, "ca_file: " + ca.caFile, ok("New, TLSv1.3, Cipher is ")},
		{"tls12", server, "ca_file: " + ca.caFile + `, max_version: "1.2"`, ok("New, TLSv1.2, Cipher is ")},
	}
	gateway := frontTLS(t, targets)
	for _, target := range targets {
		target.want.check(t, gateway, mustGet(t, gateway.gateway+"/"+target.name))
		resumed := ok(strings.Replace(target.want.page, "New", "Reused", 1))
		resumed.check(t, gateway, mustGet(t, gateway.gateway+"/"+target.name))
	}
}

// With TLS 1.3 the client's part of the handshake is over before the target has judged the client's certificate. A
// request that is still being sent when the target hangs up must not hide the alert.
func TestAnUploadMeetsTheDemandForACertificate(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	demanding := sslServer(t, ca.good(), "-tls1_3", "-Verify", "1", "-CAfile", ca.caFile, "-verify_return_error")
	target := tlsTarget{"upload", demanding, "ca_file: " + ca.caFile, tlsAlert("certificate_required")}
	gateway := frontTLS(t, []tlsTarget{target})
	got, err := send(http.MethodPost, gateway.gateway+"/upload", strings.NewReader(strings.Repeat("x", 5_000_000)))
	if err != nil {
		t.Fatal(err)
	}
	target.want.check(t, gateway, got)
}

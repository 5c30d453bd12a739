package verdict_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"message-processor/faults/verdict"
)

// backend is evidence about an attempt that reached the given phase.
func backend(phase, cause, detail string) verdict.Evidence {
	return verdict.Evidence{Target: "orders.example.com:443", Address: "203.0.113.7:443", Secure: true,
		Phase: phase, Cause: cause, Detail: detail,
		Steps: verdict.Steps{Lookup: 3 * time.Millisecond, Connect: 12 * time.Millisecond}}
}

// stuck is the handshake timeout of the playbook, with what the kernel counted.
func stuck(tcp verdict.TCP) verdict.Evidence {
	e := backend("tls handshake", "timeout", "")
	e.Steps.Handshake, e.Timeout, e.TCP = 55221*time.Millisecond, 55*time.Second, tcp
	return e
}

func with(e verdict.Evidence, change func(*verdict.Evidence)) verdict.Evidence {
	change(&e)
	return e
}

var (
	swallowed    = verdict.TCP{Known: true, Unacked: 1, Retransmits: 7, TotalRetransmits: 7, BytesAcked: 1, BytesSent: 4136, SegsIn: 1}
	acknowledged = verdict.TCP{Known: true, BytesAcked: 518, BytesSent: 517, SegsIn: 2}
)

type judgement struct {
	name     string
	evidence verdict.Evidence
	want     verdict.ID
	says     []string // pieces of summary, evidence or next step
}

var judgements = []judgement{
	{"a handshake that times out with its ClientHello unacknowledged", stuck(swallowed), verdict.FirewallDropsData,
		[]string{"was never acknowledged", "55.2 s", "set to 55 s", "1 segment not acknowledged, 7 retransmissions", "0 bytes acknowledged", "tcpdump -i any -s 0 host 203.0.113.7"}},
	{"the same with its size known and a SYN that was repeated", with(stuck(swallowed), func(e *verdict.Evidence) {
		e.Handshake, e.Steps.Connect = verdict.Bytes{Known: true, Sent: 517}, 1010*time.Millisecond
		e.TCP.TotalRetransmits = 8
	}), verdict.FirewallDropsData, []string{"(517 bytes, sent 8 times) was never acknowledged"}},
	{"the same seen in a capture", with(stuck(verdict.TCP{}), func(e *verdict.Evidence) {
		e.Handshake = verdict.Bytes{Known: true, Sent: 517}
	}), verdict.FirewallDropsData, []string{"517 bytes were sent, 0 of them acknowledged, and 0 bytes received"}},
	{"a large ClientHello of which only the first segment arrives", stuck(verdict.TCP{Known: true, Unacked: 1, Retransmits: 6, BytesAcked: 1449}),
		verdict.FirewallDropsData, []string{"1448 bytes acknowledged"}},
	{"a handshake given up while its ClientHello is under way", with(stuck(verdict.TCP{Known: true, Unacked: 1, BytesAcked: 1}), func(e *verdict.Evidence) {
		e.Handshake = verdict.Bytes{Known: true, Sent: 517}
	}), verdict.Inconclusive, []string{"too early"}},
	{"a handshake that times out although its ClientHello was acknowledged", stuck(acknowledged), verdict.BackendSilent,
		[]string{"acknowledged it, but did not answer within 55 s", "517 bytes acknowledged", "owners of the backend"}},
	{"the same seen in a capture", with(stuck(verdict.TCP{}), func(e *verdict.Evidence) {
		e.Handshake = verdict.Bytes{Known: true, Sent: 517, Acked: 517}
	}), verdict.BackendSilent, nil},
	{"segments lost and repaired on the way to a silent backend", stuck(verdict.TCP{Known: true, TotalRetransmits: 2, BytesAcked: 518}),
		verdict.BackendSilent, []string{"(2 in all)"}},
	{"a handshake that stalls after the ServerHello", with(stuck(acknowledged), func(e *verdict.Evidence) { e.HandshakeAnswered = true }),
		verdict.BackendSlow, []string{"began the TLS handshake but did not finish"}},
	{"a handshake timeout without the kernel's counters", stuck(verdict.TCP{}), verdict.Inconclusive, []string{"capture"}},
	{"a handshake ended by the deadline of the whole call", with(stuck(acknowledged), func(e *verdict.Evidence) {
		e.Cause, e.Steps.Handshake = "budget", 2*time.Second
	}), verdict.BackendSilent, []string{"did not answer within 2 s"}},

	{"a name without address", with(backend("dns", "not resolved", ""), noAddress), verdict.NameNotResolved, []string{"orders.example.com has no address"}},
	{"a name server that does not answer", with(backend("dns", "timeout", ""), noAddress), verdict.NameNotResolved, []string{"could not be looked up in time"}},
	{"a refused connection", backend("connect", "refused", ""), verdict.ConnectionRefused, nil},
	{"a SYN answered by RST late", backend("connect", "reset", ""), verdict.ConnectionRefused, nil},
	{"a SYN nobody answers", backend("connect", "timeout", ""), verdict.ConnectionFiltered, []string{"allow list"}},
	{"an address without a way to it", backend("connect", "unreachable", ""), verdict.NoRoute, []string{"ip route get 203.0.113.7"}},
	{"a failed connection of unknown cause", backend("connect", "unknown", ""), verdict.Inconclusive, nil},

	{"an answer that is not TLS", backend("tls handshake", "not tls", ""), verdict.NotTLS, nil},
	{"a backend that closes in the handshake", backend("tls handshake", "closed", ""), verdict.ClosedInHandshake, nil},
	{"a backend that resets in the handshake", backend("tls handshake", "reset", ""), verdict.ResetInHandshake, nil},
	{"the alert protocol_version", backend("tls handshake", "alert", "protocol_version"), verdict.TLSVersionMismatch, nil},
	{"the alert handshake_failure", backend("tls handshake", "alert", "handshake_failure"), verdict.TLSCipherMismatch, nil},
	{"the alert insufficient_security", backend("tls handshake", "alert", "insufficient_security"), verdict.TLSCipherMismatch, nil},
	{"handshake_failure after a certificate was asked for", with(backend("tls handshake", "alert", "handshake_failure"), func(e *verdict.Evidence) { e.CertificateRequested = true }),
		verdict.ClientCertificateRequired, nil},
	{"the alert bad_certificate", backend("tls handshake", "alert", "bad_certificate"), verdict.ClientCertificateRequired, []string{"bad_certificate"}},
	{"TLS 1.3's alert after the handshake", backend("wait", "alert", "certificate_required"), verdict.ClientCertificateRequired, nil},
	{"the alert unrecognized_name", backend("tls handshake", "alert", "unrecognized_name"), verdict.ClosedInHandshake, []string{"unrecognized_name"}},
	{"a version we refuse", backend("tls handshake", "tls failure", "server selected unsupported protocol version 301"), verdict.TLSVersionMismatch, nil},
	{"a cipher suite we refuse", backend("tls handshake", "tls failure", "server chose an unconfigured cipher suite"), verdict.TLSCipherMismatch, nil},
	{"any other failure of TLS", backend("tls handshake", "tls failure", "unexpected message"), verdict.Inconclusive, []string{"unexpected message"}},
	{"an untrusted chain", backend("tls handshake", "untrusted certificate", ""), verdict.CertificateUntrusted, []string{"ca_file"}},
	{"an expired certificate", backend("tls handshake", "expired certificate", ""), verdict.CertificateExpired, nil},
	{"a certificate for another name", backend("tls handshake", "wrong name", "orders.example.com"), verdict.CertificateWrongName, []string{"another name than orders.example.com"}},
	{"a certificate without the address", backend("tls handshake", "wrong address", "203.0.113.7"), verdict.CertificateWrongName, nil},

	{"a kept connection the backend has closed", with(backend("wait", "closed", ""), reused), verdict.StaleConnection, []string{"keepalive_timeout", "exchange number 4"}},
	{"the same noticed while sending", with(backend("send", "reset", ""), reused), verdict.StaleConnection, nil},
	{"a new connection closed without an answer", backend("wait", "closed", ""), verdict.ClosedBeforeResponse, nil},
	{"a kept connection closed within the head", with(backend("wait", "closed", ""), func(e *verdict.Evidence) {
		reused(e)
		e.BytesRead = 17
	}), verdict.ClosedBeforeResponse, []string{"the answer: 17 bytes read"}},
	{"a connection closed within the answer", with(backend("receive", "closed", ""), reused), verdict.ClosedInResponse, nil},
	{"a backend that does not answer the request", with(backend("wait", "timeout", ""), func(e *verdict.Evidence) {
		e.Steps.Wait, e.BytesWritten, e.TCP = 55*time.Second, 412, acknowledged
	}), verdict.ResponseSilent, []string{"The request: 412 bytes written", "within 55 s"}},
	{"a request that is never acknowledged", with(backend("wait", "timeout", ""), func(e *verdict.Evidence) { e.TCP = swallowed }), verdict.FirewallDropsData, []string{"the request was never"}},
	{"an answer that stops half way", backend("receive", "timeout", ""), verdict.BackendSlow, []string{"sent nothing more"}},
	{"a backend that does not read", backend("send", "timeout", ""), verdict.BackendSlow, []string{"stopped taking the request"}},
	{"an answer against the rules", with(backend("receive", "", "Received 405 Response without Allow Header"), func(e *verdict.Evidence) { e.BytesRead = 90 }),
		verdict.Inconclusive, []string{"not with an answer that can be passed on: Received 405"}},

	{"a plain request to a port of another protocol", with(backend("receive", "malformed", "no status line"), func(e *verdict.Evidence) { e.BytesRead, e.Secure = 7, false }),
		verdict.Inconclusive, []string{"not in HTTP", "https"}},

	{"a forward proxy that refuses the tunnel", through("refused", "403 Forbidden"), verdict.Inconclusive,
		[]string{"forward proxy proxy.example.com:3128 refused a tunnel to orders.example.com:443: 403 Forbidden", "allow CONNECT"}},
	{"a forward proxy that wants credentials", through("refused", "407 Proxy Authentication Required"), verdict.Inconclusive, []string{"user name and password"}},
	{"a forward proxy that cannot reach the backend", through("refused", "502 Bad Gateway"), verdict.Inconclusive, []string{"could not reach the backend"}},
	{"a forward proxy that refuses for reasons of its own", with(through("", "418 Teapot"), func(e *verdict.Evidence) { e.Proxy = "" }),
		verdict.Inconclusive, []string{"203.0.113.7:443 refused", "its log has the reason"}},
	{"a forward proxy that does not answer", with(through("timeout", ""), func(e *verdict.Evidence) { e.Timeout, e.TCP = 3*time.Second, acknowledged }),
		verdict.ResponseSilent, []string{"forward proxy proxy.example.com:3128 took the CONNECT and did not answer within 3 s"}},
	{"a forward proxy behind a firewall", with(through("timeout", ""), func(e *verdict.Evidence) { e.TCP = swallowed }),
		verdict.FirewallDropsData, []string{"the CONNECT to the forward proxy"}},
	{"a forward proxy that hangs up", through("closed", ""), verdict.ClosedBeforeResponse, []string{"ended the connection without answering the CONNECT"}},
	{"a tunnel nothing is known about", verdict.Evidence{Phase: "tunnel", Cause: "refused"}, verdict.Inconclusive, []string{"a tunnel to the backend"}},

	{"a fault before any backend", verdict.Evidence{Phase: "proxy", Detail: "Unable to identify proxy"}, verdict.Inconclusive, []string{"before a backend was contacted: Unable"}},
	{"words nobody knows", backend("tea", "cold", ""), verdict.Inconclusive, nil},

	{"a good exchange", with(backend("", "", ""), func(e *verdict.Evidence) { e.Status = 200 }), verdict.Healthy, []string{"Nothing is wrong on the way to orders.example.com:443 (203.0.113.7:443)", "status 200"}},
	{"a backend's own error", with(backend("", "", ""), func(e *verdict.Evidence) { e.Status = 503 }), verdict.Healthy, []string{"the backend's own answer"}},
	{"a handshake that is slow but succeeds", with(backend("", "", ""), func(e *verdict.Evidence) { e.Steps.Handshake = 21 * time.Second }), verdict.BackendSlow, []string{"took 21 s for the TLS handshake"}},
	{"a handshake that takes long but not too long", with(backend("", "", ""), func(e *verdict.Evidence) { e.Steps.Handshake = 1400 * time.Millisecond }), verdict.Healthy, []string{"1.4 s is long for a TLS handshake"}},
	{"an answer that is slow but comes", with(backend("", "", ""), func(e *verdict.Evidence) { e.Steps.Wait = 12 * time.Second }), verdict.BackendSlow, []string{"12 s"}},
	{"nothing known at all", verdict.Evidence{}, verdict.Healthy, []string{"the backend"}},
}

// through is evidence about a CONNECT to a forward proxy.
func through(cause, detail string) verdict.Evidence {
	e := backend("tunnel", cause, detail)
	e.Proxy, e.Steps.Tunnel = "proxy.example.com:3128", 3*time.Second
	return e
}

func noAddress(e *verdict.Evidence) { e.Address, e.Steps.Connect = "", 0 }

func reused(e *verdict.Evidence) { e.Reused, e.UseCount = true, 4 }

func TestTheEvidenceDecides(t *testing.T) {
	for _, test := range judgements {
		got := verdict.Judge(test.evidence)
		if got.ID != test.want {
			t.Errorf("%s: %s, want %s\n%s", test.name, got.ID, test.want, got.Summary)
		}
		all := strings.Join(append([]string{got.Summary, got.NextStep}, got.Evidence...), "\n")
		for _, piece := range test.says {
			if !strings.Contains(all, piece) {
				t.Errorf("%s: does not say %q:\n%s", test.name, piece, all)
			}
		}
	}
}

func TestEveryVerdictIsReached(t *testing.T) {
	for _, id := range verdict.IDs() {
		if !slices.ContainsFunc(judgements, func(j judgement) bool { return j.want == id }) {
			t.Errorf("no evidence leads to %s", id)
		}
	}
}

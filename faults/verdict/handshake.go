package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// handshake judges a failure between the TCP connection and the end of the TLS handshake.
func (e *Evidence) handshake() Verdict {
	switch {
	case e.timedOut():
		return e.handshakeTimeout()
	case e.Cause == causeAlert:
		return e.alert()
	case e.Cause == causeClosed:
		return Verdict{ID: ClosedInHandshake,
			Summary:  e.peer() + " closed the connection during the TLS handshake.",
			NextStep: "Ask the owners of the backend whether this port speaks TLS, and whether a load balancer in front of it has no healthy server or does not allow the gateway's address."}
	case e.Cause == causeReset:
		return Verdict{ID: ResetInHandshake,
			Summary:  e.peer() + " reset the connection during the TLS handshake.",
			NextStep: "Ask the network team whether a firewall inspects TLS on this way and resets what it does not allow; a backend that crashes or whose queue overflows looks the same."}
	case e.Cause == causeNotTLS:
		return Verdict{ID: NotTLS,
			Summary:  e.peer() + " answered the TLS handshake with something that is not TLS.",
			NextStep: "Check scheme and port of the target's URL: https to a plain port answers like this. Or switch TLS on at the backend."}
	case e.Cause == causeTLSFailure:
		return e.tlsFailure()
	}
	return e.certificate()
}

// handshakeTimeout tells a firewall from a silent backend, which only the counters of TCP can.
func (e *Evidence) handshakeTimeout() Verdict {
	switch {
	case e.HandshakeAnswered, e.Handshake.Received > 0:
		return Verdict{ID: BackendSlow,
			Summary:  e.peer() + " began the TLS handshake but did not finish it within " + Lasting(e.limit()) + ".",
			NextStep: "Ask the owners of the backend what stops its TLS handshake half way: load, or a revocation check that waits for another server. If its later packets are missing in a capture on this side, ask the network team about lost or oversized packets (path MTU)."}
	case e.TCP.underWay():
		return Verdict{ID: Inconclusive,
			Summary:  "The TLS handshake with " + e.peer() + " was given up after " + Lasting(e.limit()) + ", too early for the acknowledgement of the ClientHello to be missed.",
			NextStep: "Try again with a handshake timeout of a second or more: by then the kernel has sent again what was not acknowledged."}
	case e.Handshake.Known && e.Handshake.Acked < e.Handshake.Sent, !e.Handshake.Known && e.TCP.stuck():
		return e.dropped("the TLS ClientHello" + e.often())
	case e.Handshake.Known && e.Handshake.Sent > 0, e.TCP.Known && e.TCP.ackedBytes() > 0:
		return Verdict{ID: BackendSilent,
			Summary:  e.peer() + " received the TLS ClientHello and acknowledged it, but did not answer within " + Lasting(e.limit()) + ".",
			NextStep: "The network delivers. Ask the owners of the backend why the process behind this port does not answer TLS: it hangs, is out of threads, speaks no TLS on this port, or a load balancer accepted the connection in its place. A probe with a longer --handshake-timeout tells whether it would answer later."}
	}
	return Verdict{ID: Inconclusive,
		Summary:  "The TLS handshake with " + e.peer() + " did not finish within " + Lasting(e.limit()) + ", and without the kernel's TCP counters a firewall cannot be told from a silent backend.",
		NextStep: "Capture on the gateway's machine while it fails (\"message-processor capture --host " + ipOf(e.address()) + " -w handshake.pcapng\"): if the ClientHello is sent again and again, ask the network team, else the owners of the backend."}
}

// dropped is the playbook's firewall: TCP gets through, payload does not.
func (e *Evidence) dropped(what string) Verdict {
	ip := ipOf(e.address())
	return Verdict{ID: FirewallDropsData,
		Summary:  "The TCP connection to " + e.peer() + " was established, but " + what + " was never acknowledged: something on the way drops data.",
		NextStep: "Ask the network team for a firewall, IPS or proxy between the gateway and " + e.address() + " that lets the TCP handshake through and drops payload. Proof: capture on both ends at once (tcpdump -i any -s 0 host " + ip + " -w FILE); the data leaves here repeatedly and never arrives there."}
}

// often says how large the ClientHello was and how often it went out. A SYN that was repeated counts in the total, and
// a connection that took its time had such ones.
func (e *Evidence) often() string {
	again := max(e.TCP.Retransmits, e.TCP.TotalRetransmits)
	if e.Steps.Connect >= time.Second {
		again = e.TCP.Retransmits
	}
	switch {
	case again == 0:
		return ""
	case e.Handshake.Sent == 0:
		return fmt.Sprintf(" (sent %d times)", again+1)
	}
	return fmt.Sprintf(" (%d bytes, sent %d times)", e.Handshake.Sent, again+1)
}

// Alerts about our certificate. TLS 1.3 backends send theirs after the handshake.
var certificateAlerts = []string{"certificate_required", "no_certificate", "bad_certificate", "unsupported_certificate",
	"certificate_revoked", "certificate_expired", "certificate_unknown", "unknown_ca", "access_denied"}

// alert judges a fatal alert of the backend by its name.
func (e *Evidence) alert() Verdict {
	switch {
	case slices.Contains(certificateAlerts, e.Detail), e.CertificateRequested && e.Detail == "handshake_failure":
		return Verdict{ID: ClientCertificateRequired,
			Summary:  e.peer() + " refused the client certificate, or the lack of one, with the alert " + e.Detail + ".",
			NextStep: "Ask the owners of the backend which client certificates it accepts, and configure certificate_file and key_file of the target accordingly."}
	case e.Detail == "protocol_version":
		return e.versionMismatch()
	case e.Detail == "handshake_failure", e.Detail == "insufficient_security":
		return e.cipherMismatch()
	}
	return Verdict{ID: ClosedInHandshake,
		Summary:  e.peer() + " ended TLS with the alert " + orUnknown(e.Detail) + ".",
		NextStep: "Ask the owners of the backend what its TLS log says about this alert; unrecognized_name means that it does not serve the name it was asked for (server_name of the target)."}
}

// tlsFailure is our own side's judgement of what the backend sent.
func (e *Evidence) tlsFailure() Verdict {
	switch {
	case strings.Contains(e.Detail, "version"):
		return e.versionMismatch()
	case strings.Contains(e.Detail, "cipher"):
		return e.cipherMismatch()
	}
	return e.elsewhere()
}

func (e *Evidence) versionMismatch() Verdict {
	return Verdict{ID: TLSVersionMismatch,
		Summary:  "The gateway and " + e.peer() + " have no TLS version in common.",
		NextStep: "Compare min_version and max_version of the target with what the backend offers (openssl s_client -connect " + e.address() + " -tls1_2), and update the older side."}
}

func (e *Evidence) cipherMismatch() Verdict {
	return Verdict{ID: TLSCipherMismatch,
		Summary:  "The gateway and " + e.peer() + " have no cipher suite, or no key exchange, in common" + because(e.Detail) + ".",
		NextStep: "Compare ciphers and curves of the target with what the backend allows. A backend that wants a client certificate can send the same alert."}
}

// certificate judges the certificate that the backend showed.
func (e *Evidence) certificate() Verdict {
	switch e.Cause {
	case causeUntrusted:
		return Verdict{ID: CertificateUntrusted,
			Summary:  "The certificate of " + e.peer() + " does not lead to a root the gateway trusts.",
			NextStep: "Put the issuing root into ca_file of the target; if the backend leaves out the intermediate certificates, its owners must add them."}
	case causeExpired:
		return Verdict{ID: CertificateExpired,
			Summary:  "A certificate of " + e.peer() + " is expired or not yet valid.",
			NextStep: "Ask the owners of the backend to renew it, and compare the clock of the gateway's machine."}
	case causeWrongName, causeWrongIP:
		return Verdict{ID: CertificateWrongName,
			Summary:  "The certificate of " + e.peer() + " was issued for another name than " + orUnknown(e.Detail) + ".",
			NextStep: "Use a name that the certificate holds in the target's URL or as its server_name, or ask the owners of the backend for a certificate that names this one."}
	}
	return e.elsewhere()
}

package tracing

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"
)

// tlsAttributes tell how the handshake went, as far as it came.
func (w *renderer) tlsAttributes() {
	state := w.record.TLS
	if state == nil {
		return
	}
	w.flag("tls.established", state.HandshakeComplete)
	w.str("server.address", state.ServerName) // the name asked for; tls.client.server_name is deprecated in its favour
	if state.Version == 0 {
		return // nothing came from the target
	}
	w.str("tls.protocol.name", "tls")
	w.str("tls.protocol.version", strings.TrimPrefix(tls.VersionName(state.Version), "TLS "))
	if state.CipherSuite != 0 {
		w.str("tls.cipher", cipherName(state.CipherSuite))
	}
	if state.CurveID != 0 {
		w.str("tls.curve", state.CurveID.String())
	}
	w.str("tls.next_protocol", state.NegotiatedProtocol)
	w.flag("tls.resumed", state.DidResume)
	if len(state.PeerCertificates) > 0 {
		w.certificateAttributes(state.PeerCertificates[0])
	}
}

// cipherName is tls.CipherSuiteName, which allocates, with a short cut for TLS 1.3.
func cipherName(id uint16) string {
	switch id {
	case tls.TLS_AES_128_GCM_SHA256:
		return "TLS_AES_128_GCM_SHA256"
	case tls.TLS_AES_256_GCM_SHA384:
		return "TLS_AES_256_GCM_SHA384"
	case tls.TLS_CHACHA20_POLY1305_SHA256:
		return "TLS_CHACHA20_POLY1305_SHA256"
	}
	return tls.CipherSuiteName(id)
}

func (w *renderer) certificateAttributes(c *x509.Certificate) {
	w.str("tls.server.subject", c.Subject.String())
	w.str("tls.server.issuer", c.Issuer.String())
	w.scratch = c.NotBefore.UTC().AppendFormat(w.scratch[:0], time.RFC3339)
	w.text("tls.server.not_before", w.scratch)
	w.scratch = c.NotAfter.UTC().AppendFormat(w.scratch[:0], time.RFC3339)
	w.text("tls.server.not_after", w.scratch)
}

// kernelAttributes are the evidence that tells a firewall which swallows our data from a target that is silent. What
// counts as retransmitted is what a capture would show, probes of the tail included.
func (w *renderer) kernelAttributes() {
	info := w.record.Channel.TCP
	if info == nil {
		return
	}
	w.num("apigee.tcp.unacked", int64(info.Unacked))
	w.num("apigee.tcp.retransmits", int64(info.TotalRetransmits))
	w.num("apigee.tcp.bytes_acked", int64(info.BytesAcked))
}

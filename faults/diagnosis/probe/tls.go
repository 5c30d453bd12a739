package probe

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"message-processor/faults/diagnosis/witness"
	"message-processor/proxy/channel"
)

// What is kept of a peer's certificates is bounded, because the peer chooses how many it sends.
const mostCertificates = 10

// TLS is how far a handshake came.
type TLS struct {
	Version     string `json:"version"` // "TLS 1.3", "" if it was not agreed on
	Cipher      string `json:"cipher"`
	KeyExchange string `json:"key_exchange"`
	ServerName  string `json:"server_name"`
	Complete    bool   `json:"complete"`
	// StoppedAfter is the last thing a handshake that did not complete has seen.
	StoppedAfter               string        `json:"stopped_after,omitempty"`
	SentBytes                  int64         `json:"sent_bytes"`     // TLS records, each byte once
	ReceivedBytes              int64         `json:"received_bytes"` // TLS records
	ClientCertificateRequested bool          `json:"client_certificate_requested"`
	Certificates               []Certificate `json:"certificates"` // the peer's own first; never nil
}

// Certificate is one of the chain that the peer has shown. Its texts are printable.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"` // DNS names and addresses
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	DaysLeft  int       `json:"days_left"` // whole days, below zero if it has ended
}

func describe(c *channel.Channel, complete bool) *TLS {
	d := &TLS{Complete: complete, ClientCertificateRequested: c.CertificateRequested(), Certificates: []Certificate{}}
	d.SentBytes, d.ReceivedBytes = c.Records()
	if state := c.ConnectionState(); state != nil {
		d.take(state)
	}
	if !complete {
		d.StoppedAfter = d.stopped()
	}
	return d
}

func (d *TLS) take(state *tls.ConnectionState) {
	d.ServerName = state.ServerName
	if state.Version != 0 {
		d.Version = tls.VersionName(state.Version)
	}
	if state.CipherSuite != 0 {
		d.Cipher = tls.CipherSuiteName(state.CipherSuite)
	}
	if state.CurveID != 0 {
		d.KeyExchange = state.CurveID.String()
	}
	for _, c := range state.PeerCertificates[:min(len(state.PeerCertificates), mostCertificates)] {
		d.Certificates = append(d.Certificates, certificate(c, time.Now()))
	}
}

func (d *TLS) stopped() string {
	switch {
	case len(d.Certificates) > 0:
		return "certificate"
	case d.Version != "":
		return "ServerHello"
	case d.ReceivedBytes > 0:
		return "first bytes of an answer"
	}
	return "ClientHello"
}

func certificate(c *x509.Certificate, now time.Time) Certificate {
	return Certificate{
		Subject: clean(c.Subject.String()), Issuer: clean(c.Issuer.String()), Names: namesOf(c),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, DaysLeft: daysLeft(c.NotAfter.Sub(now)),
	}
}

// daysLeft rounds down: a certificate that ended an hour ago has -1 days left.
func daysLeft(left time.Duration) int {
	const day = 24 * time.Hour
	days := int(left / day)
	if left < 0 {
		days--
	}
	return days
}

func namesOf(c *x509.Certificate) []string {
	names := witness.Names(c)
	for i := range names {
		names[i] = clean(names[i])
	}
	return names
}

package witness

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// Connection fills in what is known of a connection, failed or not. A Snapshot that was taken at a failure holds the
// kernel's counters, which tell a firewall from a silent backend.
func Connection(e *verdict.Evidence, s channel.Snapshot) {
	e.Secure, e.UseCount = s.Secure, s.UseCount
	e.BytesRead, e.BytesWritten = s.BytesRead, s.BytesWritten
	e.HandshakeAnswered, e.CertificateRequested = s.RecordsReceived > 0, s.CertificateRequested
	if s.Name != e.Target {
		e.Proxy = s.Name // a forward proxy is the peer of a connection, and not its target
	}
	if s.Remote.IsValid() {
		e.Address = s.Remote.String()
	}
	if t := s.TCP; t != nil {
		e.TCP = verdict.TCP{Known: true, Unacked: t.Unacked, Retransmits: t.Retransmits,
			TotalRetransmits: t.TotalRetransmits, BytesAcked: t.BytesAcked, BytesSent: t.BytesSent, SegsIn: t.SegsIn}
	}
}

// Failure fills in, after Connection and with its Snapshot, where and why an exchange failed under the timers t. Of a
// failed handshake it tells how far that came: state is what the Channel knows of it, nil if nothing.
func Failure(e *verdict.Evidence, s channel.Snapshot, failed *channel.Error, t channel.Timeouts, state *tls.ConnectionState) {
	e.Phase, e.Cause, e.Detail = string(failed.Phase), string(failed.Cause), failed.Detail
	e.Timeout = Timer(failed.Phase, t)
	if failed.Phase != channel.Handshake {
		return
	}
	if e.TCP.Known && s.RecordsSent > 0 && stopped(failed.Cause) {
		acked := min(int64(max(e.TCP.BytesAcked, 1)-1), s.RecordsSent) // the SYN counts as one
		e.Handshake = verdict.Bytes{Known: true, Sent: s.RecordsSent, Acked: acked, Received: s.RecordsReceived}
	}
	if state != nil {
		e.Certificates = certificates(state.PeerCertificates)
	}
}

// Timer is the one that watches over a phase.
func Timer(p channel.Phase, t channel.Timeouts) time.Duration {
	switch p {
	case channel.Lookup, channel.Connect:
		return t.Connect
	case channel.Handshake:
		return t.Handshake
	}
	return t.IO
}

// stopped tells whether the handshake broke off, in contrast to one that was refused. Only then does it matter what was
// acknowledged: to what is refused, the kernel may not have had the time to say anything.
func stopped(c channel.Cause) bool {
	switch c {
	case channel.Timeout, channel.Budget, channel.Canceled, channel.Closed, channel.Reset:
		return true
	}
	return false
}

// What is taken of a peer's certificates is bounded, because the peer chooses how many it sends and what is in them.
const (
	mostCertificates = 4 // as many as a verdict tells of
	mostNames        = 50
)

func certificates(shown []*x509.Certificate) (list []verdict.Certificate) {
	for _, c := range shown[:min(len(shown), mostCertificates)] {
		list = append(list, verdict.Certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: Names(c),
			NotBefore: c.NotBefore, NotAfter: c.NotAfter})
	}
	return list
}

// Names are the first DNS names and addresses that a certificate is for, each once, as the peer wrote them. They are
// never nil.
func Names(c *x509.Certificate) []string {
	list := make([]string, 0, min(len(c.DNSNames)+len(c.IPAddresses), mostNames))
	seen := make(map[string]bool, cap(list))
	add := func(name string) {
		if len(list) < mostNames && !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	for _, name := range c.DNSNames {
		add(name)
	}
	for _, address := range c.IPAddresses {
		add(address.String())
	}
	return list
}

package channel

import (
	"crypto/tls"
	"crypto/x509"
)

// Verify is how much of the target's certificate is judged.
type Verify string

const (
	VerifyFull     Verify = "full"     // chain, validity and name; also what an unknown value means
	VerifyHostname Verify = "hostname" // the name only: what the original does without a truststore
	VerifyNone     Verify = "none"     // nothing
)

// TLS are the settings toward one target.
type TLS struct {
	Verify  Verify
	RootCAs *x509.CertPool // nil: the system's
	// CADigest stands for the content of RootCAs in Target.Key. Without it every
	// RootCAs value counts as different from any other.
	CADigest     string
	Certificates []tls.Certificate // offered when the target asks for one
	ServerName   string            // "": the target's host
	MinVersion   uint16            // 0: Go's default
	MaxVersion   uint16            // 0: Go's default
	CipherSuites []uint16          // up to TLS 1.2 only; nil: Go's default
	Curves       []tls.CurveID     // nil: Go's default
}

// config is the only place where settings become a *tls.Config.
//
// InsecureSkipVerify switches off Go's verification because ours replaces it:
// Go's cannot be told to check only the name, and it reports an expired
// certificate of an unknown authority as expired where the original calls it
// untrusted.
//
// The session cache belongs to the target, so a session is only ever resumed
// toward a peer that the same rules have accepted. One entry is enough: there is
// one server name.
func (s *TLS) config(host string) *tls.Config {
	name := s.serverName(host)
	judge := judgement{mode: s.Verify, roots: s.RootCAs, name: name}
	return &tls.Config{
		ServerName:           name, // crypto/tls sends no SNI when this is an IP literal
		NextProtos:           []string{"http/1.1"},
		GetClientCertificate: certificateFor(s.Certificates),
		MinVersion:           s.MinVersion,
		MaxVersion:           s.MaxVersion,
		CipherSuites:         s.CipherSuites,
		CurvePreferences:     s.Curves,
		ClientSessionCache:   tls.NewLRUClientSessionCache(1),
		InsecureSkipVerify:   true,
		VerifyConnection:     judge.connection,
	}
}

// withKeyLog is a target's configuration as this Dialer uses it.
func (d *Dialer) withKeyLog(c *tls.Config) *tls.Config {
	if d.KeyLog == nil {
		return c
	}
	c = c.Clone() // shares the session cache
	c.KeyLogWriter = d.KeyLog
	return c
}

func (s *TLS) serverName(host string) string {
	if s.ServerName != "" {
		return s.ServerName
	}
	return host
}

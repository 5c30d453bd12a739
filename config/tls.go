package config

import (
	"crypto/tls"
	"crypto/x509"
)

// TLS is how a target is verified and spoken to.
type TLS struct {
	// Verify is full, hostname (the name only, what the original does without a truststore) or none.
	Verify       string
	RootCAs      *x509.CertPool    // nil: the system's
	CADigest     string            // SHA-256 of the CA file in hex; "" with the system's roots
	Certificates []tls.Certificate // none or one
	ServerName   string            // "": the target's host
	MinVersion   uint16            // tls.VersionTLS10 to tls.VersionTLS13
	MaxVersion   uint16            // not below MinVersion
	CipherSuites []uint16          // for TLS 1.0 to 1.2; nil: Go's choice
	Curves       []tls.CurveID     // nil: Go's choice
}

func standardTLS() TLS {
	return TLS{Verify: "full", MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13}
}

func verifyRule() rule { return oneOf("full", "hostname", "none") }

// forTarget is what a target without tls settings gets.
func (t TLS) forTarget(secure bool) TLS {
	if !secure {
		return TLS{}
	}
	return t
}

// decodeDefaults takes what makes sense for all targets at once.
func (t *TLS) decodeDefaults(v value) {
	v.mapping(t.trustFields())
	t.warnOfUnusedAuthority(v)
}

func (t *TLS) trustFields() []field {
	return []field{
		{"verify", text(&t.Verify, verifyRule())},
		{"ca_file", t.decodeAuthority},
	}
}

func (t *TLS) decode(v value) {
	var pair keyPair
	v.mapping(append(t.trustFields(),
		field{"certificate_file", pair.readCertificate},
		field{"key_file", pair.readKey},
		field{"server_name", text(&t.ServerName, serverNameRule)},
		field{"min_version", version(&t.MinVersion)},
		field{"max_version", version(&t.MaxVersion)},
		field{"ciphers", list(&t.CipherSuites, cipherSuite)},
		field{"curves", list(&t.Curves, curve)},
	))
	t.Certificates = pair.join(v)
	t.checkVersions(v)
	t.warnOfUnusedAuthority(v)
}

func (t *TLS) checkVersions(v value) {
	// An unset max_version is the highest there is, so it is max_version that was given too low.
	if at, _ := v.at("max_version"); t.MinVersion > t.MaxVersion {
		at.refuse("min_version up to max_version", "min_version %s is above max_version %s",
			versionName(t.MinVersion), versionName(t.MaxVersion))
	}
}

// warnOfUnusedAuthority speaks up when one place asks for a CA and for not using it.
func (t *TLS) warnOfUnusedAuthority(v value) {
	at, hasCA := v.at("ca_file")
	_, hasVerify := v.at("verify")
	if hasCA && hasVerify && t.RootCAs != nil && t.Verify != "full" {
		at.warn("has no effect with verify: %s, which looks at no certificate authority", t.Verify)
	}
}

// serverNameRule leaves out IP addresses less than hostRule does: none goes into SNI, but it can be verified.
var serverNameRule = rule{hostRule.allowed + `, or "" for the target's own`, func(s string) string {
	if s == "" {
		return ""
	}
	return hostFlaw(s)
}}

// version takes "1.0" to "1.3", in quotes or, as everybody writes it at first, without.
func version(to *uint16) func(value) {
	return func(v value) {
		for id := uint16(tls.VersionTLS10); id <= tls.VersionTLS13; id++ {
			if (v.node.Tag == "!!str" || v.node.Tag == "!!float") && v.node.Value == versionName(id) {
				*to = id
				return
			}
		}
		v.refuse(`"1.0", "1.1", "1.2", "1.3"`, "is %s", v.describe())
	}
}

func versionName(id uint16) string {
	return tls.VersionName(id)[len("TLS "):]
}

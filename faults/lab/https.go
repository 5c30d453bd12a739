package lab

import "crypto/tls"

// https is the well-behaved server under TLS settings that may be wrong: with a client that does not mind them it is
// healthy.
type https struct {
	settings func(*certificates) *tls.Config
}

func (b https) open(p place) (endpoint, error) { return p.listenHTTP(b.settings(p.certs)) }

func (c *certificates) good() *tls.Config      { return server12(c.goodLeaf) }
func (c *certificates) expired() *tls.Config   { return server12(c.expiredLeaf) }
func (c *certificates) wrongName() *tls.Config { return server12(c.wrong) }
func (c *certificates) unknownCA() *tls.Config { return server12(c.unknown) }

// server12 is a server of today: TLS 1.2 and 1.3, HTTP/1.1.
func server12(leaf tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{leaf},
	}
}

// oldVersion makes crypto/tls answer a client without TLS 1.1 with the alert protocol_version (70).
func (c *certificates) oldVersion() *tls.Config {
	config := c.good()
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	return config
}

// noCommonCipher offers what RFC 7465 forbids every client to ask for: the alert is handshake_failure (40).
func (c *certificates) noCommonCipher() *tls.Config {
	config := c.good()
	config.MaxVersion, config.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
	return config
}

// clientCertRequired refuses clients without a certificate of the lab's authority. With TLS 1.3 the alert
// certificate_required (116) comes after the client believes the handshake done (RFC 8446 section 4.4.2.4, 6.2), with TLS
// 1.2 handshake_failure (40) comes within it.
func (c *certificates) clientCertRequired() *tls.Config {
	config := c.good()
	config.ClientAuth = tls.RequireAndVerifyClientCert
	config.ClientCAs = c.authority.pool()
	return config
}

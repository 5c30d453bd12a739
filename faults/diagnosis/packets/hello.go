package packets

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"slices"
)

// The extensions of the hello messages that are looked at.
const (
	extensionServerName = 0
	extensionALPN       = 16
	extensionPSKModes   = 45
	extensionVersions   = 43
)

// fields takes a message apart. Once it runs out of bytes, all that follows is empty.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.rest) {
		f.bad, f.rest = true, nil
		return nil
	}
	part := f.rest[:n]
	f.rest = f.rest[n:]
	return part
}

// number is a big-endian number of n bytes.
func (f *fields) number(n int) int {
	v := 0
	for _, b := range f.take(n) {
		v = v<<8 | int(b)
	}
	return v
}

// vector is a part with its length, of n bytes, in front.
func (f *fields) vector(n int) fields { return fields{rest: f.take(f.number(n))} }

// extensions calls visit for each extension at the end of a hello.
func (f *fields) extensions(visit func(kind int, body fields)) {
	for all := f.vector(2); len(all.rest) > 0; {
		kind := all.number(2)
		visit(kind, all.vector(2))
	}
}

// parseClientHello reads a ClientHello. resumable: the server may send it session tickets.
func parseClientHello(body []byte) (h ClientHello, resumable bool) {
	f := fields{rest: body}
	legacy := f.number(2)
	f.take(32)
	f.vector(1) // session id
	f.vector(2) // cipher suites
	f.vector(1) // compression methods
	f.extensions(func(kind int, body fields) {
		switch kind {
		case extensionServerName:
			list := body.vector(2)
			list.take(1)
			name := list.vector(2)
			h.ServerName = clean(string(name.rest))
		case extensionALPN:
			for list := body.vector(2); len(list.rest) > 0 && len(h.ALPN) < 16; {
				protocol := list.vector(1)
				h.ALPN = append(h.ALPN, clean(string(protocol.rest)))
			}
		case extensionVersions:
			for list := body.vector(1); len(list.rest) > 1; {
				if v := list.number(2); v&0x0f0f != 0x0a0a && len(h.Versions) < 16 { // RFC 8701 calls those GREASE
					h.Versions = append(h.Versions, tls.VersionName(uint16(v)))
				}
			}
		case extensionPSKModes:
			resumable = true
		}
	})
	if h.Versions == nil {
		h.Versions = upTo(legacy)
	}
	return h, resumable
}

// upTo are the versions a client without the extension offers: its own and those before it, how far back it does not say.
func upTo(legacy int) []string { return []string{tls.VersionName(uint16(legacy))} }

// retryRandom is the random value of a HelloRetryRequest, RFC 8446 section 4.1.3: the SHA-256 of that name.
var retryRandom = [...]byte{0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
	0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C}

// parseServerHello reads a ServerHello. version is the number of the TLS version, retry a HelloRetryRequest.
func parseServerHello(body []byte) (h ServerHello, version, cipher uint16, retry bool) {
	f := fields{rest: body}
	v := f.number(2)
	retry = slices.Equal(f.take(len(retryRandom)), retryRandom[:])
	f.vector(1)
	suite := f.number(2)
	f.take(1)
	f.extensions(func(kind int, body fields) {
		if kind == extensionVersions && len(body.rest) == 2 {
			v = int(binary.BigEndian.Uint16(body.rest))
		}
	})
	h.Version, h.Cipher = tls.VersionName(uint16(v)), tls.CipherSuiteName(uint16(suite))
	return h, uint16(v), uint16(suite), retry
}

// alertNames are the alerts of RFC 8446 section 6, in its spelling, with those of earlier versions.
var alertNames = map[byte]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
	30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
	60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
	110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
	116: "certificate_required", 120: "no_application_protocol",
}

const closeNotify = "close_notify"

func alertName(code byte) string {
	if name, ok := alertNames[code]; ok {
		return name
	}
	return fmt.Sprintf("alert %d", code)
}

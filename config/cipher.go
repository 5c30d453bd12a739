package config

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// list takes a list of names, each once, by looking each up.
func list[T comparable](to *[]T, find func(name string) (T, string, string)) func(value) {
	return func(v value) {
		var found []T
		for _, item := range v.items() {
			name, ok := item.text("a name")
			if !ok {
				continue
			}
			id, wrong, allowed := find(name)
			switch {
			case wrong != "":
				item.refuse(allowed, "%s", wrong)
			case slices.Contains(found, id):
				item.refuse("each once", "%s is listed twice", quote(name))
			default:
				found = append(found, id)
			}
		}
		*to = found
	}
}

// cipherSuite finds a suite by its IANA name, which is Go's name. Go cannot choose among the suites of TLS 1.3, so
// these are refused: whoever lists one would believe the others to be off.
func cipherSuite(name string) (id uint16, wrong, allowed string) {
	const any = "names of TLS 1.0 to 1.2 suites, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	var names []string
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		switch {
		case suite.SupportedVersions[0] != tls.VersionTLS13 && suite.Name == name:
			return suite.ID, "", ""
		case suite.Name == name:
			return 0, fmt.Sprintf("%s belongs to TLS 1.3, whose suites cannot be chosen", name), any
		}
		names = append(names, suite.Name)
	}
	wrong = quote(name) + " is no known cipher suite"
	if near := closest(name, names); near != "" {
		wrong += ", did you mean " + near + "?"
	}
	return 0, wrong, any
}

// curve finds a group by the name that Go, NIST, SECG or OpenSSL gives it.
func curve(name string) (id tls.CurveID, wrong, allowed string) {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "x25519":
		return tls.X25519, "", ""
	case "p256", "curvep256", "secp256r1", "prime256v1":
		return tls.CurveP256, "", ""
	case "p384", "curvep384", "secp384r1":
		return tls.CurveP384, "", ""
	case "p521", "curvep521", "secp521r1":
		return tls.CurveP521, "", ""
	case "x25519mlkem768":
		return tls.X25519MLKEM768, "", ""
	}
	return 0, quote(name) + " is no known curve", "X25519, P256, P384, P521, X25519MLKEM768"
}

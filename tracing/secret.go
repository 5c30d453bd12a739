package tracing

import (
	"bytes"
	"strings"
)

// redacted stands for a secret in an exported URL, as the semantic conventions want it.
const redacted = "REDACTED"

// maxSecretName bounds, in bytes, the part of a parameter's name that is looked at.
const maxSecretName = 64

// AppendRedacted appends a request target, or a part of one, without the values of parameters whose names say that they
// are secret: spans leave the machine and are read by many, so too much is taken out rather than too little. Parameters
// stand in the query or, as ;jsessionid does, in a path segment. Words that look like a JSON Web Token are taken out
// wherever they stand.
func AppendRedacted(dst, target []byte) []byte {
	if bytes.IndexByte(target, '=') < 0 && !bytes.Contains(target, []byte("eyJ")) {
		return append(dst, target...)
	}
	for len(target) > 0 {
		end := bytes.IndexAny(target, "?&;/#")
		if end < 0 {
			end = len(target)
		}
		name, value, isParameter := bytes.Cut(target[:end], []byte("="))
		secret := isParameter && len(value) > 0 && isSecretParameter(name)
		if secret {
			// A slash or a question mark is part of a parameter's value.
			end = valueEnd(target, len(name)+1)
			dst = append(append(append(dst, name...), '='), redacted...)
		} else {
			dst = appendWithoutToken(dst, target[:end])
		}
		if end < len(target) {
			dst = append(dst, target[end])
			end++
		}
		target = target[end:]
	}
	return dst
}

// valueEnd is where the parameter value that begins at from ends.
func valueEnd(target []byte, from int) int {
	if end := bytes.IndexAny(target[from:], "&;#"); end >= 0 {
		return from + end
	}
	return len(target)
}

// appendWithoutToken appends a piece of a target up to the first word that has the form of a JSON Web Token: base64 of
// `{"`, and long.
func appendWithoutToken(dst, piece []byte) []byte {
	if start := bytes.Index(piece, []byte("eyJ")); start >= 0 && len(piece)-start >= 16 {
		return append(append(dst, piece[:start]...), redacted...)
	}
	return append(dst, piece...)
}

// isSecretParameter tells whether the name of a parameter, percent-encoded or not, is a secret's. Names are compared in
// lower case and without what is neither letter nor digit.
func isSecretParameter(name []byte) bool {
	var room [maxSecretName]byte
	plain := room[:0]
	for i := 0; i < len(name) && len(plain) < len(room); i++ {
		c := name[i]
		if c == '%' && i+2 < len(name) {
			c = unhex(name[i+1])<<4 | unhex(name[i+2])
			i += 2
		}
		if c |= 0x20; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			plain = append(plain, c)
		}
	}
	word := string(plain)
	switch word {
	case "key", "sig", "auth", "pwd", "pass", "pin", "otp", "jwt", "sid", "code", "hmac", "cvv", "cvc", "csrf", "xsrf":
		return true
	}
	for _, part := range [...]string{"authorization", "cookie", "token", "secret", "passw", "passphrase", "passcode",
		"apikey", "accesskey", "privatekey", "subscriptionkey", "functionskey", "sharedkey", "credential", "sessionid",
		"sessid", "signature", "assertion", "samlresponse", "samlrequest", "verifier", "bearer"} {
		if strings.Contains(word, part) {
			return true
		}
	}
	return false
}

// unhex is the value of a hexadecimal digit; what is none has some value too.
func unhex(c byte) byte {
	if c >= '0' && c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

package secrets

import (
	"bytes"
	"slices"
)

// Stars are what stands for a secret.
const Stars = "*****"

// What makes a name the name of a secret, wherever it stands: a header, a query or form parameter, a member of JSON,
// an element or attribute of XML. Names are compared in lower case and without "-", "_" and ".". Masking too much costs
// a look at the backend, masking too little costs a password.
var (
	// secretParts make every name that contains one of them a secret's.
	secretParts = []string{"authorization", "cookie", "token", "secret", "passw", "passphrase", "passcode", "apikey",
		"accesskey", "privatekey", "subscriptionkey", "functionskey", "sharedkey", "credential", "sessionid", "sessid",
		"signature", "assertion", "samlresponse", "samlrequest", "verifier"}
	// secretNames are secrets' names as a whole.
	secretNames = []string{"pwd", "pass", "pin", "otp", "jwt", "sid", "auth", "xauth", "creds", "bearer", "hmac", "cvv",
		"cvc", "xsrf", "csrf"}
	// innocent are names that only look like a secret's.
	innocent = []string{"accesscontrolallowcredentials", "tokentype", "tokenendpoint", "maxtokens"}
	// secretParameters are too common in documents, but mean a secret in a query or a form.
	secretParameters = []string{"key", "sig"}
)

// maxSecretName bounds, in bytes, the part of a name that is looked at.
const maxSecretName = 96

// Named tells whether name, percent-encoded or not, is a secret's. parameter: it is the name of a query or form
// parameter, or of a header.
func Named(name []byte, parameter bool) bool {
	var buf [maxSecretName]byte
	plain := buf[:0]
	for len(name) > 0 && len(plain) < len(buf) {
		c, n := decodeByte(name)
		if c = lower(c); c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			plain = append(plain, c)
		}
		name = name[n:]
	}
	if slices.Contains(innocent, string(plain)) {
		return false
	}
	return containsAny(plain, secretParts) || slices.Contains(secretNames, string(plain)) ||
		parameter && slices.Contains(secretParameters, string(plain))
}

func containsAny(name []byte, parts []string) bool {
	for _, part := range parts {
		if bytes.Contains(name, []byte(part)) {
			return true
		}
	}
	return false
}

// Package secret knows which names are the names of secrets: headers, query and form parameters, members of JSON,
// attributes of XML. Spans, trace sessions and archives leave the machine or are read by many; all of them ask here which
// values to take out.
//
// Mask takes them out of text of any kind without knowing which kind it is, because bodies, logs and configurations come
// in all of them, and cut off anywhere. Three things it recognises by their form and not by a name: JSON Web Tokens, what
// follows Bearer or Basic, and the user of a URL.
package secret

import (
	"bytes"
	"slices"
)

// What makes a name the name of a secret. Names are compared in lower case and without what is neither letter nor
// digit. Masking too much costs a look at the backend, masking too little costs a password.
var (
	// parts make every name that contains one of them a secret's. None is shorter than minPart.
	parts = bytes.Fields([]byte("authorization cookie token secret passw passphrase passcode apikey accesskey privatekey " +
		"subscriptionkey functionskey sharedkey credential sessionid sessid signature assertion samlresponse samlrequest " +
		"verifier bearer"))
	// names are secrets' names as a whole.
	names = []string{"pwd", "pass", "pin", "otp", "jwt", "sid", "auth", "xauth", "creds", "hmac", "cvv", "cvc", "xsrf",
		"csrf"}
	// innocent are names that only look like a secret's.
	innocent = []string{"accesscontrolallowcredentials", "tokentype", "tokenendpoint", "maxtokens"}
	// parameters are too common in documents, but mean a secret in a query, a form or a header.
	parameters = []string{"key", "sig"}
)

const (
	minPart = 5  // bytes of the shortest of parts: most names are too short for any of them
	maxName = 96 // bytes of a name that are looked at
)

// IsName tells whether name, percent-encoded or not, is a secret's name in a document.
func IsName(name []byte) bool {
	var room [maxName]byte
	return isName(plain(room[:0], name))
}

// IsParameter tells whether name, percent-encoded or not, is the name of a secret in a query, a form or a header, where
// some short names mean more than in a document.
func IsParameter(name []byte) bool {
	var room [maxName]byte
	word := plain(room[:0], name)
	return isName(word) || slices.Contains(parameters, string(word))
}

func isName(word []byte) bool {
	contains := func(part []byte) bool { return bytes.Contains(word, part) }
	switch {
	case slices.Contains(names, string(word)):
		return true
	case len(word) < minPart || !slices.ContainsFunc(parts, contains):
		return false
	}
	return !slices.Contains(innocent, string(word))
}

// plain appends the letters and digits of name in lower case, at most as many as dst has room for.
func plain(dst, name []byte) []byte {
	for i := 0; i < len(name) && len(dst) < cap(dst); i++ {
		c := name[i]
		if c == '%' && i+2 < len(name) && isHex(name[i+1]) && isHex(name[i+2]) {
			c = unhex(name[i+1])<<4 | unhex(name[i+2])
			i += 2
		}
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			dst = append(dst, c)
		}
	}
	return dst
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

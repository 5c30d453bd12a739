package tracing

import (
	"bytes"

	"message-processor/tracing/secret"
)

// redacted stands for a secret in an exported URL, as the semantic conventions want it.
const redacted = "REDACTED"

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
		hidden := isParameter && len(value) > 0 && isSecretParameter(name)
		if hidden {
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

// isSecretParameter adds to the common names the one of OAuth's authorization code, which in a body is too often an
// error's.
func isSecretParameter(name []byte) bool { return string(name) == "code" || secret.IsParameter(name) }

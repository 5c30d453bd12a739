package secret

import "bytes"

// Stars are what stands for a secret in a masked text.
const Stars = "*****"

// Mask masks the values of secrets' names in text of any kind: a request target, a header's value, a form, JSON,
// XML, a part of a multipart body; whole or cut off anywhere. It returns text itself if there is nothing to mask,
// else a copy, and wipes text.
func Mask(text []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		if !isNameByte(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && isNameByte(text[i]) {
			i++
		}
		from, to := secretAt(text, start, i)
		if from < to {
			out = append(append(out, text[done:from]...), Stars...)
			done, i = to, to
		}
	}
	if out == nil {
		return text
	}
	out = append(out, text[done:]...)
	clear(text)
	return out
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '%'
}

// secretAt returns where a secret stands at or after the word text[start:end], an empty range if there is none.
func secretAt(text []byte, start, end int) (from, to int) {
	word, rest := text[start:end], text[end:]
	switch {
	case len(word) >= minToken && bytes.HasPrefix(word, []byte("eyJ")): // a JSON Web Token, whatever it is called
		return start, end
	case bytes.HasPrefix(rest, []byte("://")):
		return userInfo(text, end+len("://"))
	case len(rest) > minToken && rest[0] == ' ' && (bytes.EqualFold(word, []byte("bearer")) || bytes.EqualFold(word, []byte("basic"))):
		return credentials(text, end+1)
	}
	return secretValue(text, start, end)
}

// minToken is how long a word must be to be taken for a token, in bytes.
const minToken = 16

// credentials is what follows "Bearer " or "Basic ", if it is long enough not to be a word of a sentence.
func credentials(text []byte, from int) (int, int) {
	to := from
	for to < len(text) && (isNameByte(text[to]) || bytes.IndexByte([]byte("~+/="), text[to]) >= 0) {
		to++
	}
	if to-from < minToken {
		return 0, 0
	}
	return from, to
}

// userInfo is what stands before the "@" of a URL's authority.
func userInfo(text []byte, from int) (int, int) {
	authority := text[from:]
	if end := bytes.IndexAny(authority, "/?# \t\r\n\"'<>"); end >= 0 {
		authority = authority[:end]
	}
	return from, from + max(bytes.LastIndexByte(authority, '@'), 0)
}

// secretValue returns where the value of the name text[start:end] stands, if it has one and is a secret's.
func secretValue(text []byte, start, end int) (from, to int) {
	rest := text[end:]
	if start > 0 && (text[start-1] == '<' || text[start-1] == ':' && isElement(text[:start-1])) {
		return elementValue(text, start, end)
	}
	i := quoteEnd(rest)
	i += blanks(rest[i:])
	if i == len(rest) {
		return 0, 0
	}
	separator := rest[i]
	if separator == ']' && i+1 < len(rest) && rest[i+1] == '=' { // user[password]=...
		i, separator = i+1, '='
	}
	switch {
	case separator != ':' && separator != '=':
		return partValue(text, start, end)
	case separator == '=' && !IsParameter(text[start:end]), separator == ':' && !IsName(text[start:end]):
		return 0, 0
	}
	i++
	i += blanks(rest[i:])
	return valueRange(text, end+i, separator)
}

// parameterEnds are the bytes that end a parameter without quotes.
const parameterEnds = "&# \t\r\n"

// valueRange is where the value that begins at from ends: at the closing quote or bracket, else where a parameter (after
// "=") or a member (after ":") ends. Quotes stay, so that masked JSON is JSON.
func valueRange(text []byte, from int, separator byte) (int, int) {
	if from == len(text) {
		return 0, 0
	}
	ends := parameterEnds
	switch {
	case text[from] == '"' || text[from] == '\'':
		return quotedRange(text, from, separator)
	case text[from] == '[' && separator == ':':
		ends = "]"
	case separator == ':':
		ends = ",}]\r\n"
	}
	if end := bytes.IndexAny(text[from:], ends); end >= 0 {
		return from, from + end
	}
	return from, len(text)
}

// quotedRange is the inside of a string in quotes, with backslashes as in JSON. A parameter that goes on after its closing
// quote was no string: all of it is the value, quotes included, so that none is left open to swallow what follows.
func quotedRange(text []byte, from int, separator byte) (int, int) {
	to := from + 1
	for to < len(text) && text[to] != text[from] {
		if text[to] == '\\' {
			to++
		}
		to++
	}
	to = min(to, len(text))
	goesOn := separator == '=' && to+1 < len(text) && bytes.IndexByte([]byte(parameterEnds+">,;/"), text[to+1]) < 0
	if !goesOn {
		return from + 1, to
	}
	if more := bytes.IndexAny(text[to+1:], parameterEnds); more >= 0 {
		return from, to + 1 + more
	}
	return from, len(text)
}

// quoteEnd is 1 if text begins with the quote that closes a name.
func quoteEnd(text []byte) int {
	if len(text) > 0 && (text[0] == '"' || text[0] == '\'') {
		return 1
	}
	return 0
}

func blanks(text []byte) int {
	n := 0
	for n < len(text) && (text[n] == ' ' || text[n] == '\t' || text[n] == '\r' || text[n] == '\n') {
		n++
	}
	return n
}

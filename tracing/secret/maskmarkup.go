package secret

import "bytes"

// isElement tells whether text ends in "<" and the prefix of an XML name.
func isElement(text []byte) bool {
	i := len(text)
	for i > 0 && isNameByte(text[i-1]) {
		i--
	}
	return i > 0 && i < len(text) && text[i-1] == '<'
}

// elementValue is the text between an XML element's start tag and the next tag. The attributes are left to the caller
// if the element itself is no secret's.
func elementValue(text []byte, start, end int) (from, to int) {
	if !IsName(text[start:end]) {
		return 0, 0
	}
	closing := bytes.IndexByte(text[end:], '>')
	if closing < 0 {
		return end, len(text)
	}
	from = end + closing + 1
	if text[from-2] == '/' {
		return end, from - 2 // all there is are attributes
	}
	if next := bytes.IndexByte(text[from:], '<'); next >= 0 {
		return from, from + next
	}
	return from, len(text)
}

// partValue is the body of a part of multipart/form-data whose name="..." ends here (RFC 7578 section 4.2).
func partValue(text []byte, start, end int) (from, to int) {
	const before = `name="`
	if start < len(before) || string(text[start-len(before):start]) != before || !IsParameter(text[start:end]) {
		return 0, 0
	}
	blank := bytes.Index(text[end:], []byte("\r\n\r\n"))
	if blank < 0 {
		return 0, 0
	}
	from = end + blank + len("\r\n\r\n")
	if next := bytes.Index(text[from:], []byte("\r\n--")); next >= 0 {
		return from, from + next
	}
	return from, len(text)
}

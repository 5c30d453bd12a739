package systemlog

import "encoding/binary"

// plainPrefix is how many bytes at the beginning of s are printable ASCII other than the quote and the backslash: those mean
// themselves in JSON and in a line. Nearly all there is is plain, so eight bytes are looked at together.
func plainPrefix(s []byte) int {
	n := 0
	for n+8 <= len(s) && isPlainWord(binary.LittleEndian.Uint64(s[n:])) {
		n += 8
	}
	for n < len(s) && isPlain(s[n]) {
		n++
	}
	return n
}

func isPlain(b byte) bool { return b >= ' ' && b < 0x7f && b != '"' && b != '\\' }

// isPlainWord is isPlain for each of the eight bytes of w. Taking more from a byte than it has sets its highest bit, and so
// does adding 1 to 0x7f; what is borrowed from or carried to a neighbour only happens where the answer is no already.
func isPlainWord(w uint64) bool {
	const each, highest = 0x0101010101010101, 0x8080808080808080
	quote, backslash := w^'"'*each, w^'\\'*each
	return (w|(w+each)|(w-' '*each)|(quote-each)|(backslash-each))&highest == 0
}

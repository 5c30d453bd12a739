package wire

import "encoding/binary"

// Classes of octets, as bits of the octet table.
const (
	tokenOctet  = 1 << iota // tchar, RFC 9110 5.6.2
	hostOctet               // unreserved and sub-delims, RFC 3986 2.2 and 2.3
	targetOctet             // may stand in a request target as it came
)

// octet is a constant table, built once: the classes of each octet.
var octet = octetClasses()

func octetClasses() (table [256]uint8) {
	for c := range table {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80
		digit := '0' <= c && c <= '9'
		if letter || digit {
			table[c] |= tokenOctet | hostOctet
		}
		if c > ' ' && c != 0x7f && c != '#' {
			table[c] |= targetOctet
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		table[c] |= tokenOctet
	}
	for _, c := range []byte("-._~!$&'()*+,;=") {
		table[c] |= hostOctet
	}
	return table
}

// IsToken tells whether b is a token of RFC 9110 5.6.2: not empty, and no blank, separator, control or non-ASCII octet.
func IsToken(b []byte) bool {
	return len(b) > 0 && all(b, tokenOctet)
}

func all(b []byte, class uint8) bool {
	for _, c := range b {
		if octet[c]&class == 0 {
			return false
		}
	}
	return true
}

// EqualFold compares b, ignoring the case of ASCII letters and of nothing else, with a text in lower case.
func EqualFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if lowerCase(c) != lower[i] {
			return false
		}
	}
	return true
}

func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if lowerCase(c) != lowerCase(b[i]) {
			return false
		}
	}
	return true
}

func lowerCase(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int64 {
	switch {
	case '0' <= c && c <= '9':
		return int64(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10
	}
	return -1
}

// validText tells whether b may stand in a field value or reason phrase: HTAB, blanks, visible ASCII and obs-text
// (RFC 9110 5.5). Eight octets are tested at once, since values are most of what a head consists of.
func validText(b []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		control := (x - 0x20*ones) &^ x
		del := x ^ 0x7f*ones
		del = (del - ones) &^ del
		if (control|del)&high != 0 && !validOctets(b[:8]) {
			return false
		}
		b = b[8:]
	}
	return validOctets(b)
}

func validOctets(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// trim cuts optional whitespace (RFC 9110 5.6.3) off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

package secrets

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// decodeByte decodes the first byte of a percent-encoded name. A percent sign that begins no escape stands for itself.
func decodeByte(s []byte) (c byte, length int) {
	if s[0] == '%' && len(s) > 2 && hexDigit(s[1]) >= 0 && hexDigit(s[2]) >= 0 {
		return byte(hexDigit(s[1])<<4 | hexDigit(s[2])), 3
	}
	return s[0], 1
}

func hexDigit(c byte) int {
	switch c = lower(c); {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

package systemlog

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// place is where a text stands in the line; each escapes what a reader would take for the text's end.
type place uint8

const (
	inMessage place = iota
	inWord          // context values and the logger end at a blank
	inThread        // as a word; and a thread named "org:x" would read as a context pair
)

// appendVisible appends s so that it stays on one line and shows what it is: everything that is not printable (control
// characters, line and paragraph separators, bidirectional overrides, invalid UTF-8), the backslash itself and what p
// demands become Go escapes. unescape is the exact inverse.
func appendVisible(dst, s []byte, p place) []byte {
	for start, i := 0, 0; ; {
		if p == inMessage {
			i += plainPrefix(s[i:])
		}
		for i < len(s) && shownAsIs(s[i], p) {
			i++
		}
		dst = append(dst, s[start:i]...)
		if i == len(s) {
			return dst
		}
		if s[i] < utf8.RuneSelf {
			dst = appendEscapedByte(dst, s[i])
			i++
		} else {
			size := 0
			dst, size = appendRune(dst, s[i:])
			i += size
		}
		start = i
	}
}

func shownAsIs(b byte, p place) bool {
	switch b {
	case ' ':
		return p == inMessage
	case ':':
		return p != inThread
	}
	return b > ' ' && b < 0x7f && b != '\\'
}

func appendEscapedByte(dst []byte, b byte) []byte {
	switch b {
	case '\\':
		return append(dst, '\\', '\\')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'x', hexDigits[b>>4], hexDigits[b&15])
}

// appendRune appends the first rune of s, which is not ASCII, and returns its length in s.
func appendRune(dst, s []byte) ([]byte, int) {
	r, size := utf8.DecodeRune(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return appendEscapedByte(dst, s[0]), 1
	case strconv.IsPrint(r):
		return append(dst, s[:size]...), size
	case r > 0xffff:
		return appendHex(append(dst, '\\', 'U'), r, 8), size
	}
	return appendHex(append(dst, '\\', 'u'), r, 4), size
}

func appendHex(dst []byte, r rune, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[r>>shift&15])
	}
	return dst
}

// unescape undoes appendVisible. A backslash that starts no escape stays: the original escapes nothing.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for s != "" {
		r, multibyte, tail, err := strconv.UnquoteChar(s, 0)
		switch {
		case s[0] != '\\' || err != nil:
			out, tail = append(out, s[0]), s[1:]
		case multibyte:
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, byte(r))
		}
		s = tail
	}
	return string(out)
}

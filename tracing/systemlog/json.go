package systemlog

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const jsonTimestampLayout = `"2006-01-02T15:04:05.000-07:00"`

// appendJSON renders r as one JSON object on one line: the fixed fields first, then every further field by its name.
func (r *record) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"timestamp":`...)
	dst = r.time().AppendFormat(dst, jsonTimestampLayout)
	dst = append(dst, `,"level":"`...)
	dst = append(dst, levelName(r.level)...)
	dst = append(dst, '"')
	dst = appendText(dst, `,"logger":`, r.logger, defaultLogger)
	dst = appendText(dst, `,"thread":`, r.thread, defaultThread)
	dst = appendKnown(dst, `,"org":`, r.org)
	dst = appendKnown(dst, `,"env":`, r.env)
	dst = appendKnown(dst, `,"api":`, r.api)
	dst = appendKnown(dst, `,"rev":`, r.rev)
	dst = appendKnown(dst, `,"messageid":`, r.messageID)
	dst = append(dst, `,"message":`...)
	dst = appendJSONString(dst, r.message)
	dst = appendKnown(dst, `,"exception":`, r.exception)
	for _, f := range r.fields {
		dst = appendRaw(append(dst, ','), f.name)
		dst = appendRaw(append(dst, ':'), f.value)
	}
	return append(dst, '}')
}

func appendText(dst []byte, key string, value []byte, absent string) []byte {
	dst = append(dst, key...)
	if len(value) == 0 {
		return append(append(append(dst, '"'), absent...), '"')
	}
	return appendJSONString(dst, value)
}

func appendKnown(dst []byte, key string, value []byte) []byte {
	if len(value) == 0 {
		return dst
	}
	return appendJSONString(append(dst, key...), value)
}

func appendJSONString(dst, s []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		n := plainPrefix(s[i:])
		dst = append(dst, s[i:i+n]...)
		if i += n; i == len(s) {
			break
		}
		switch b := s[i]; {
		case b >= utf8.RuneSelf:
			size := 0
			dst, size = appendJSONRune(dst, s[i:])
			i += size
			continue
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = appendHex(append(dst, '\\', 'u'), rune(b), 4)
		}
		i++
	}
	return append(dst, '"')
}

// appendRaw appends valid JSON text and keeps it on one line: a control character can only stand between two values, where a
// blank does as well, and what is not printable inside a string has an escape that means the same.
func appendRaw(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case b >= utf8.RuneSelf:
			size := 0
			dst, size = appendJSONRune(dst, text[i:])
			i += size
			continue
		case b < ' ':
			dst = append(dst, ' ')
		case b == 0x7f:
			dst = append(dst, `\u007f`...)
		default:
			dst = append(dst, b)
		}
		i++
	}
	return dst
}

// appendJSONRune appends the first rune of s, which is not ASCII, and returns its length in s.
func appendJSONRune(dst, s []byte) ([]byte, int) {
	r, size := utf8.DecodeRune(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return append(dst, `\ufffd`...), 1
	case strconv.IsPrint(r):
		return append(dst, s[:size]...), size
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		dst = appendHex(append(dst, '\\', 'u'), high, 4)
		return appendHex(append(dst, '\\', 'u'), low, 4), size
	}
	return appendHex(append(dst, '\\', 'u'), r, 4), size
}

package verdict

import (
	"strings"
	"unicode"
)

// Printable makes text that may come from the network harmless to a terminal: what cannot be printed becomes a question
// mark.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// Brief is Printable for text that may be long, too: it is cut after at most so many bytes.
func Brief(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "..."
	}
	return Printable(s)
}

package packets

import (
	"strings"
	"unicode"
)

const maxText = 200 // bytes of text from the network that is repeated

// clean makes text of the network fit to be shown: short, printable.
func clean(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

package management

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible prepares text from the network for a page: what cannot be seen, or would change how the text around it is
// read (such as the direction), is replaced by a sign. Lines and tabs stay. The template does the HTML escaping.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ':
			return 0x2400 + r // its picture: SYMBOL FOR NULL and the following
		case r == 0x7f:
			return 0x2421
		case unicode.Is(unicode.Zs, r) || unicode.IsPrint(r):
			return r
		}
		return utf8.RuneError
	}, text)
}

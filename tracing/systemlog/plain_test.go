package systemlog

import (
	"bytes"
	"testing"
)

// Every byte at every place of two words, each with neighbours that a borrow or a carry would show in.
func TestPlainPrefixEndsAtTheFirstByteThatIsNot(t *testing.T) {
	for _, filling := range []byte{' ', '!', '#', '[', ']', '~'} {
		for at := range 20 {
			for b := range 256 {
				text := bytes.Repeat([]byte{filling}, 20)
				text[at] = byte(b)
				want := at
				if b >= ' ' && b <= '~' && b != '"' && b != '\\' {
					want = len(text)
				}
				if got := plainPrefix(text); got != want {
					t.Fatalf("%q is plain for %d bytes, want %d", text, got, want)
				}
			}
		}
	}
}

package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestTokensAreThoseOfTheRFC(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		want := c < 128 && strings.IndexByte(tchar, byte(c)) >= 0
		if got := IsToken([]byte{byte(c)}); got != want {
			t.Errorf("IsToken(%q) = %v", byte(c), got)
		}
		if got := IsToken([]byte{'a', byte(c), 'b'}); got != want {
			t.Errorf("IsToken(a%qb) = %v", byte(c), got)
		}
	}
	if IsToken(nil) {
		t.Error("a token is not empty")
	}
}

func TestTextIsJudgedTheSameAtEveryPosition(t *testing.T) {
	for c := range 256 {
		want := c >= ' ' && c != 0x7f || c == '\t'
		for _, fill := range []byte{'x', ' ', '\t', 0xff, 0x80} {
			for length := 1; length <= 19; length++ {
				for at := range length {
					b := bytes.Repeat([]byte{fill}, length)
					b[at] = byte(c)
					if got := validText(b); got != want {
						t.Fatalf("validText(%q) = %v", b, got)
					}
				}
			}
		}
	}
	if !validText(nil) {
		t.Error("an empty text is valid")
	}
}

func TestEqualFoldKnowsASCIIOnly(t *testing.T) {
	for _, c := range []struct {
		b, lower string
		want     bool
	}{
		{"", "", true},
		{"Keep-ALIVE", "keep-alive", true},
		{"\u212aeep-alive", "keep-alive", false},
		{"keep-alive ", "keep-alive", false},
		{"k", "ke", false},
		{"[", "{", false}, // differ by the case bit alone
		{"@", "`", false},
		{"\xc1", "\xe1", false},
	} {
		if got := EqualFold([]byte(c.b), c.lower); got != c.want {
			t.Errorf("EqualFold(%q, %q) = %v", c.b, c.lower, got)
		}
		if got := equalFold([]byte(c.b), []byte(c.lower)); got != c.want {
			t.Errorf("equalFold(%q, %q) = %v", c.b, c.lower, got)
		}
	}
}

func TestListsAreSplitAtCommas(t *testing.T) {
	for list, want := range map[string]bool{"b": true, "a,b": true, "a , B\t,c": true, ",,b,": true, "": false, "ab": false, "a b": false, "a;b": false} {
		if got := lists([]byte(list), []byte("b")); got != want {
			t.Errorf("lists(%q, b) = %v", list, got)
		}
	}
}

package session

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"message-processor/tracing/secret"
)

// maxContent is how many characters of a body a trace shows; cutMark stands where there are more.
const (
	maxContent = 500
	cutMark    = "....."
)

// bodySample is how much of a body is looked at, in bytes: enough for maxContent characters of any script, and some
// for what masking takes away.
const bodySample = 4 << 10

// content is the beginning of a body as it is kept: secrets masked, at most maxContent characters.
type content struct {
	text string
	cut  bool // the body is longer than text
}

// copyContent copies the beginning of a body of total bytes, of which at least the first are known. Bytes that are no
// UTF-8 become U+FFFD.
func copyContent(body []byte, total int64, mask bool) content {
	if len(body) == 0 {
		return content{}
	}
	sample := bytes.Clone(body[:min(len(body), bodySample)])
	short := len(sample) < len(body) || int64(len(sample)) < total
	if short {
		sample = wholeRunes(sample)
	}
	if mask {
		sample = secret.Mask(sample)
	}
	text := strings.ToValidUTF8(string(sample), string(utf8.RuneError))
	end := prefixOf(text, maxContent)
	return content{text: strings.Clone(text[:end]), cut: short || end < len(text)}
}

// wholeRunes drops a character that the end of the sample has cut in two.
func wholeRunes(sample []byte) []byte {
	for back := 1; back < utf8.UTFMax && back <= len(sample); back++ {
		if start := len(sample) - back; utf8.RuneStart(sample[start]) {
			if !utf8.FullRune(sample[start:]) {
				return sample[:start]
			}
			break
		}
	}
	return sample
}

// prefixOf is the length in bytes of the first n characters of text.
func prefixOf(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

func (c *content) shown() string {
	if c.cut {
		return c.text + cutMark
	}
	return c.text
}

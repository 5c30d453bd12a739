package config

import (
	"slices"
	"strings"
)

// rule is what a text must keep to.
type rule struct {
	allowed string
	// flaw completes "NAME …" with what is wrong, or is "" when nothing is.
	flaw func(string) string
}

func (r rule) accepts(at place, text string) bool {
	flaw := r.flaw(text)
	if flaw != "" {
		at.refuse(r.allowed, "%s", flaw)
	}
	return flaw == ""
}

func oneOf(words ...string) rule {
	return rule{strings.Join(words, ", "), func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		if near := closest(s, words); near != "" {
			return "is " + quote(s) + ", did you mean " + near + "?"
		}
		return "is " + quote(s)
	}}
}

// nameRule keeps names safe where they end up: in log lines, URL paths and metric labels.
var nameRule = rule{"up to 128 letters, digits, dots, dashes and underscores", func(s string) string {
	odd := strings.IndexFunc(s, func(r rune) bool { return !isNameByte(r) })
	switch {
	case s == "":
		return "is empty"
	case odd >= 0:
		return "is " + quote(s) + ", which has a character that a name cannot have"
	case s == "." || s == "..":
		return "is " + quote(s) + ", which has a meaning of its own in a path"
	case len(s) > 128:
		return "is longer than 128 characters"
	}
	return ""
}}

func isNameByte(r rune) bool {
	return r < 0x80 && (isAlphanumeric(byte(r)) || strings.ContainsRune("_.-", r))
}

func isAlphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

var filledRule = rule{"a text that is not empty", func(s string) string {
	if strings.TrimSpace(s) == "" {
		return "is empty"
	}
	return ""
}}

var anyRule = rule{"text", func(string) string { return "" }}

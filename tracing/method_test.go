package tracing

import (
	"strings"
	"testing"
)

func TestMethodsOfTheStandardsHaveTheirNameInTheirOwnSpellingOnly(t *testing.T) {
	for _, name := range methods[1:] {
		if got := MethodOf([]byte(name)).String(); got != name {
			t.Errorf("%s is %s", name, got)
		}
		if got := MethodOf([]byte(strings.ToLower(name))).String(); got != "_OTHER" {
			t.Errorf("%s is %s", strings.ToLower(name), got)
		}
	}
	for _, odd := range []string{"", "_OTHER", "GETS", "PROPFIND"} {
		if got := MethodOf([]byte(odd)); got.String() != "_OTHER" || got.spanName() != "HTTP" {
			t.Errorf("%q is %s, in names %s", odd, got, got.spanName())
		}
	}
}

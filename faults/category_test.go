package faults

import (
	"slices"
	"testing"
)

func TestEveryFaultIsFiledUnderACategoryThatIsServed(t *testing.T) {
	for _, f := range All() {
		if c := CategoryOf(f.TraceCode); !slices.Contains(Categories(), c.Category) || f.TraceCode != "" && (c.Category == "" || c.Name == "") {
			t.Errorf("%s: %+v", f.TraceCode, c)
		}
	}
	for code, want := range map[string]Category{
		"":                                   {},
		"protocol.http.TooBigLine":           {"API Protocol", "HTTP", "HTTP RequestsHaveABigLine"},
		"messaging.adaptors.http.BadGateway": {"Gateway", "", "BadGateway"},
	} {
		if got := CategoryOf(code); got != want {
			t.Errorf("%q: %+v", code, got)
		}
	}
}

package lab

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASharesTextIsAFraction(t *testing.T) {
	for text, want := range map[string]float64{"5%": 0.05, "0.5%": 0.005, "100%": 1, "33.3%": 0.333} {
		got, err := ParseShare(text)
		if diff := got - want; err != nil || diff > 1e-12 || diff < -1e-12 {
			t.Errorf("%q is %v, %v", text, got, err)
		}
		if formatShare(got) != text {
			t.Errorf("%q is told as %q", text, formatShare(got))
		}
	}
	for _, text := range []string{"", "%", "5", "0%", "-5%", "100.1%", "NaN%", "+Inf%", "five%", "5 %"} {
		if f, err := ParseShare(text); err == nil {
			t.Errorf("%q passes for the share %v", text, f)
		}
	}
}

func TestANumberFallsOnTheShareOfItsPlaceInTheOrderOfNames(t *testing.T) {
	s := sortShares(map[string]float64{"tls-silent": 0.25, "healthy": 0.5})
	for number, want := range map[float64]string{0: "healthy", 0.49: "healthy", 0.5: "tls-silent", 0.74: "tls-silent", 0.75: "rest", 0.99: "rest"} {
		if got := s.pick(number, "rest"); got != want {
			t.Errorf("%v falls on %s, want %s", number, got, want)
		}
	}
	if got := s.String(); got != "50% healthy, 25% tls-silent" {
		t.Errorf("told as %q", got)
	}
	if diff := cmp.Diff(map[string]float64{"tls-silent": 0.25, "healthy": 0.5}, s.fractions()); diff != "" {
		t.Error(diff)
	}
}

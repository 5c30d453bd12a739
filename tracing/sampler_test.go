package tracing

import (
	"strings"
	"testing"
)

// from makes an environment.
func from(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestTheSamplerIsReadFromTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		sampler, arg string
		want         Sampling
		set          bool
	}{
		{"", "0.5", Sampling{}, false},
		{"always_on", "", Sampling{1, CallerIsNotAsked}, true},
		{"always_off", "", Sampling{0, CallerIsNotAsked}, true},
		{"traceidratio", "0.25", Sampling{0.25, CallerIsNotAsked}, true},
		{"traceidratio", "", Sampling{1, CallerIsNotAsked}, true},
		{"parentbased_always_on", "", Sampling{1, CallerDecides}, true},
		{"parentbased_always_off", "", Sampling{0, CallerDecides}, true},
		{"parentbased_traceidratio", " 1e-3 ", Sampling{0.001, CallerDecides}, true},
	} {
		got, set, err := Sampler(from("OTEL_TRACES_SAMPLER="+c.sampler, "OTEL_TRACES_SAMPLER_ARG="+c.arg))
		if got != c.want || set != c.set || err != nil {
			t.Errorf("%s %s: %v %v %v", c.sampler, c.arg, got, set, err)
		}
	}
}

func TestASamplerThatIsNoneIsTold(t *testing.T) {
	for _, env := range [][]string{
		{"OTEL_TRACES_SAMPLER=sometimes"}, {"OTEL_TRACES_SAMPLER=parentbased_"},
		{"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=half"},
		{"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=1.5"},
		{"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=NaN"},
	} {
		if _, set, err := Sampler(from(env...)); set || err == nil || !strings.Contains(err.Error(), "; allowed: ") {
			t.Errorf("%v: set %v, %v", env, set, err)
		}
	}
}

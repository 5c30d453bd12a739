package tracing

import (
	"fmt"
	"strconv"
	"strings"
)

// Sampling is a sampler of OpenTelemetry, as far as it is more than a ratio.
type Sampling struct {
	Ratio float64 // of the transactions it decides about
	// ParentBased: the caller's decision counts where there is one, also against sampling, and the ratio only decides
	// about traces that begin here. Otherwise the ratio decides about all, whatever the caller has decided.
	ParentBased bool
}

// Sampler reads OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. set is false when there is no sampler in the
// environment, so that the configuration's sample_ratio decides. A name or a ratio that is none is an error.
func Sampler(env func(string) string) (s Sampling, set bool, err error) {
	name := strings.TrimSpace(env("OTEL_TRACES_SAMPLER"))
	if name == "" {
		return Sampling{}, false, nil
	}
	kind := strings.TrimPrefix(name, "parentbased_")
	s.ParentBased = kind != name
	switch kind {
	case "always_on":
		s.Ratio = 1
	case "always_off":
		s.Ratio = 0
	case "traceidratio":
		s.Ratio, err = samplerRatio(env("OTEL_TRACES_SAMPLER_ARG"))
	default:
		err = fmt.Errorf("OTEL_TRACES_SAMPLER is %q; allowed: always_on, always_off, traceidratio, each also with parentbased_ before it", name)
	}
	if err != nil {
		return Sampling{}, false, err
	}
	return s, true, nil
}

// samplerRatio reads a ratio; none is 1, as the specification has it.
func samplerRatio(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 1, nil
	}
	ratio, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		return 0, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %q; allowed: a number from 0 to 1", text)
	}
	return ratio, nil
}

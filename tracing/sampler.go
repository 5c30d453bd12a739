package tracing

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Sampling is how it is decided whether a transaction's trace is exported.
type Sampling struct {
	Ratio float64 // of the transactions it decides about
	// Caller is what a caller's decision counts.
	Caller Caller
}

// Caller is what the decision counts that a traceparent brings.
type Caller uint8

const (
	// CallerMayAsk: a sampled caller's trace is continued, the ratio decides about all others. It is what sample_ratio
	// means.
	CallerMayAsk Caller = iota
	// CallerDecides, for and against, where there is one: the parentbased_ samplers of OpenTelemetry.
	CallerDecides
	// CallerIsNotAsked: the ratio decides about all, the other samplers of OpenTelemetry.
	CallerIsNotAsked
)

// decide tells whether to sample. Where the ratio decides it does so by the trace's id, as TraceIDRatioBased of the
// OpenTelemetry specification does, so that every gateway on the way comes to the same answer.
func (s Sampling) decide(c *Context, continued bool) bool {
	switch {
	case continued && s.Caller == CallerDecides:
		return c.Sampled
	case continued && s.Caller == CallerMayAsk && c.Sampled:
		return true
	}
	return float64(binary.BigEndian.Uint64(c.Trace[8:])>>1) < s.Ratio*(1<<63)
}

// Sampler reads OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG. set is false when there is no sampler in the
// environment, so that the configuration's sample_ratio decides. A name or a ratio that is none is an error.
func Sampler(env func(string) string) (s Sampling, set bool, err error) {
	name := strings.TrimSpace(env("OTEL_TRACES_SAMPLER"))
	if name == "" {
		return Sampling{}, false, nil
	}
	kind := strings.TrimPrefix(name, "parentbased_")
	s.Caller = CallerIsNotAsked
	if kind != name {
		s.Caller = CallerDecides
	}
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

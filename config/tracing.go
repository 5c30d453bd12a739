package config

import (
	"strings"
	"time"
)

// Tracing is about exported spans. Where they go is the business of the OTEL_* variables.
type Tracing struct {
	SampleRatio  float64 // 0..1, of transactions that arrive without a sampled traceparent
	SampleFaults string  // always, ratio
	UI           string  // base URL of Jaeger without a trailing slash, for links; empty: no links
}

func (t *Tracing) decode(v value) {
	v.mapping([]field{
		{"sample_ratio", fraction(&t.SampleRatio)},
		{"sample_faults", text(&t.SampleFaults, oneOf("always", "ratio"))},
		{"ui", func(v value) {
			text(&t.UI, uiRule)(v)
			t.UI = strings.TrimRight(t.UI, "/")
		}},
	})
}

var uiRule = rule{urlAllowed + `, or "" for no links`, func(s string) string {
	if s == "" {
		return ""
	}
	_, flaw := parseURL(s)
	return flaw
}}

// Sessions is about debug sessions and the ring of faulty transactions.
type Sessions struct {
	MaxTransactions int           // per session
	MaxDuration     time.Duration // of a session
	KeepSecrets     bool          // true: Authorization, Cookie and the like are not masked
	KeepFaults      int           // faulty transactions kept without a session; 0 keeps none
}

func (s *Sessions) decode(v value) {
	v.mapping([]field{
		{"max_transactions", integer(&s.MaxTransactions, 1, 10_000)},
		{"max_duration", duration(&s.MaxDuration, durationRule{})},
		{"keep_secrets", boolean(&s.KeepSecrets)},
		{"keep_faults", integer(&s.KeepFaults, 0, 10_000)},
	})
}

package config

import "testing"

func TestEveryChoiceIsTakenAndNoOther(t *testing.T) {
	for key, choices := range map[string][]string{
		"on_client_close":       {"continue", "cancel"},
		"system_log.format":     {"text", "json"},
		"system_log.level":      {"debug", "info", "warn", "error"},
		"tracing.sample_faults": {"always", "ratio"},
		"defaults.tls.verify":   {"full", "hostname", "none"},
	} {
		for _, choice := range choices {
			if _, err := Parse("f", nested(t, key, choice), Overrides{}); err != nil {
				t.Errorf("%s: %v", choice, err)
			}
		}
		for _, other := range []any{"", "other", "Full ", 5, true, nil, []any{choices[0]}, map[string]any{}} {
			if _, err := Parse("f", nested(t, key, other), Overrides{}); err == nil {
				t.Errorf("%s: %v accepted", key, other)
			}
		}
	}
}

func TestLimitsHaveBothBounds(t *testing.T) {
	for key, most := range map[string]int{
		"limits.request_line": 1 << 20, "limits.request_headers": 1 << 20, "limits.request_body": 1 << 30,
		"limits.response_line": 1 << 20, "limits.response_headers": 1 << 20, "limits.response_body": 1 << 30,
		"system_log.max_size_mb": 100_000, "system_log.max_files": 10_000, "sessions.max_transactions": 10_000,
	} {
		for n, fine := range map[int]bool{-1: false, 0: false, 1: true, most: true, most + 1: false} {
			if _, err := Parse("f", nested(t, key, n), Overrides{}); (err == nil) != fine {
				t.Errorf("%s: %d: %v", key, n, err)
			}
		}
	}
}

func TestTheLinkToJaegerIsAURLOrNothing(t *testing.T) {
	for written, want := range map[string]string{
		`""`: "", "http://127.0.0.1:16686": "http://127.0.0.1:16686", "https://j.example/base//": "https://j.example/base",
	} {
		equal(t, want, mustParse(t, "tracing: {ui: "+written+"}\n", Overrides{}).Tracing.UI)
	}
	for _, written := range []string{"jaeger", "127.0.0.1:16686", "javascript:alert(1)", "ftp://h", "http://u:p@h", "http://h/#a", "5", "~"} {
		equal(t, 1, len(problemsOf(t, "tracing: {ui: \""+written+"\"}\n", Overrides{})))
	}
}

func TestNamesOfCurvesAreKnownInTheirUsualSpellings(t *testing.T) {
	for want, names := range map[string][]string{
		"X25519":         {"X25519", "x25519"},
		"CurveP256":      {"P256", "P-256", "p-256", "secp256r1", "prime256v1", "CurveP256"},
		"CurveP384":      {"P384", "P-384", "secp384r1", "CurveP384"},
		"CurveP521":      {"P521", "P-521", "secp521r1", "CurveP521"},
		"X25519MLKEM768": {"X25519MLKEM768", "x25519_mlkem768", "X25519-MLKEM768"},
	} {
		for _, name := range names {
			id, wrong, _ := curve(name)
			equal(t, want, id.String())
			equal(t, "", wrong)
		}
	}
	for _, name := range []string{"", "P", "P255", "X448", "secp256k1", "ffdhe2048"} {
		if _, wrong, _ := curve(name); wrong == "" {
			t.Errorf("%q accepted", name)
		}
	}
}

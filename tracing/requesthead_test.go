package tracing

import (
	"strings"
	"testing"
)

func TestTheHeadIsReadForWhatASpanTells(t *testing.T) {
	for raw, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a\r\nUSER-AGENT:  x y \r\ntracestate: v=1\r\n\r\n": "1.1|a|x y|v=1",
		"GET / HTTP/1.0\nhost:b\n":                     "1.0|b||",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": "1.1|a||",
		"GET /":                 "|||",
		"":                      "|||",
		"\r\n\r\n:\r\nhost\r\n": "|||",
		"GET / HTTP/1.1\r\ntracestate: " + strings.Repeat("v", maxTraceState+1) + "\r\n\r\n": "1.1|||",
	} {
		h := readRequestHead([]byte(raw))
		got := strings.Join([]string{string(h.version), string(h.host), string(h.userAgent), string(h.traceState)}, "|")
		if got != want {
			t.Errorf("%q: %s, want %s", raw, got, want)
		}
	}
}

func TestTheStatusIsReadFromAHead(t *testing.T) {
	for raw, want := range map[string]int{
		"HTTP/1.1 200 OK\r\n\r\n": 200, "HTTP/1.1 503\r\n": 503, "HTTP/1.1 20": 0, "HTTP/1.1": 0, "": 0, "HTTP/1.1 2x0 \r\n": 0,
	} {
		if got := statusOf([]byte(raw)); got != want {
			t.Errorf("%q: %d, want %d", raw, got, want)
		}
	}
}

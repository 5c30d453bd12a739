package config

import (
	"strings"
	"testing"
)

func TestMistypedWordsFindTheirCandidate(t *testing.T) {
	keys := []string{"connect_timeout", "handshake_timeout", "io_timeout", "keepalive_timeout", "url", "tls"}
	for word, want := range map[string]string{
		"conect_timeout": "connect_timeout", "connectTimeout": "connect_timeout", "connect-timeout": "connect_timeout",
		"io.timeout.millis": "io_timeout", "keepalive.timeout.millis": "keepalive_timeout", "IO_TIMEOUT": "io_timeout",
		"uri": "url", "handshake": "handshake_timeout", "tsl": "tls", "ulr": "url", "x": "", "": "", "servers": "", "timeout": "io_timeout",
		strings.Repeat("io_timeout", 10_000): "io_timeout",
	} {
		equal(t, want, closest(word, keys))
	}
}

func TestDistanceCountsEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {"ab", "ba", 1}, {"abcd", "badc", 2}, {"ca", "abc", 3}, {"abcdef", "", 5},
	} {
		equal(t, c.want, distance(c.a, c.b, 5))
	}
}

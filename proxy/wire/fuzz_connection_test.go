package wire

import (
	"slices"
	"strings"
	"testing"
)

// FuzzConnection puts anything into two Connection fields and compares what the scanner makes of them with a plain
// reading of RFC 9110 7.6.1: which fields end here, and whether the sender goes on.
func FuzzConnection(f *testing.F) {
	named := []string{"X-Custom", "X-custom", "Accept", "Host", "Traceparent", "Content-Type", "X-Apigee-Message-ID", "Keep-Alive"}
	f.Fuzz(func(t *testing.T, first, second string, old bool) {
		version := "1.1"
		if old {
			version = "1.0"
		}
		head := "GET / HTTP/" + version + "\r\nHost: h\r\nConnection: " + first + "\r\nX-Custom: 1\r\nX-custom: 2\r\nAccept: *\r\n" +
			"Traceparent: 3\r\nContent-Type: 4\r\nX-Apigee-Message-ID: 5\r\nconnection: " + second + "\r\nKeep-Alive: 6\r\n\r\n"
		var r Request
		if _, err := r.Scan([]byte(head), Limits{Line: 100, Headers: 4000}); err != nil {
			return
		}
		if len(r.Fields) != 2+len(named) {
			return // a value that is more than a value is the scanner's fuzzing
		}
		options := plainOptions(first + "," + second)
		for _, field := range r.Fields {
			name := strings.ToLower(string(field.Name))
			ends := hopByHop.has(field.ID) || slices.Contains(options, name) && !protected.has(field.ID)
			if field.Hop != ends {
				t.Errorf("%s ends here: %t, with options %q", name, field.Hop, options)
			}
		}
		goes := !slices.Contains(options, "close") && (!old || slices.Contains(options, "keep-alive"))
		if r.Close == goes {
			t.Errorf("close: %t, with options %q of HTTP/%s", r.Close, options, version)
		}
	})
}

// plainOptions reads a list in the simplest way.
func plainOptions(list string) []string {
	var options []string
	for option := range strings.SplitSeq(list, ",") {
		options = append(options, lowerASCII(strings.Trim(option, " \t")))
	}
	return options
}

// lowerASCII leaves everything but A to Z alone: a Kelvin sign is no k.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

package tracing

import (
	"regexp"
	"strings"
	"testing"
)

const incoming = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestContextContinuesTheCallersTrace(t *testing.T) {
	c := newContext([]byte(incoming), 0)
	out := string(c.AppendTraceparent(nil))
	if !strings.HasPrefix(out, "00-4bf92f3577b34da6a3ce929d0e0e4736-") || !strings.HasSuffix(out, "-01") {
		t.Errorf("the target gets %s", out)
	}
	if strings.Contains(out, "00f067aa0ba902b7") {
		t.Errorf("the target's parent is the caller's span: %s", out)
	}
}

func TestContextBeginsATraceWhenThereIsNoneToContinue(t *testing.T) {
	form := regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)
	for _, value := range []string{
		"", "nonsense",
		strings.ToUpper(incoming),
		"ff" + incoming[2:],
		incoming + "-00",
		strings.Replace(incoming, "4bf92f3577b34da6a3ce929d0e0e4736", strings.Repeat("0", 32), 1),
		strings.Replace(incoming, "00f067aa0ba902b7", strings.Repeat("0", 16), 1),
		strings.Replace(incoming, "4b", "zz", 1),
		"01" + incoming[2:] + "x",
	} {
		c := newContext([]byte(value), 1)
		out := string(c.AppendTraceparent(nil))
		if !form.MatchString(out) || strings.Contains(out, "4bf92f3577b34da6") {
			t.Errorf("traceparent %q goes on as %s", value, out)
		}
		if c.Parent != (SpanID{}) {
			t.Errorf("traceparent %q has a parent", value)
		}
	}
}

func TestContextOfALaterVersionIsContinuedAsVersion00(t *testing.T) {
	c := newContext([]byte("01"+incoming[2:]+"-later"), 0)
	if out := string(c.AppendTraceparent(nil)); !strings.HasPrefix(out, "00-4bf92f3577b34da6a3ce929d0e0e4736-") {
		t.Errorf("the target gets %s", out)
	}
}

func TestSamplingIsDecidedByTheCallerThenByTheRatio(t *testing.T) {
	unsampled := strings.TrimSuffix(incoming, "01") + "00"
	for _, c := range []struct {
		traceparent string
		ratio       float64
		want        bool
	}{
		{incoming, 0, true},
		{unsampled, 0, false},
		{unsampled, 1, true},
		{"", 0, false},
		{"", 1, true},
	} {
		if got := newContext([]byte(c.traceparent), c.ratio).Sampled; got != c.want {
			t.Errorf("traceparent %q at ratio %v: sampled %v", c.traceparent, c.ratio, got)
		}
	}
}

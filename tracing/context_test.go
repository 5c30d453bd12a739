package tracing

import (
	"regexp"
	"strings"
	"testing"
)

const incoming = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestContextContinuesTheCallersTrace(t *testing.T) {
	c := newContext([]byte(incoming), Sampling{})
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
		c := newContext([]byte(value), Sampling{Ratio: 1})
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
	c := newContext([]byte("01"+incoming[2:]+"-later"), Sampling{Ratio: 0})
	if out := string(c.AppendTraceparent(nil)); !strings.HasPrefix(out, "00-4bf92f3577b34da6a3ce929d0e0e4736-") {
		t.Errorf("the target gets %s", out)
	}
}

func TestSamplingIsDecidedByTheCallerAndByTheRatio(t *testing.T) {
	unsampled := strings.TrimSuffix(incoming, "01") + "00"
	mayAsk, decides, notAsked := Sampling{Caller: CallerMayAsk}, Sampling{Caller: CallerDecides}, Sampling{Caller: CallerIsNotAsked}
	for _, c := range []struct {
		traceparent string
		sampling    Sampling
		none, all   bool // at ratio 0 and 1
	}{
		{incoming, mayAsk, true, true},
		{unsampled, mayAsk, false, true},
		{"", mayAsk, false, true},
		{incoming, decides, true, true},
		{unsampled, decides, false, false},
		{"", decides, false, true},
		{incoming, notAsked, false, true},
		{unsampled, notAsked, false, true},
		{"", notAsked, false, true},
	} {
		for ratio, want := range map[float64]bool{0: c.none, 1: c.all} {
			c.sampling.Ratio = ratio
			if got := newContext([]byte(c.traceparent), c.sampling).Sampled; got != want {
				t.Errorf("traceparent %q with %+v: sampled %v", c.traceparent, c.sampling, got)
			}
		}
	}
}

func TestTheRatioDecidesByTheTracesID(t *testing.T) {
	sampled := 0
	for range 20_000 {
		c := newContext(nil, Sampling{Ratio: 0.25})
		again := newContext(c.AppendTraceparent(nil), Sampling{Ratio: 0.25, Caller: CallerIsNotAsked})
		if c.Sampled != again.Sampled {
			t.Fatalf("trace %x is sampled %t here and %t further on", c.Trace, c.Sampled, again.Sampled)
		}
		if c.Sampled {
			sampled++
		}
	}
	if sampled < 4_600 || sampled > 5_400 { // 5,000 expected, six standard deviations of 61 either way
		t.Errorf("%d of 20000 sampled at 0.25", sampled)
	}
}

package metrics

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const ids = `apigee_message_id="mp1-12575-7-1"`

// exemplarOf is what stands behind a line's value.
func exemplarOf(t *testing.T, page, prefix string) string {
	t.Helper()
	for _, line := range series(page, prefix) {
		if _, found, ok := strings.Cut(line, " # "); ok {
			return found
		}
	}
	return ""
}

func TestAFaultLeavesItsTraceIDAndMessageID(t *testing.T) {
	m := counting(t)
	r := stalled()
	r.Context.Sampled = false
	m.Observe(r)
	page := m.page(t, openMetrics)
	for prefix, value := range map[string]string{
		"http_server_request_duration_seconds_bucket": "55.001",
		"http_client_request_duration_seconds_bucket": "54.998",
		"apigee_handshake_duration_seconds_bucket":    "54.98",
		"apigee_faults_total":                         "1.0",
	} {
		got := exemplarOf(t, page, prefix)
		for _, want := range []string{`trace_id="01020000000000000000000000000003"`, `span_id="0400000000000005"`, ids, "} " + value + " "} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the exemplar is %q, without %s", prefix, got, want)
			}
		}
	}
}

func TestTheLatestFaultOfABucketIsItsExemplar(t *testing.T) {
	m := counting(t)
	first, second := stalled(), stalled()
	second.MessageID, second.End = "mp1-12575-8-1", second.End.Add(time.Second)
	m.Observe(first)
	m.Observe(second)
	if got := exemplarOf(t, m.page(t, openMetrics), "apigee_faults_total"); !strings.Contains(got, second.MessageID) {
		t.Error(got)
	}
}

func TestOneInAHundredGoodRequestsIsAnExemplar(t *testing.T) {
	c := newCell(keyOf(reused()))
	var seen []int
	for i := range 301 {
		if c.due(reused()) {
			seen = append(seen, i)
		}
	}
	if len(seen) != 4 || seen[0] != 0 || seen[1] != 100 || seen[3] != 300 {
		t.Errorf("exemplars %v", seen)
	}
}

func TestAGoodRequestWhoseTraceIsNotSampledIsNoExemplar(t *testing.T) {
	m, r := counting(t), reused()
	r.Context.Sampled = false
	for range 300 {
		m.Observe(r)
	}
	if got := exemplarOf(t, m.page(t, openMetrics), "http_server"); got != "" {
		t.Error(got)
	}
	m.Observe(reused())
	if got := exemplarOf(t, m.page(t, openMetrics), "http_server"); !strings.Contains(got, ids) {
		t.Errorf("the next sampled one is not: %q", got)
	}
}

// OpenMetrics refuses an exemplar whose labels have more than 128 characters, and the library then leaves it out.
func TestALongMessageIDCostsTheSpanIDThenItself(t *testing.T) {
	for _, c := range []struct {
		length        int
		message, span bool
	}{{48, true, true}, {49, true, false}, {64, true, false}, {65, false, false}, {96, false, false}} {
		m, r := counting(t), stalled()
		r.MessageID = strings.Repeat("m", c.length)
		m.Observe(r)
		got := exemplarOf(t, m.page(t, openMetrics), "apigee_faults_total")
		if !strings.Contains(got, `trace_id="01020000`) {
			t.Errorf("%d: no trace id in %q", c.length, got)
		}
		if message, span := strings.Contains(got, r.MessageID), strings.Contains(got, `span_id="04`); message != c.message || span != c.span {
			t.Errorf("%d: message %v, span %v in %q", c.length, message, span, got)
		}
		labels, _, _ := strings.Cut(got, "}")
		for _, sign := range []string{"{", ",", "=", `"`} {
			labels = strings.ReplaceAll(labels, sign, "")
		}
		if n := utf8.RuneCountInString(labels); n > maxExemplar {
			t.Errorf("%d characters", n)
		}
	}
}

func TestThePlainFormatHasNoExemplars(t *testing.T) {
	m := counting(t)
	m.Observe(stalled())
	if page := m.page(t, ""); strings.Contains(page, ids) {
		t.Error("an exemplar in a format that has none")
	}
}

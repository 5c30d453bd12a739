package alert

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/tracing"
)

// watching is a condition alone.
func watching(metric string, d config.AlertDimensions, change ...func(*config.AlertCondition)) *condition {
	c := config.AlertCondition{Metric: metric, Dimensions: d, DurationSeconds: 60, Comparator: ">"}
	for _, f := range change {
		f(&c)
	}
	return newCondition(c, &[]*condition{}, time.Now())
}

func percentile(n int) func(*config.AlertCondition) {
	return func(c *config.AlertCondition) { c.Percentile = n }
}

func (c *condition) show(records ...*tracing.Record) {
	for _, r := range records {
		s := seenIn(r)
		c.observe(&s)
	}
}

func TestDimensionsSelectTransactions(t *testing.T) {
	b := &bench{}
	timeout := b.record(failed(faults.BadGatewayTLSHandshakeTimeout))
	records := map[string]*tracing.Record{
		"good": b.record(), "timeout": timeout, "refused": b.record(failed(faults.TargetConnectionRefused)),
		"too big": b.record(failed(faults.RequestBodyTooBig)),
		"other":   b.record(func(r *tracing.Record) { r.API.Name, r.API.Target = "hotels", "hotels.example.com:80" }),
		"passed":  b.record(passed(503)), "missing": b.record(passed(404)),
		"balanced": b.record(func(r *tracing.Record) { r.Server = "two" }),
		"nowhere":  b.record(func(r *tracing.Record) { r.API = tracing.API{} }),
	}
	order := []string{"good", "timeout", "refused", "too big", "other", "passed", "missing", "balanced", "nowhere"}
	for _, test := range []struct {
		d    config.AlertDimensions
		want string
	}{
		{config.AlertDimensions{}, "[good timeout refused too big other passed missing balanced nowhere]"},
		{config.AlertDimensions{Proxy: "ANY", Target: "ANY", Region: "ANY", StatusCode: "ANY", FaultCode: "ANY", FaultSource: "ANY"},
			"[good timeout refused too big other passed missing balanced nowhere]"},
		{config.AlertDimensions{StatusCode: "5xx"}, "[timeout refused passed]"},
		{config.AlertDimensions{StatusCode: "502"}, "[timeout]"},
		{config.AlertDimensions{StatusCode: "4xx"}, "[too big missing]"},
		{config.AlertDimensions{Proxy: "hotels"}, "[other]"},
		{config.AlertDimensions{Target: "hotels.example.com"}, "[other]"},
		{config.AlertDimensions{Target: "hotels.example.com:80"}, "[other]"},
		{config.AlertDimensions{Target: "hotels.example.co"}, "[]"},
		{config.AlertDimensions{Target: "two"}, "[balanced]"},
		{config.AlertDimensions{FaultCode: "messaging.adaptors.http.BadGateway"}, "[timeout]"},
		{config.AlertDimensions{FaultCode: "messaging.adaptors.http.flow.ErrorResponseCode"}, "[passed missing]"},
		{config.AlertDimensions{FaultCode: "messaging.adaptors.http.flow.ErrorResponseCode", StatusCode: "5xx", Proxy: "orders"}, "[passed]"},
		{config.AlertDimensions{FaultCodeName: "BadGateway"}, "[timeout]"},
		{config.AlertDimensions{FaultCodeName: "messaging.adaptors.http.BadGateway"}, "[timeout]"},
		{config.AlertDimensions{FaultCodeCategory: "Gateway"}, "[timeout refused passed missing]"},
		{config.AlertDimensions{FaultCodeCategory: "API Protocol", FaultCodeSubCategory: "HTTP"}, "[too big]"},
		{config.AlertDimensions{FaultSource: "target"}, "[timeout refused passed missing]"},
		{config.AlertDimensions{FaultSource: "proxy"}, "[]"},
	} {
		var got []string
		for _, name := range order {
			c := watching(config.MetricCount, test.d)
			c.show(records[name])
			if v, _ := c.value(time.Now()); v == 1 {
				got = append(got, name)
			}
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%+v: %v, want %s", test.d, got, test.want)
		}
	}
}

func TestMetrics(t *testing.T) {
	b := &bench{}
	took := func(total, backend time.Duration) *tracing.Record {
		return b.record(func(r *tracing.Record) {
			r.Start = r.End.Add(-total)
			r.Steps[tracing.Send] = tracing.Interval{Start: r.End.Add(-backend), End: r.End.Add(-backend / 2)}
			r.Steps[tracing.Receive] = tracing.Interval{Start: r.End.Add(-backend / 2), End: r.End}
		})
	}
	var latencies []*tracing.Record
	for i := range 100 {
		latencies = append(latencies, took(time.Duration(i+1)*10*time.Millisecond, time.Duration(i+1)*time.Millisecond))
	}
	mixed := []*tracing.Record{b.record(), b.record(), b.record(), b.record(passed(404)), b.record(passed(503))}
	for _, test := range []struct {
		name    string
		c       *condition
		records []*tracing.Record
		want    float64
		known   bool
	}{
		{"count", watching("count", config.AlertDimensions{}), mixed, 5, true},
		{"count of nothing", watching("count", config.AlertDimensions{}), nil, 0, true},
		{"tps", watching("tps", config.AlertDimensions{}), mixed, 5.0 / 60, true},
		{"rate of errors", watching("rate", config.AlertDimensions{}), mixed, 0.4, true},
		{"rate of 5xx", watching("errorRate", config.AlertDimensions{StatusCode: "5xx"}), mixed, 0.2, true},
		{"rate of nothing", watching("rate", config.AlertDimensions{}), nil, 0, false},
		{"p95", watching("totalLatency", config.AlertDimensions{}, percentile(95)), latencies, 950, true},
		{"p50 of the target", watching("targetLatency", config.AlertDimensions{}, percentile(50)), latencies, 50, true},
		{"latency of nothing", watching("totalLatency", config.AlertDimensions{}, percentile(95)), nil, 0, false},
		{"target latency without a target", watching("targetLatency", config.AlertDimensions{}, percentile(95)), mixed, 0, false},
	} {
		test.c.show(test.records...)
		got, known := test.c.value(time.Now())
		if known != test.known || got < test.want*0.91 || got > test.want*1.09 {
			t.Errorf("%s: %v %v, want %v %v", test.name, got, known, test.want, test.known)
		}
	}
}

func TestComparators(t *testing.T) {
	for comparator, want := range map[string]string{">": "[false false true]", ">=": "[false true true]",
		"<": "[true false false]", "<=": "[true true false]"} {
		c := condition{AlertCondition: config.AlertCondition{Comparator: comparator, Threshold: 2}}
		if got := fmt.Sprint([]bool{c.compare(1), c.compare(2), c.compare(3)}); got != want {
			t.Errorf("%s: %s, want %s", comparator, got, want)
		}
	}
}

func TestSlowTransactionsAreTheEvidenceOfALatency(t *testing.T) {
	b := &bench{}
	c := watching("totalLatency", config.AlertDimensions{}, percentile(95), func(c *config.AlertCondition) { c.Threshold = 500 })
	slow := b.record(func(r *tracing.Record) { r.Start = r.End.Add(-time.Second) })
	c.show(b.record(), slow, b.record())
	if got := c.window.evidence(time.Now()); len(got) != 1 || got[0].MessageID != slow.MessageID {
		t.Errorf("%+v", got)
	}
}

func TestAWindowSlides(t *testing.T) {
	for _, seconds := range []int{1, 7, 60, 600, 3600, 86400} {
		for _, p := range []int{0, 95} {
			synctest.Test(t, func(t *testing.T) {
				w := newWindow(&config.AlertCondition{DurationSeconds: seconds, Percentile: p}, time.Now())
				length := time.Duration(seconds) * time.Second
				for range 3 { // rounds of the ring
					w.add(time.Now(), sample{picked: true, latency: time.Millisecond})
					time.Sleep(length - w.slot)
					if _, n := w.counts(time.Now()); n != 1 {
						t.Errorf("%d s: %d after the window less a slot", seconds, n)
					}
					time.Sleep(w.slot)
					if _, n := w.counts(time.Now()); n != 0 {
						t.Errorf("%d s: %d after the window", seconds, n)
					}
					if _, known := w.percentile(time.Now(), 95); p > 0 && known {
						t.Errorf("%d s: a latency after the window", seconds)
					}
				}
				if len(w.slots) > mostSlots || len(w.slots) < 60 || len(w.latencies) > latencySlots {
					t.Errorf("%d slots, %d of latencies", len(w.slots), len(w.latencies))
				}
			})
		}
	}
}

func TestAStragglerDoesNotDisturbALaterSlot(t *testing.T) {
	now := time.Now()
	w := newWindow(&config.AlertCondition{DurationSeconds: 60}, now)
	w.add(now.Add(70*time.Second), sample{picked: true})
	w.add(now.Add(10*time.Second), sample{picked: true}) // the slot of the one before, a round ago
	w.add(now.Add(-time.Second), sample{picked: true})
	if _, n := w.counts(now.Add(70 * time.Second)); n != 1 {
		t.Errorf("%d", n)
	}
}

func TestPercentilesOfExtremes(t *testing.T) {
	var h histogram
	h.add(0)
	if v, _ := h.percentile(0.95); v > 1 {
		t.Errorf("of nothing: %v ms", v)
	}
	h.add(24 * time.Hour)
	if v, _ := h.percentile(0.95); v < 1e6 {
		t.Errorf("of a day: %v ms", v)
	}
}

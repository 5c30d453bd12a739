package monitor

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/tracing"
)

// noon is when the tests' requests end, unless they say otherwise.
var noon = time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC)

// served is a call that the target answered; it took 40 ms, 30 of them with the target.
func served(proxy string, status int, ended time.Time) *tracing.Record {
	start := ended.Add(-40 * time.Millisecond)
	r := &tracing.Record{MessageID: "mp1-1-1-1", Method: []byte("GET"), Path: []byte("/v1/" + proxy + "?a=b"),
		Client: netip.MustParseAddrPort("198.51.100.11:40022"), Start: start, End: ended, Status: status, Passed: true,
		API: tracing.API{Organization: "acme", Environment: "test", Name: proxy, Revision: 3, Target: proxy + ".example:443"}}
	r.Steps[tracing.Send] = tracing.Interval{Start: start.Add(5 * time.Millisecond), End: start.Add(6 * time.Millisecond)}
	r.Steps[tracing.Wait] = tracing.Interval{Start: start.Add(6 * time.Millisecond), End: start.Add(35 * time.Millisecond)}
	return r
}

// failed is a call that ended in a fault of this gateway.
func failed(proxy string, id faults.ID, ended time.Time) *tracing.Record {
	r := served(proxy, 0, ended)
	fault, _ := faults.Find(id)
	r.Status, r.Passed, r.Failure = fault.Status, false, &tracing.Failure{Fault: fault}
	if proxy == "" {
		r.API.Name, r.API.Target = "", ""
		r.Steps = [len(r.Steps)]tracing.Interval{}
	}
	return r
}

// took makes a record last as long.
func took(r *tracing.Record, d time.Duration) *tracing.Record {
	r.Start = r.End.Add(-d)
	r.Steps[tracing.Send], r.Steps[tracing.Wait] = tracing.Interval{Start: r.Start, End: r.Start}, tracing.Interval{Start: r.Start, End: r.End}
	return r
}

// total asks for one metric of everything in the day before to.
func total(s *Store, to time.Time, m Metric, where ...Condition) float64 {
	a := s.Series(Query{From: to.Add(-24 * time.Hour), To: to, Interval: 48 * time.Hour, Where: where, Metrics: []Metric{m}})
	sum := 0.0
	for _, series := range a.Series {
		for _, point := range series.Points {
			sum += point[0]
		}
	}
	return sum
}

// table are the counts of an answer, as text.
func table(a Answer) map[string]string {
	rows := map[string]string{}
	for _, s := range a.Series {
		rows[fmt.Sprint(s.Values)] = fmt.Sprint(s.Points)
	}
	return rows
}

func wantCount(t *testing.T, s *Store, want float64, where ...Condition) {
	t.Helper()
	if got := total(s, noon.Add(time.Hour), Metric{Kind: Count}, where...); got != want {
		t.Errorf("%v: %v requests, want %v", where, got, want)
	}
}

var noonClient = netip.MustParseAddrPort("198.51.100.11:40022")

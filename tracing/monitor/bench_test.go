package monitor

import (
	"fmt"
	"testing"
	"time"

	"message-processor/faults"
)

func BenchmarkObserve(b *testing.B) {
	s, r := New(), served("orders", 200, noon)
	b.ReportAllocs()
	for b.Loop() {
		s.Observe(r)
	}
}

func BenchmarkObserveFault(b *testing.B) {
	s, r := New(), failed("orders", faults.BadGatewayTLSHandshakeTimeout, noon)
	b.ReportAllocs()
	for b.Loop() {
		s.Observe(r)
	}
}

// On all cores, which share one lock.
func BenchmarkObserveParallel(b *testing.B) {
	s := New()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		r := served("orders", 200, noon)
		for p.Next() {
			s.Observe(r)
		}
	})
}

// A day of thirty series a minute, as the timeline asks for it.
func BenchmarkSeriesOfADay(b *testing.B) {
	s := New()
	for minute := range dayMinutes {
		for proxy := range 30 {
			s.Observe(served(fmt.Sprint("p", proxy), 200, noon.Add(time.Duration(minute)*time.Minute)))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Series(Query{From: noon, To: noon.Add(24 * time.Hour), Interval: 15 * time.Minute, By: []Dimension{Proxy},
			Metrics: []Metric{{Kind: Count}, {TotalLatency, 99}}})
	}
	b.ReportMetric(float64(s.bytes)/1024, "KiB/day")
}

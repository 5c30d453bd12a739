package monitor

import (
	"testing"

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

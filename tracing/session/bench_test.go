package session_test

import (
	"testing"

	"message-processor/tracing/session"
)

func TestWhatIsNotRecordedAllocatesNothing(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	good := success()
	if n := testing.AllocsPerRun(100, func() { s.Observe(good.Record) }); n != 0 {
		t.Errorf("%v allocations without a session", n)
	}
	header, _ := session.ParseFilter("header_X-Dbg", "1")
	query, _ := session.ParseFilter("qparam_user", "joe")
	start(t, s, orders, "header", header)
	start(t, s, orders, "query", query)
	if n := testing.AllocsPerRun(100, func() { s.Observe(good.Record) }); n != 0 {
		t.Errorf("%v allocations with sessions that do not match", n)
	}
	start(t, s, orders, "full")
	for range 20 {
		s.Observe(good.Record)
	}
	if n := testing.AllocsPerRun(100, func() { s.Observe(good.Record) }); n != 0 {
		t.Errorf("%v allocations with a session that is full", n)
	}
}

func benchmark(b *testing.B, c *call, prepare func(*session.Store)) {
	o := options()
	o.MaxTransactions, o.MaxBytes = 1<<30, 1<<50
	s := session.New(o)
	defer s.Close()
	prepare(s)
	b.ReportAllocs()
	for b.Loop() {
		s.Observe(c.Record)
	}
}

func BenchmarkObserveWithoutSession(b *testing.B) { benchmark(b, success(), func(*session.Store) {}) }

func BenchmarkObserveNotMatching(b *testing.B) {
	filter, _ := session.ParseFilter("header_X-Dbg", "1")
	benchmark(b, success(), func(s *session.Store) {
		s.Create(session.Spec{Scope: orders, Name: "default", Filters: []session.Filter{filter}})
	})
}

func BenchmarkObserveOtherProxy(b *testing.B) {
	benchmark(b, success(), func(s *session.Store) {
		s.Create(session.Spec{Scope: session.Scope{API: "other"}, Name: "default"})
	})
}

func BenchmarkObserveMatching(b *testing.B) {
	benchmark(b, success(), func(s *session.Store) { s.Create(session.Spec{Scope: orders, Name: "default"}) })
}

func BenchmarkObserveFault(b *testing.B) { benchmark(b, handshakeTimeout(), func(*session.Store) {}) }

func BenchmarkAppendXML(b *testing.B) {
	s := session.New(options())
	defer s.Close()
	s.Observe(handshakeTimeout().Record)
	tx := s.Faults()[0]
	b.ReportAllocs()
	for b.Loop() {
		tx.AppendXML(nil)
	}
}

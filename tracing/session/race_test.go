package session_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"message-processor/tracing/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Many requests finish at once while sessions come, go and are read.
func TestManyObserversAndReaders(t *testing.T) {
	s := session.New(options())
	defer s.Close()
	start(t, s, orders, "default")
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			good, bad := success(), fault(i)
			for range 50 {
				s.Observe(good.Record)
				s.Observe(bad.Record)
			}
		})
	}
	for i := range 4 {
		group.Go(func() { readWhileItHappens(t, s, fmt.Sprint("session-", i)) })
	}
	group.Wait()
	if n := len(s.Faults()); n != 10 {
		t.Errorf("%d faults", n)
	}
	seen := map[string]bool{}
	for _, tx := range transactions(t, s, "default") {
		if seen[tx.ID()] {
			t.Errorf("%s twice", tx.ID())
		}
		seen[tx.ID()] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d transactions", len(seen))
	}
}

func readWhileItHappens(t *testing.T, s *session.Store, name string) {
	for range 10 {
		start(t, s, orders, name)
		feed, cancel, err := s.Subscribe(orders, name)
		if err != nil {
			t.Error(err)
			return
		}
		for _, tx := range s.Faults() {
			tx.AppendXML(nil)
		}
		if _, err := s.AppendFile(nil, orders, name); err != nil {
			t.Error(err)
		}
		s.All()
		select {
		case tx := <-feed:
			if _, err := s.Get(orders, name, tx.ID()); err != nil {
				t.Error(err)
			}
		default:
		}
		cancel()
		if err := s.Delete(orders, name); err != nil && !errors.Is(err, session.ErrUnknownSession) {
			t.Error(err)
		}
	}
}

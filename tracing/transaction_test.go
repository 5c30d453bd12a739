package tracing

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/faults"
)

func TestStepsFollowOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen *Record
		r := NewRecorder("mp1", 1, time.Now(), 1, func(r *Record) { kept := *r; seen = &kept })
		tx := r.Connection(netip.AddrPort{}).Begin(time.Now(), nil, Sampling{})
		time.Sleep(time.Second)
		tx.Enter(Connect)
		time.Sleep(2 * time.Second)
		tx.Enter(Handshake)
		time.Sleep(55 * time.Second)
		tx.Finish()

		for step, want := range map[Step]time.Duration{Request: time.Second, Connect: 2 * time.Second, Handshake: 55 * time.Second} {
			if got := seen.Steps[step].Duration(); got != want {
				t.Errorf("%v took %v, want %v", step, got, want)
			}
		}
		if seen.Steps[Send].Happened() || seen.Steps[DNS].Happened() {
			t.Error("steps that were not entered are in the record")
		}
		if took := seen.End.Sub(seen.Start); took != 58*time.Second {
			t.Errorf("the request took %v", took)
		}
	})
}

func TestStepEnteredAgainKeepsItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tx := NewRecorder("mp1", 1, time.Now(), 1).Connection(netip.AddrPort{}).Begin(time.Now(), nil, Sampling{})
		tx.Enter(Proxy)
		time.Sleep(time.Second)
		tx.Enter(Request)
		time.Sleep(time.Second)
		tx.Finish()
		if took := tx.Record().Steps[Request].Duration(); took != 2*time.Second {
			t.Errorf("reading the request took %v, from its head to the end of its body it was 2s", took)
		}
	})
}

func TestFirstFailureCounts(t *testing.T) {
	tx := NewRecorder("mp1", 1, time.Now(), 1).Connection(netip.AddrPort{}).Begin(time.Now(), nil, Sampling{})
	tx.Enter(Handshake)
	tx.Fail(Failure{Fault: faults.Fault{ID: faults.BadGatewayTLSHandshakeTimeout}})
	tx.Enter(Respond)
	tx.Fail(Failure{Fault: faults.Fault{ID: faults.InternalError}})
	if f := tx.Record().Failure; f.Fault.ID != faults.BadGatewayTLSHandshakeTimeout || f.Step != Handshake {
		t.Errorf("recorded %s in step %v", f.Fault.ID, f.Step)
	}
}

func TestObserversSeeARecordOnce(t *testing.T) {
	seen := 0
	r := NewRecorder("mp1", 1, time.Now(), 1, func(*Record) { seen++ })
	tx := r.Connection(netip.AddrPort{}).Begin(time.Now(), nil, Sampling{})
	tx.Finish()
	tx.Finish()
	if seen != 1 {
		t.Errorf("seen %d times", seen)
	}
}

func TestNextRequestBeginsWithACleanRecord(t *testing.T) {
	c := NewRecorder("mp1", 1, time.Now(), 1).Connection(netip.AddrPort{})
	tx := c.Begin(time.Now(), nil, Sampling{})
	tx.Record().Status = 502
	tx.Fail(Failure{Fault: faults.Fault{ID: faults.InternalError}})
	tx.Finish()
	if r := c.Begin(time.Now(), nil, Sampling{}).Record(); r.Status != 0 || r.Failure != nil || !r.End.IsZero() {
		t.Errorf("the second request's record has status %d, failure %v", r.Status, r.Failure)
	}
}

func TestRequestsUnderWayAreCountedUntilTheyAreFinished(t *testing.T) {
	recorder := NewRecorder("mp1", 1, time.Now(), 1, func(*Record) { panic("a defect in an observer") })
	first, second := recorder.Connection(netip.AddrPort{}), recorder.Connection(netip.AddrPort{})
	tx := first.Begin(time.Now(), nil, Sampling{})
	second.Begin(time.Now(), nil, Sampling{})
	if n := recorder.Active(); n != 2 {
		t.Errorf("%d under way", n)
	}
	finish := func() {
		defer func() { recover() }()
		tx.Finish()
	}
	finish()
	finish()
	if n := recorder.Active(); n != 1 {
		t.Errorf("%d under way after one has finished", n)
	}
}

func BenchmarkTransaction(b *testing.B) {
	c := NewRecorder("mp1", 1, time.Now(), 1, func(*Record) {}).Connection(netip.AddrPort{})
	b.ReportAllocs()
	for b.Loop() {
		tx := c.Begin(time.Now(), []byte(incoming), Sampling{})
		tx.Enter(Send)
		tx.Enter(Wait)
		tx.Enter(Respond)
		tx.Finish()
	}
}

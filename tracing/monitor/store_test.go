package monitor

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults"
	"message-processor/tracing"
)

func TestRequestsAreCountedByWhatTheyWereAbout(t *testing.T) {
	s := New()
	for range 7 {
		s.Observe(served("orders", 200, noon))
	}
	s.Observe(served("orders", 404, noon))
	s.Observe(failed("orders", faults.BadGatewayTLSHandshakeTimeout, noon))
	s.Observe(failed("payments", faults.TargetConnectionRefused, noon))
	s.Observe(failed("", faults.ApplicationNotFound, noon))
	wantCount(t, s, 11)
	wantCount(t, s, 9, Condition{Proxy, "orders"})
	wantCount(t, s, 1, Condition{Proxy, NotSet})
	wantCount(t, s, 1, Condition{Target, NotSet})
	wantCount(t, s, 2, Condition{StatusCode, "4xx"})
	wantCount(t, s, 2, Condition{StatusCode, "5xx"})
	wantCount(t, s, 1, Condition{StatusCode, "502"}, Condition{Proxy, "orders"})
	wantCount(t, s, 0, Condition{StatusCode, "502"}, Condition{Proxy, "payments"})
	wantCount(t, s, 11, Condition{"region", Any}, Condition{Proxy, Any})
	wantCount(t, s, 7, Condition{FaultCode, NotSet})
	wantCount(t, s, 3, Condition{FaultSource, "target"})
	wantCount(t, s, 1, Condition{FaultCode, "messaging.adaptors.http.BadGateway"})
	wantCount(t, s, 4, Condition{FaultCodeCategory, "Gateway"})
	if got := total(s, noon.Add(time.Hour), Metric{Kind: Faults}); got != 4 {
		t.Errorf("%v faults, want 4", got)
	}
	if got := s.Observed(); got != 11 {
		t.Errorf("observed %d", got)
	}
}

func TestARequestBelongsToTheMinuteInWhichItEnded(t *testing.T) {
	s := New()
	for _, second := range []int{0, 59, 60, 61, 59, 185} { // one of the minute before comes late
		s.Observe(served("orders", 200, noon.Truncate(time.Minute).Add(time.Duration(second)*time.Second)))
	}
	a := s.Series(Query{From: noon, To: noon.Add(4 * time.Minute), Interval: time.Minute, Metrics: []Metric{{Kind: Count}}})
	if diff := cmp.Diff(map[string]string{"[]": "[[3] [2] [0] [1] [0]]"}, table(a)); diff != "" {
		t.Error(diff)
	}
	if want := noon.Truncate(time.Minute); len(a.Starts) != 5 || !a.Starts[0].Equal(want) || a.Interval != time.Minute {
		t.Errorf("%v every %v", a.Starts, a.Interval)
	}
}

// A gateway that runs for two days in virtual time, one request a minute.
func TestADayIsKeptByTheMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New()
		connection := tracing.NewRecorder("mp1", 1, time.Now(), 1, s.Observe).Connection(noonClient)
		for range 2 * 24 * 60 {
			tx := connection.Begin(time.Now(), nil, tracing.Sampling{})
			tx.Record().Status, tx.Record().API.Name = 200, "orders"
			time.Sleep(time.Minute)
			tx.Finish()
		}
		a := s.Series(Query{From: time.Now().Add(-48 * time.Hour), To: time.Now().Add(time.Second), Interval: time.Hour,
			Metrics: []Metric{{Kind: Count}, {Kind: TotalLatency}}})
		if a.Series[0].Count != 24*60 {
			t.Errorf("%d requests, want those of one day", a.Series[0].Count)
		}
		if want := time.Now().Add(-24*time.Hour + time.Minute); !s.Since().Equal(want) {
			t.Errorf("since %v, want %v", s.Since(), want)
		}
		if point := a.Series[0].Points[len(a.Starts)-2]; point[0] != 60 || point[1] != 60_000 {
			t.Errorf("an hour: %v", point)
		}
	})
}

func TestAClockThatIsSetBackIsFollowed(t *testing.T) {
	s := New()
	s.Observe(served("orders", 200, noon.Add(-10*time.Hour)))
	s.Observe(served("future", 200, noon.Add(5*time.Hour)))
	s.Observe(served("orders", 200, noon))
	wantCount(t, s, 2)
	wantCount(t, s, 0, Condition{Proxy, "future"})
	s.Observe(served("late", 200, noon.Add(-5*time.Minute)))
	wantCount(t, s, 3)
}

func TestWhateverTargetsAnswerMinutesStaySmallAndNothingIsLost(t *testing.T) {
	s := New()
	s.Observe(served("quiet", 200, noon))
	n := 0
	for round := range 2 {
		for proxy := range 40 {
			for status := 100; status < 1000; status++ {
				s.Observe(served(fmt.Sprint("p", proxy), status, noon.Add(time.Duration(round)*time.Minute)))
				n++
			}
		}
	}
	s.Observe(served("quiet", 200, noon.Add(3*time.Minute)))
	wantCount(t, s, float64(n+2))
	wantCount(t, s, float64(n/9), Condition{StatusCode, "5xx"}, Condition{FaultSource, "target"})
	wantCount(t, s, 2, Condition{Proxy, "quiet"})
	wantCount(t, s, 1800, Condition{Proxy, "p0"})
	for _, p := range s.minutes(0, noon.Unix()) {
		if len(p.series) > maxCoarse+20 {
			t.Errorf("%d series in a minute", len(p.series))
		}
	}
	a := s.Series(Query{From: noon, To: noon.Add(2 * time.Minute), Interval: time.Minute, By: []Dimension{Proxy, StatusCode}, Metrics: []Metric{{Kind: Count}}})
	if table(a)["[(other) 5xx]"] == "" {
		t.Errorf("no overflow in %d rows", len(a.Series))
	}
}

func TestTheBytesOfADayAreBounded(t *testing.T) {
	s := New()
	random := rand.New(rand.NewPCG(1, 2))
	const minutes = 300
	for minute := range minutes { // as bad as it gets: many series, each with many durations
		o := s.current(noon.Unix()/60 + int64(minute))
		for series := range maxCoarse {
			c := o.find(Key{Proxy: fmt.Sprint(series % 100), Status: 200 + series/100}, s.intern)
			for range 90 {
				us := uint64(1) << random.UintN(28)
				c.add(us+random.Uint64N(us), us, true)
			}
		}
	}
	perMinute := s.bytes / minutes
	if perMinute > 100<<10 {
		t.Errorf("%d bytes a minute", perMinute)
	}
	for minute := range int64(dayMinutes) {
		s.day[minute] = &packed{minute: minute + 1}
	}
	s.bytes = maxBytes + 10*96
	o := &open{minute: 2 * dayMinutes, index: map[Key]int{}}
	o.find(Key{}, s.intern)
	s.close(o)
	if s.bytes > maxBytes || s.day[1] != nil || s.day[5] != nil || s.day[dayMinutes-1] == nil {
		t.Errorf("%d bytes; the oldest minutes should have gone", s.bytes)
	}
}

func TestManyCanObserveAndReadAtOnce(t *testing.T) {
	s := New()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				s.Observe(served(fmt.Sprint("p", worker), 200+i%400, noon.Add(time.Duration(i)*time.Second)))
				if i%50 == 0 {
					s.Series(Query{From: noon, To: noon.Add(time.Hour), Interval: time.Minute, Metrics: []Metric{{TotalLatency, 99}}})
					s.Calls(Selection{Limit: 10})
					s.Since()
				}
			}
		})
	}
	all.Wait()
	wantCount(t, s, 4000)
}

func TestObservingAllocatesNothing(t *testing.T) {
	s := New()
	fine, bad := served("orders", 200, noon), failed("orders", faults.BadGatewayTLSHandshakeTimeout, noon)
	for range maxFaults {
		s.Observe(fine)
		s.Observe(bad)
	}
	if n := testing.AllocsPerRun(100, func() { s.Observe(fine); s.Observe(bad) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package monitor

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults"
)

func TestSeriesAreToldApartByTheDimensionsAskedFor(t *testing.T) {
	s := New()
	for i, r := range []struct {
		proxy  string
		status int
	}{{"orders", 200}, {"orders", 200}, {"orders", 503}, {"payments", 200}} {
		s.Observe(served(r.proxy, r.status, noon.Add(time.Duration(i)*time.Minute)))
	}
	query := Query{From: noon, To: noon.Add(4 * time.Minute), Interval: 2 * time.Minute, Metrics: []Metric{{Kind: Count}, {Kind: Faults}}}
	for name, test := range map[string]struct {
		by   []Dimension
		want map[string]string
	}{
		"none": {nil, map[string]string{"[]": "[[2 0] [2 1] [0 0]]"}},
		"proxy": {[]Dimension{Proxy}, map[string]string{"[orders]": "[[2 0] [1 1] [0 0]]",
			"[payments]": "[[0 0] [1 0] [0 0]]"}},
		"two": {[]Dimension{Target, StatusCode}, map[string]string{"[orders.example:443 200]": "[[2 0] [0 0] [0 0]]",
			"[orders.example:443 503]": "[[0 0] [1 1] [0 0]]", "[payments.example:443 200]": "[[0 0] [1 0] [0 0]]"}},
		"fault": {[]Dimension{FaultSource, FaultCodeName}, map[string]string{"[(not set) (not set)]": "[[2 0] [1 0] [0 0]]",
			"[target ErrorResponseCode]": "[[0 0] [1 1] [0 0]]"}},
	} {
		query.By = test.by
		if diff := cmp.Diff(test.want, table(s.Series(query))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRatesAreMeasuredOverTheWholeInterval(t *testing.T) {
	s := New()
	for range 30 {
		s.Observe(served("orders", 200, noon))
	}
	for range 10 {
		s.Observe(failed("orders", faults.TargetDNSFailure, noon))
	}
	a := s.Series(Query{From: noon.Truncate(5 * time.Minute), To: noon.Truncate(5 * time.Minute).Add(10 * time.Minute), Interval: 5 * time.Minute,
		Metrics: []Metric{{Kind: TPS}, {Kind: ErrorRate}, {Kind: TotalLatency}, {Kind: TargetLatency}}})
	if diff := cmp.Diff(map[string]string{"[]": fmt.Sprintf("[[%v 0.25 40 30] [0 NaN NaN NaN]]", 40.0/300)}, table(a)); diff != "" {
		t.Error(diff)
	}
	if a := s.Series(Query{From: noon.Add(time.Hour), To: noon.Add(2 * time.Hour), Interval: time.Minute}); len(a.Series) != 0 || len(a.Starts) < 60 {
		t.Errorf("where nothing was: %v", a)
	}
	if a := New().Series(Query{From: noon, To: noon.Add(time.Minute), Interval: time.Minute}); len(a.Series) != 0 {
		t.Errorf("an empty store: %v", a)
	}
}

func TestPercentilesAreOffByATenthAtMost(t *testing.T) {
	for name, duration := range map[string]func(i int) time.Duration{
		"even": func(i int) time.Duration { return time.Duration(i) * time.Millisecond },
		"log":  func(i int) time.Duration { return time.Duration(50e3 * math.Pow(1.0138, float64(i))) },
	} {
		s := New()
		for i := 1; i <= 1000; i++ {
			s.Observe(took(served("orders", 200, noon), duration(i)))
		}
		for _, p := range []float64{1, 50, 95, 99, 99.9, 100} {
			want := duration(int(p*10)).Seconds() * 1000
			for _, kind := range []Kind{TotalLatency, TargetLatency} {
				if got := total(s, noon.Add(time.Hour), Metric{kind, p}); math.Abs(got-want) > want/10 {
					t.Errorf("%s: p%v is %v ms, want %v", name, p, got, want)
				}
			}
		}
	}
}

// The seed playbook's fault: after 55 s, on every request.
func TestATimeoutIsReadBackAsItIs(t *testing.T) {
	s := New()
	for range 100 {
		s.Observe(took(failed("orders", faults.BadGatewayTLSHandshakeTimeout, noon), 55221*time.Millisecond))
	}
	if got := total(s, noon.Add(time.Hour), Metric{TotalLatency, 99}); got != 55_221 {
		t.Errorf("p99 is %v ms", got)
	}
}

func TestBucketsFollowOneAnother(t *testing.T) {
	for i := range buckets {
		if got := bucketOf(floorOf(i)); got != i {
			t.Errorf("bucket %d begins at %d µs, which is in %d", i, floorOf(i), got)
		}
		if i > 0 && bucketOf(floorOf(i)-1) != i-1 {
			t.Errorf("%d µs is in bucket %d", floorOf(i)-1, bucketOf(floorOf(i)-1))
		}
	}
	if bucketOf(math.MaxUint64) != buckets-1 || microseconds(-time.Second) != 0 {
		t.Error("what is out of range")
	}
}

func TestPackingLosesNothing(t *testing.T) {
	var h histogram[uint32]
	for i := range buckets {
		for range i * i * i % 1000 {
			h.add(floorOf(i))
		}
	}
	p, bytes := packHistogram(&h, []byte("before"))
	var back histogram[uint64]
	p.addTo(&back, bytes)
	p.addTo(&back, bytes)
	for i, count := range h.counts {
		if back.counts[i] != 2*uint64(count) {
			t.Errorf("bucket %d: %d, want twice %d", i, back.counts[i], count)
		}
	}
	if back.n != 2*h.n || back.least != h.least || back.sum != 2*h.sum || back.max != h.max {
		t.Errorf("%d %d %d of %d %d %d", back.n, back.sum, back.max, h.n, h.sum, h.max)
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	s := New()
	for minute := range 10 {
		for proxy := range 100 {
			s.Observe(served(fmt.Sprint("p", minute, "-", proxy), 200, noon.Add(time.Duration(minute)*time.Minute)))
		}
	}
	a := s.Series(Query{From: noon.Add(-240 * time.Hour), To: noon.Add(10 * time.Minute), Interval: time.Minute, By: []Dimension{Proxy}, Metrics: []Metric{{Kind: Count}}})
	rows, sum := 0, uint64(0)
	for _, series := range a.Series {
		rows++
		sum += series.Count
	}
	if len(a.Starts) > maxPoints || rows*len(a.Starts) > maxPlaces+maxPoints || sum != 1000 {
		t.Errorf("%d series of %d points, %d requests", rows, len(a.Starts), sum)
	}
	if last := a.Series[rows-1]; last.Values[0] != Other || last.Count < 800 {
		t.Errorf("the last is %v with %d", last.Values, last.Count)
	}
}

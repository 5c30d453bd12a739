package monitor

import (
	"math"
	"time"
)

// Metric is what is measured of the requests of a series in an interval.
type Metric struct {
	Kind       Kind
	Percentile float64 // of a latency, above 0 to 100; 0: the mean
}

// Kind is a kind of metric.
type Kind int

// The kinds.
const (
	Count         Kind = iota // requests
	Faults                    // requests that ended in a fault
	TPS                       // requests per second
	ErrorRate                 // share of faults, 0 to 1
	TotalLatency              // milliseconds, from the first byte of the request to the last of the answer
	TargetLatency             // milliseconds, of the requests that tried to reach a target
)

// Query asks for series. From is moved back and To forward to whole intervals.
type Query struct {
	From, To time.Time
	Interval time.Duration // whole minutes; 0: one interval, from From to To in whole minutes
	By       []Dimension   // a series for each combination of values; none: one series of everything
	Where    []Condition
	Metrics  []Metric
}

// Answer is what a query finds. Values that cannot be, such as the error rate of no requests, are NaN.
type Answer struct {
	Starts   []time.Time // of the intervals
	Interval time.Duration
	Series   []Series // those with at least one request, in the order in which they appeared
}

// Series is the course of some metrics over time.
type Series struct {
	Values []string    // of Query.By; NotSet where there is none
	Points [][]float64 // for every interval, every metric
	Count  uint64      // requests in all intervals
}

// The bounds of an answer. Series beyond them go into one whose values are Other.
const (
	maxPoints = dayMinutes // of a series; the oldest are left out
	maxRows   = 500        // series
	maxPlaces = 200_000    // points of all series together
)

// Series answers a query from the minutes that are kept.
func (s *Store) Series(q Query) Answer {
	step := max(int64(q.Interval/time.Minute), 1)
	from, to := floor(q.From.Unix(), step*60)/60, -floor(-q.To.Unix(), step*60)/60
	if q.Interval <= 0 {
		step = max(to-from, 1)
	}
	from = max(from, to-maxPoints*step)
	b := builder{query: q, step: step, from: from, rows: map[[maxBy]string]*row{}}
	b.answer.Interval = time.Duration(step) * time.Minute
	for at := from; at < to; at += step {
		b.answer.Starts = append(b.answer.Starts, time.Unix(at*60, 0).UTC())
	}
	for _, p := range s.minutes(from, to) {
		b.add(p)
	}
	return b.finish()
}

func floor(n, step int64) int64 {
	rest := n % step
	if rest < 0 {
		rest += step
	}
	return n - rest
}

// value is the metric of an interval that lasts so many seconds.
func (m Metric) value(s *sums, seconds float64) float64 {
	switch m.Kind {
	case Count:
		return float64(s.count)
	case Faults:
		return float64(s.faults)
	case TPS:
		return float64(s.count) / seconds
	case ErrorRate:
		if s.count > 0 {
			return float64(s.faults) / float64(s.count)
		}
	case TotalLatency:
		return m.latency(&s.latencies.total)
	case TargetLatency:
		return m.latency(&s.latencies.target)
	}
	return math.NaN()
}

func (m Metric) latency(h *histogram[uint64]) float64 {
	read := h.mean
	if m.Percentile > 0 {
		read = func() (float64, bool) { return h.percentile(m.Percentile) }
	}
	if ms, ok := read(); ok {
		return ms
	}
	return math.NaN()
}

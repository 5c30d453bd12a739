package logs

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"message-processor/faults"
	"message-processor/tracing/systemlog"
)

// Bounds of a Summary.
const (
	maxCounts  = 10_000 // pairs of fault and target; what comes beyond is counted together
	maxSlowest = 10
)

// Summary are the faults of a log since a time.
type Summary struct {
	Since  time.Time `json:"since"` // zero: all of it
	Faults []Count   `json:"faults"`
	// Slowest are the faults whose connections were the oldest, the oldest first.
	Slowest []Slow `json:"slowest"`
	// Others are ERROR lines that no known fault writes.
	Others int `json:"other_errors"`
}

// Count is how often a fault happened with a target.
type Count struct {
	Fault  string    `json:"fault"` // code in trace and monitoring
	Status int       `json:"status"`
	API    string    `json:"api,omitempty"`
	Target string    `json:"target,omitempty"` // as the line has it: address:port, or a host that was not found
	Count  int       `json:"count"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
}

// Slow is a fault and how old its connection was.
type Slow struct {
	MessageID string        `json:"message_id"`
	Fault     string        `json:"fault"`
	Target    string        `json:"target"`
	Time      time.Time     `json:"time"`
	Age       time.Duration `json:"age_ns"`
}

// Summing makes a Summary of one or more logs.
type Summing struct {
	since   time.Time
	counts  map[countKey]*Count
	slowest []Slow
	others  int
}

type countKey struct{ fault, api, target string }

// Sum begins a Summary of what happened since a time; zero: all.
func Sum(since time.Time) *Summing { return &Summing{since: since, counts: map[countKey]*Count{}} }

// Read adds a log.
func (s *Summing) Read(ctx context.Context, r io.Reader) error {
	word := []byte("ERROR")
	return scan(ctx, r, piece, func(window []byte) int { return bytes.Index(window, word) }, func(text []byte) error {
		if e, err := systemlog.Parse(string(text)); err == nil && e.Level >= zerolog.ErrorLevel && (e.Time.IsZero() || !e.Time.Before(s.since)) {
			s.add(&e)
		}
		return nil
	})
}

func (s *Summing) add(e *systemlog.Event) {
	f, values, ok := faults.Recognise(e.Message)
	if !ok {
		s.others++
		return
	}
	channel, connected := systemlog.ParseChannel(e.Message)
	target := cmp.Or(channel.Remote, values["host"])
	key := countKey{f.TraceCode, e.API, target}
	if s.counts[key] == nil && len(s.counts) >= maxCounts {
		key.api, key.target = "", "(others)"
	}
	c := s.counts[key]
	if c == nil {
		c = &Count{Fault: f.TraceCode, Status: f.Status, API: key.api, Target: key.target, First: e.Time}
		s.counts[key] = c
	}
	c.Count++
	if e.Time.Before(c.First) {
		c.First = e.Time
	}
	if e.Time.After(c.Last) {
		c.Last = e.Time
	}
	if connected {
		s.rank(Slow{e.MessageID, f.TraceCode, target, e.Time, channel.Age})
	}
}

// rank keeps the slowest.
func (s *Summing) rank(one Slow) {
	at, _ := slices.BinarySearchFunc(s.slowest, one, func(a, b Slow) int { return cmp.Compare(b.Age, a.Age) })
	if at < maxSlowest {
		s.slowest = slices.Insert(s.slowest, at, one)
		s.slowest = s.slowest[:min(len(s.slowest), maxSlowest)]
	}
}

// Summary is what was read so far, the most frequent fault first.
func (s *Summing) Summary() Summary {
	all := Summary{Since: s.since, Faults: []Count{}, Slowest: append([]Slow{}, s.slowest...), Others: s.others}
	for _, c := range s.counts {
		all.Faults = append(all.Faults, *c)
	}
	slices.SortFunc(all.Faults, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Fault, b.Fault), cmp.Compare(a.API, b.API), cmp.Compare(a.Target, b.Target))
	})
	return all
}

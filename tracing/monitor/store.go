package monitor

import (
	"sync"
	"sync/atomic"
	"time"

	"message-processor/tracing"
)

const (
	dayMinutes = 24 * 60
	maxBytes   = 48 << 20 // of all packed minutes
	maxKeys    = 4096     // that are known to be the same; beyond it they are learned anew

	// setBack is by how many minutes the clock must have been set back for what is in the future to be dropped. Below it a
	// record is taken for a late one.
	setBack = 10
)

// Store holds what was served lately. It is safe for concurrent use.
type Store struct {
	observed atomic.Uint64

	mu      sync.Mutex // of what follows; held for moments only
	open    [2]open    // by the last bit of the minute
	newest  int64
	keys    map[Key]*Key
	day     [dayMinutes]*packed // by minute modulo the length
	bytes   int                 // of day
	scratch []byte

	calls calls
}

// New returns an empty Store.
func New() *Store {
	s := &Store{keys: map[Key]*Key{}}
	for i := range s.open {
		s.open[i].index = map[Key]int{}
	}
	return s
}

// Observe is a tracing.Observer. It allocates nothing for a request, and copies what it keeps.
func (s *Store) Observe(r *tracing.Record) {
	k := keyOf(r)
	total := microseconds(r.End.Sub(r.Start))
	spent, reached := r.TargetTime()
	target := microseconds(spent.Duration())

	s.mu.Lock()
	n, slowest := s.current(r.End.Unix()/60).find(k, s.intern).add(total, target, reached)
	s.mu.Unlock()

	if k.IsFault() || slowest || n&(n-1) == 0 {
		s.calls.keep(r, k, total, target)
	}
	s.observed.Add(1)
}

// Observed is how many requests were counted since the start: a mark that changes whenever something else does.
func (s *Store) Observed() uint64 { return s.observed.Load() }

// current is the open minute a request that ended then is counted in.
func (s *Store) current(minute int64) *open {
	if minute > s.newest || minute < s.newest-setBack {
		s.turn(minute)
	}
	return &s.open[max(minute, s.newest-1)&1]
}

// turn begins a minute. The one before stays open: requests end in it that are counted only now.
func (s *Store) turn(minute int64) {
	for i := range s.open {
		if o := &s.open[i]; o.minute != minute-1 {
			s.close(o)
		}
	}
	if minute < s.newest {
		s.forget(func(p *packed) bool { return p.minute >= minute })
	}
	s.newest = minute
	s.open[minute&1].reset(minute)
	if before := &s.open[(minute-1)&1]; before.minute != minute-1 {
		before.reset(minute - 1)
	}
}

// close packs an open minute, if there is anything in it.
func (s *Store) close(o *open) {
	if len(o.cells) == 0 {
		return
	}
	var p *packed
	p, s.scratch = o.pack(s.scratch)
	o.reset(o.minute)
	place := &s.day[p.minute%dayMinutes]
	if *place != nil {
		s.bytes -= (*place).size()
	}
	*place = p
	s.bytes += p.size()
	for s.bytes > maxBytes {
		s.dropOldest()
	}
}

func (s *Store) dropOldest() {
	var oldest *packed
	for _, p := range s.day {
		if p != nil && (oldest == nil || p.minute < oldest.minute) {
			oldest = p
		}
	}
	s.forget(func(p *packed) bool { return p == oldest })
}

func (s *Store) forget(which func(*packed) bool) {
	for i, p := range s.day {
		if p != nil && which(p) {
			s.bytes -= p.size()
			s.day[i] = nil
		}
	}
}

// intern returns the one copy of a key, so that a minute holds no names.
func (s *Store) intern(k Key) *Key {
	if known := s.keys[k]; known != nil {
		return known
	}
	if len(s.keys) >= maxKeys {
		clear(s.keys)
	}
	s.keys[k] = &k
	return &k
}

// minutes returns all minutes from from to before to, oldest first, those under way packed as they are now.
func (s *Store) minutes(from, to int64) []*packed {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == 0 {
		return nil
	}
	from = max(from, s.newest-dayMinutes+1)
	to = min(to, s.newest+1)
	var list []*packed
	for minute := from; minute < to; minute++ {
		p := s.day[minute%dayMinutes]
		if o := &s.open[minute&1]; o.minute == minute {
			p, s.scratch = o.pack(s.scratch)
		}
		if p != nil && p.minute == minute {
			list = append(list, p)
		}
	}
	return list
}

// Since is the beginning of the oldest minute that is still there, zero if there is none.
func (s *Store) Since() time.Time {
	for _, p := range s.minutes(0, s.lastMinute()+1) {
		if len(p.series) > 0 {
			return time.Unix(p.minute*60, 0)
		}
	}
	return time.Time{}
}

func (s *Store) lastMinute() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

package session

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"message-processor/tracing"
)

// maxSessions bounds the sessions that are open at a time: each costs every request a comparison.
const maxSessions = 64

// Store holds the sessions and the last faults of one gateway. It is safe for concurrent use.
type Store struct {
	options   atomic.Pointer[Options]
	recording atomic.Pointer[[]*live] // the open sessions that have room; nil when there are none

	mu      sync.Mutex // of what follows; held for moments only
	counter uint64     // of transactions
	open    []*live    // oldest first
	bytes   int64      // of all transactions in sessions
	faults  recent
	closed  bool
}

// New returns an empty Store.
func New(o Options) *Store {
	s := &Store{}
	s.options.Store(o.withDefaults())
	return s
}

// Configure replaces the options for what comes from now on. Open sessions keep their bounds.
func (s *Store) Configure(o Options) {
	s.options.Store(o.withDefaults())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.trim(s.options.Load())
}

// Close ends all sessions and discards everything.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for len(s.open) > 0 {
		s.end(s.open[0])
	}
	s.faults = recent{}
}

// Observe is a tracing.Observer: it keeps what sessions or the flight recorder want of the record. It costs one
// atomic load when no session is recording and the record is of no fault, and allocates only for what it keeps.
func (s *Store) Observe(r *tracing.Record) {
	recording := s.recording.Load()
	if recording == nil && r.Failure == nil {
		return
	}
	o := s.options.Load()
	wanted := matching(recording, r)
	if len(wanted) == 0 && (r.Failure == nil || o.KeepFaults <= 0) {
		return
	}
	s.keep(newTransaction(r, o), wanted, o)
}

// matching returns the sessions that want the record.
func matching(recording *[]*live, r *tracing.Record) []*live {
	if recording == nil {
		return nil
	}
	var found []*live
	for _, l := range *recording {
		if l.wants(r) {
			found = append(found, l)
		}
	}
	return found
}

// keep names the transaction and puts it where it is wanted. Numbers are given under the lock, so that they rise in
// every session.
func (s *Store) keep(t *Transaction, wanted []*live, o *Options) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter++
	t.id = o.ProcessorID + "__" + strconv.FormatUint(s.counter, 10)
	for _, l := range wanted {
		s.add(l, t, o)
	}
	if t.failed && !s.closed {
		s.faults.push(t, o)
	}
}

// add records t in one session, unless the session has ended or filled up meanwhile.
func (s *Store) add(l *live, t *Transaction, o *Options) {
	if l.ended || l.full {
		return
	}
	if s.bytes+t.size > o.MaxBytes {
		l.full = true
	} else {
		s.bytes += t.size
		l.bytes += t.size
		l.add(t)
	}
	if l.full {
		s.publish()
	}
}

// publish tells Observe which sessions have room.
func (s *Store) publish() {
	var list []*live
	for _, l := range s.open {
		if !l.full {
			list = append(list, l)
		}
	}
	if list == nil {
		s.recording.Store(nil)
		return
	}
	s.recording.Store(&list)
}

// end discards a session and its data.
func (s *Store) end(l *live) {
	if l.ended {
		return
	}
	s.open = slices.DeleteFunc(s.open, func(other *live) bool { return other == l })
	s.bytes -= l.bytes
	l.end()
	s.publish()
}

// expire is what a session's timer does.
func (s *Store) expire(l *live) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(l)
}

// Create opens a session. ErrInvalidName, ErrInvalidTimeout (negative), ErrInvalidFilter, ErrExists, ErrTooMany.
func (s *Store) Create(spec Spec) (Info, error) {
	if err := spec.check(); err != nil {
		return Info{}, err
	}
	o := s.options.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(spec.Scope, spec.Name) != nil {
		return Info{}, refusal(ErrExists, spec.Name)
	}
	if s.closed || len(s.open) >= maxSessions {
		return Info{}, refusal(ErrTooMany, "open sessions")
	}
	l := newLive(spec, o, time.Now())
	s.open = append(s.open, l)
	l.timer = time.AfterFunc(l.ends.Sub(l.started), func() { s.expire(l) })
	s.publish()
	return l.info(), nil
}

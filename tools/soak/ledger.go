package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// answer is what a client was told about one transaction.
type answer struct {
	kind   string // of the client
	status int
	fault  string // X-Apigee-fault-code
	times  int    // answers with the same message id; more than one is wrong
}

// tally counts what clients of one kind did.
type tally struct {
	sent, answered int
	left           int // went away on purpose, without an answer
	wrong          int // anything that should not have been
}

// ledger is what the clients saw, to be held against what the gateways wrote down. It is safe for concurrent use.
type ledger struct {
	mutex   sync.Mutex
	answers map[string]answer // by message id
	kinds   map[string]*tally
	wrong   []string // examples
	timings map[string][]time.Duration
}

const maxWrong = 40 // examples kept

func newLedger() *ledger {
	return &ledger{answers: map[string]answer{}, kinds: map[string]*tally{}, timings: map[string][]time.Duration{}}
}

// of is the tally of a kind. The caller holds the mutex.
func (l *ledger) of(kind string) *tally {
	if l.kinds[kind] == nil {
		l.kinds[kind] = new(tally)
	}
	return l.kinds[kind]
}

func (l *ledger) sent(kind string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.of(kind).sent++
}

// leftOn notes a client that went away on purpose.
func (l *ledger) leftOn(kind string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.of(kind).left++
}

// answered notes an answer.
func (l *ledger) answered(kind, id string, status int, fault string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.of(kind).answered++
	a := l.answers[id]
	l.answers[id] = answer{kind: kind, status: status, fault: fault, times: a.times + 1}
	if id == "" {
		l.complain(kind, fmt.Sprintf("%d without a message id", status))
	}
}

// heard notes an answer by its head.
func (l *ledger) heard(kind string, status int, h http.Header) {
	l.answered(kind, h.Get("X-Apigee-Message-ID"), status, h.Get("X-Apigee-fault-code"))
}

// wrongly notes what should not have been.
func (l *ledger) wrongly(kind, what string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.complain(kind, what)
}

func (l *ledger) complain(kind, what string) {
	l.of(kind).wrong++
	if len(l.wrong) < maxWrong {
		l.wrong = append(l.wrong, time.Now().Format("15:04:05 ")+kind+": "+what)
	}
}

// took adds a duration to a series.
func (l *ledger) took(series string, d time.Duration) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.timings[series] = append(l.timings[series], d)
}

// timing returns a series in order of size.
func (l *ledger) timing(series string) durations {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return durations(slices.Sorted(slices.Values(l.timings[series])))
}

// names are the kinds of clients in order.
func (l *ledger) names() []string { return slices.Sorted(maps.Keys(l.kinds)) }

// durations are sorted.
type durations []time.Duration

// at is the duration that a share q of them does not exceed; 0 if there is none.
func (d durations) at(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(int(q*float64(len(d))), len(d)-1)]
}

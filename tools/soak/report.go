package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// report is what a run is remembered by.
type report struct {
	soak        *soak
	First, Last []footprint // of each gateway, after the warm-up and at the end
	Burst       burst
	Metrics     samples // of all gateways, at the end

	Books    books
	Log      logBook
	Findings []string // empty if all is well
	Ended    time.Time
}

// Growth that is not a leak: what a pool or a cache holds at the moment of looking.
const (
	moreGoroutines = 3
	moreFiles      = 3
	moreHeap       = 12 << 20 // bytes, beside a quarter
	moreResident   = 24 << 20

	givenBackIn = 15 * time.Second // after a burst
)

func (r *report) found(err error) {
	if err != nil {
		r.Findings = append(r.Findings, err.Error())
	}
}

// conclude reads what the gateways wrote, balances the books and judges.
func (r *report) conclude() error {
	s := r.soak
	r.Ended = time.Now()
	r.Log = logBook{byID: map[string]logged{}}
	for _, g := range s.gateways {
		if err := r.Log.readLogs(g.dir); err != nil {
			return err
		}
		n, first, err := g.alarms()
		if err != nil {
			return err
		}
		if n > 0 {
			r.Findings = append(r.Findings, fmt.Sprintf("%s cried %d times on standard error, first %q", g.name, n, first))
		}
	}
	r.Books = books{log: r.Log.byID, spans: s.receiver.byID, answers: s.ledger.answers, sessions: s.sessionIDs,
		requests:     r.Metrics.by("http_server_request_duration_seconds_count", "apigee_api"),
		faults:       r.Metrics.by("apigee_faults_total", "apigee_fault_code"),
		linesDropped: int(r.Metrics.sum("apigee_log_lines_dropped_total")),
		spansDropped: int(r.Metrics.sum("apigee_spans_dropped_total"))}
	r.Findings = append(r.Findings, r.Books.balance()...)
	r.Findings = append(r.Findings, r.Books.dropped()...)
	r.Findings = append(r.Findings, r.Log.strange...)
	r.Findings = append(r.Findings, s.receiver.strange...)
	r.judgeClients()
	r.judgeBurst()
	r.judgeGrowth()
	return nil
}

// judgeBurst: all were stuck at the same time, and their memory is given back. The race detector's own never is.
func (r *report) judgeBurst() {
	u := r.Burst
	if u.atOnce < u.asked {
		r.Findings = append(r.Findings, fmt.Sprintf("only %d of %d handshakes were stuck at the same time", u.atOnce, u.asked))
	}
	if u.after > u.before*13/10+moreResident && !r.soak.layout.race && u.afterFor >= givenBackIn {
		r.Findings = append(r.Findings, fmt.Sprintf("%s are resident %v after the stuck handshakes, %s before", megabytes(u.after), u.afterFor, megabytes(u.before)))
	}
}

// judgeClients finds what went otherwise than expected, and what never happened.
func (r *report) judgeClients() {
	l := r.soak.ledger
	for _, kind := range l.names() {
		if t := l.kinds[kind]; t.wrong > 0 {
			r.Findings = append(r.Findings, fmt.Sprintf("%s: %d of %d went wrong", kind, t.wrong, t.sent))
		}
	}
	r.Findings = append(r.Findings, l.wrong...)
	for _, c := range r.soak.deck() {
		if l.kinds[c.kind] == nil {
			r.Findings = append(r.Findings, c.kind+" never had its turn: a longer -duration gives it one")
		}
	}
}

// judgeGrowth compares the gateways at rest: after the warm-up, and at the end.
func (r *report) judgeGrowth() {
	for i, last := range r.Last {
		first, name := r.First[i], r.soak.gateways[i].name
		grown := func(what string, from, to, slack int) {
			if to > from+slack {
				r.Findings = append(r.Findings, fmt.Sprintf("%s has more %s at the end than after the warm-up: %d, %d", name, what, to, from))
			}
		}
		grown("goroutines", first.goroutines, last.goroutines, moreGoroutines)
		grown("open files", first.files, last.files, moreFiles)
		grown("bytes of heap", first.heap, last.heap, first.heap/4+moreHeap)
		if !r.soak.layout.race { // its shadow memory is never given back
			grown("bytes of resident memory", first.resident, last.resident, first.resident*3/10+moreResident)
		}
	}
}

// total adds up a tally over the kinds that belong to a group.
func (r *report) total(belongs func(kind string) bool) tally {
	var sum tally
	for kind, t := range r.soak.ledger.kinds {
		if belongs(kind) {
			sum.sent, sum.answered, sum.left, sum.wrong = sum.sent+t.sent, sum.answered+t.answered, sum.left+t.left, sum.wrong+t.wrong
		}
	}
	return sum
}

// faultCodes are the codes with their counts, the most frequent first.
func (r *report) faultCodes() []string {
	counts := r.Books.faults
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
}

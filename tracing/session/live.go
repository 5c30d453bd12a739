package session

import (
	"time"

	"message-processor/tracing"
	"message-processor/tracing/secret"
)

// maxFeeds bounds the subscribers of one session.
const maxFeeds = 32

// live is an open session. What is above the blank line never changes; the rest belongs to the Store's lock.
type live struct {
	scope   Scope
	name    string
	filters []Filter
	started time.Time
	ends    time.Time
	limit   int
	secrets bool // filter values are shown

	timer        *time.Timer
	transactions []*Transaction
	bytes        int64
	feeds        []chan *Transaction
	full, ended  bool
}

func newLive(spec Spec, o *Options, now time.Time) *live {
	timeout := spec.Timeout
	if timeout == 0 || timeout > o.MaxDuration {
		timeout = o.MaxDuration
	}
	return &live{
		scope: spec.Scope, name: spec.Name, filters: append([]Filter{}, spec.Filters...),
		started: now, ends: now.Add(timeout), limit: o.MaxTransactions, secrets: o.KeepSecrets,
	}
}

// wants tells whether the record is one of those the session is for.
func (l *live) wants(r *tracing.Record) bool {
	if !l.scope.holds(&r.API) {
		return false
	}
	for i := range l.filters {
		if !l.filters[i].matches(r) {
			return false
		}
	}
	return true
}

// add records t and shows it to the subscribers. Their channels have room for all a session can hold, so that nobody
// waits here.
func (l *live) add(t *Transaction) {
	l.transactions = append(l.transactions, t)
	l.full = len(l.transactions) >= l.limit
	for _, feed := range l.feeds {
		feed <- t
	}
}

func (l *live) subscribe() chan *Transaction {
	feed := make(chan *Transaction, l.limit)
	for _, t := range l.transactions {
		feed <- t
	}
	l.feeds = append(l.feeds, feed)
	return feed
}

func (l *live) unsubscribe(feed chan *Transaction) {
	for i, other := range l.feeds {
		if other == feed {
			l.feeds = append(l.feeds[:i], l.feeds[i+1:]...)
			close(feed)
			return
		}
	}
}

func (l *live) end() {
	l.ended = true
	l.timer.Stop()
	l.transactions = nil
	for len(l.feeds) > 0 {
		l.unsubscribe(l.feeds[0])
	}
}

func (l *live) info() Info {
	info := Info{Scope: l.scope, Name: l.name, Filters: append([]Filter{}, l.filters...), Started: l.started,
		Ends: l.ends, Transactions: len(l.transactions), Limit: l.limit, Recording: !l.full}
	for i := range info.Filters {
		if f := &info.Filters[i]; !l.secrets && secret.IsParameter([]byte(f.Name)) {
			f.Value = secret.Stars
		}
	}
	return info
}

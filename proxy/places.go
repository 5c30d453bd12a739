package proxy

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"message-processor/config"
	"message-processor/faults"
)

// places bounds how many requests of one API proxy are under way at the same
// time, so that a target that hangs cannot take what all the others need.
type places struct {
	limit  int
	free   *semaphore.Weighted
	within string // what is bounded, for people
	*tally
}

// tally counts what becomes of an API proxy's requests at its bounds. It
// outlives a reload.
type tally struct {
	taken   atomic.Int64 // places
	waiting atomic.Int64 // for a place
	refused atomic.Uint64
	bodies  atomic.Uint64 // refused because no more bodies may be buffered
	servers atomic.Uint64 // refused because all servers have enough to do
}

func newPlaces(p config.Proxy, counts *tally) *places {
	return &places{
		limit: p.MaxInFlight, free: semaphore.NewWeighted(int64(p.MaxInFlight)), tally: counts,
		within: fmt.Sprintf("%d requests in flight for API proxy %s", p.MaxInFlight, p.Name),
	}
}

// takePlace lets the request in, or waits for another one to leave. A request
// that finds no place in time is refused before its target is bothered.
func (x *exchange) takePlace() error {
	p := x.route.places
	if !p.free.TryAcquire(1) && !p.wait(x.state.config.Limits.WaitForPlace, x.budget) {
		p.refused.Add(1)
		return overloaded(p.within)
	}
	p.taken.Add(1)
	x.place = p
	return nil
}

// wait waits for a place, at most for patience and until the end of the whole
// call. As many may wait as there are places: whoever waits holds a client
// connection, of which all API proxies need some.
func (p *places) wait(patience time.Duration, budget time.Time) bool {
	if patience <= 0 {
		return false
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > int64(p.limit) {
		return false
	}
	until := time.Now().Add(patience)
	if !budget.IsZero() && budget.Before(until) {
		until = budget
	}
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	return p.free.Acquire(ctx, 1) == nil
}

func (p *places) leave() {
	p.taken.Add(-1)
	p.free.Release(1)
}

// overloaded is the refusal of a request because a bound is reached.
func overloaded(limit string) *faultError {
	return &faultError{id: faults.Overloaded, vars: faults.Vars{"limit": limit}}
}

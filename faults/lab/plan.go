package lab

import (
	"math/rand/v2"
	"time"
)

// plan says which behaviour a backend has when. It does no locking.
type plan struct {
	does   string // what the shares leave
	shares shares
	steps  []Step
	manual Step // the last switch, zero for none
	random *rand.Rand
	start  time.Time
}

// newPlan is the plan of an entry that has no flaws.
func newPlan(e Entry, start time.Time) *plan {
	return &plan{
		does: e.Does, shares: sortShares(e.Share), steps: e.Schedule, start: start,
		random: rand.New(rand.NewPCG(e.Seed, 0)),
	}
}

func (p *plan) elapsed() time.Duration { return time.Since(p.start) }

// draw is the behaviour of the next connection while no step is in force. It is to be called for every connection: the
// n-th one then draws the same in every run, however long the steps in between last.
func (p *plan) draw() string { return p.shares.pick(p.random.Float64(), p.does) }

// inForce is the step in force at t, the zero Step for none: the one that began last.
func (p *plan) inForce(t time.Duration) Step {
	var now Step
	for _, s := range append(p.steps[:len(p.steps):len(p.steps)], p.manual) {
		if s.lasts(t) && (now.Does == "" || s.At >= now.At) {
			now = s
		}
	}
	return now
}

// next is the first time after t at which a step begins or ends, 0 for never.
func (p *plan) next(t time.Duration) time.Duration {
	var first time.Duration
	soonest := func(at time.Duration) {
		if at > t && (first == 0 || at < first) {
			first = at
		}
	}
	for _, s := range append(p.steps[:len(p.steps):len(p.steps)], p.manual) {
		soonest(s.At)
		if s.For > 0 {
			soonest(s.At + s.For)
		}
	}
	return first
}

// override lets a step begin now, in place of the last one that override began.
func (p *plan) override(s Step) {
	s.At = p.elapsed()
	p.manual = s
}

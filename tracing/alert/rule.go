package alert

import (
	"slices"
	"time"

	"message-processor/config"
)

// State is what an alert is up to.
type State string

// An alert that has never fired is inactive; one that did and does no longer is resolved.
const (
	Inactive State = "inactive"
	Firing   State = "firing"
	Resolved State = "resolved"
)

const (
	episodesKept  = 20 // of an alert's history
	longestPause  = 10 * time.Second
	shortestPause = 100 * time.Millisecond
	pauseShare    = 10 // evaluations in a window
)

// Episode is one time an alert fired.
type Episode struct {
	ID             string
	Started, Ended time.Time   // Ended is zero while it lasts
	Violations     []Violation // at the start; of each condition
	Worst          []float64   // farthest beyond the threshold, of each condition
	Transactions   []Transaction
	Notices        int    // that said firing
	Throttled      bool   // it began within the throttle interval of an earlier one, so nobody was told at once
	Reason         string // why it ended, if not because the conditions are no longer met
}

// rule is an alert with its state. The engine's lock guards it.
type rule struct {
	uuid       string
	fromFile   bool
	alert      config.Alert
	applies    bool // it is enabled, and for this organization and environment
	conditions []*condition
	pause      time.Duration // between evaluations
	due        time.Time
	state      State
	since      time.Time // of the state; zero while it has never changed
	history    []*Episode
	noticed    time.Time // the last notice that said firing
	renewed    time.Time // the last message to the Alertmanagers
}

// adopt puts a new version of the alert in force and keeps what the old one has seen.
func (r *rule) adopt(a config.Alert, applies bool, now time.Time) {
	before := slices.Clone(r.conditions)
	r.alert, r.applies, r.due, r.pause = a, applies, now, longestPause
	r.conditions = make([]*condition, len(a.Conditions))
	for i, c := range a.Conditions {
		r.conditions[i] = newCondition(c, &before, now)
		r.pause = min(r.pause, r.conditions[i].window.length/pauseShare)
	}
	r.pause = max(r.pause, shortestPause)
}

// evaluate looks at the conditions and returns what is to be told.
func (r *rule) evaluate(now time.Time) []notice {
	r.due = now.Add(r.pause)
	met := true
	for _, c := range r.conditions {
		met = c.met(now) && met // each is asked, because each keeps its value
	}
	switch {
	case met && r.applies && r.state != Firing:
		return r.begin(now)
	case r.state == Firing && !r.applies:
		return r.end(now, "the alert is disabled or for another environment")
	case r.state == Firing && !met:
		return r.end(now, "")
	case r.state == Firing:
		return r.goOn(now)
	}
	return nil
}

func (r *rule) begin(now time.Time) []notice {
	r.state, r.since, r.renewed = Firing, now, now
	e := &Episode{ID: newUUID(), Started: now, Throttled: !r.mayNotify(now)}
	for _, c := range r.conditions {
		v := Violation{c.AlertCondition, c.last().Value, c.last().Known}
		e.Violations, e.Worst = append(e.Violations, v), append(e.Worst, v.Value)
	}
	r.history = append(r.history, e)
	if len(r.history) > episodesKept {
		r.history = slices.Delete(r.history, 0, 1)
	}
	r.gather(now)
	return r.notify(now, Firing, !e.Throttled, true)
}

// goOn reminds, when it is time.
func (r *rule) goOn(now time.Time) []notice {
	e := r.episode()
	for i, c := range r.conditions {
		if i < len(e.Worst) {
			e.Worst[i] = c.worse(e.Worst[i])
		}
	}
	r.gather(now)
	remind := r.mayNotify(now) && (r.alert.ThrottleIntervalSeconds > 0 || e.Notices == 0)
	renew := now.Sub(r.renewed) >= renewInterval
	if !remind && !renew {
		return nil
	}
	if renew {
		r.renewed = now
	}
	return r.notify(now, Firing, remind, renew)
}

// end closes the episode. Who was not told that it began is not told that it ended.
func (r *rule) end(now time.Time, reason string) []notice {
	e := r.episode()
	r.state, r.since = Resolved, now
	e.Ended, e.Reason = now, reason
	return r.notify(now, Resolved, e.Notices > 0, true)
}

// notify makes a notice: for people, for Alertmanagers, or both.
func (r *rule) notify(now time.Time, state State, people, managers bool) []notice {
	e := r.episode()
	if people && state == Firing {
		r.noticed = now
		e.Notices++
	}
	if !people && !managers {
		return nil
	}
	n := notice{uuid: r.uuid, alert: r.alert, state: state, at: now, people: people, managers: managers, episode: *e}
	n.episode.Transactions = slices.Clone(e.Transactions)
	for _, c := range r.conditions {
		n.violations = append(n.violations, Violation{c.AlertCondition, c.last().Value, c.last().Known})
	}
	return []notice{n}
}

// mayNotify tells whether the throttle interval since the last notice is over. Without one there is a notice for each
// episode.
func (r *rule) mayNotify(now time.Time) bool {
	throttle := time.Duration(r.alert.ThrottleIntervalSeconds) * time.Second
	return r.noticed.IsZero() || now.Sub(r.noticed) >= throttle
}

// gather replaces the episode's transactions with the newest of all conditions.
func (r *rule) gather(now time.Time) {
	var list []Transaction
	for _, c := range r.conditions {
		list = append(list, c.window.evidence(now)...)
	}
	slices.SortStableFunc(list, func(a, b Transaction) int { return b.Time.Compare(a.Time) })
	list = slices.CompactFunc(list, func(a, b Transaction) bool { return a.MessageID == b.MessageID })
	r.episode().Transactions = list[:min(len(list), evidenceKept)]
}

// episode is the last one; there is one when it is asked for.
func (r *rule) episode() *Episode { return r.history[len(r.history)-1] }

// worse is the last value, if it is farther beyond the threshold than an earlier one.
func (c *condition) worse(worst float64) float64 {
	p := c.last()
	switch {
	case !p.Known:
		return worst
	case c.isCeiling():
		return max(worst, p.Value)
	}
	return min(worst, p.Value)
}

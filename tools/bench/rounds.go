package main

import (
	"context"
	"fmt"
	"time"
)

// effort is how much time is spent.
type effort struct {
	rounds   int
	duration time.Duration // of each contender in each round
}

// entrant is a contender in a scenario, with the setting it gets there.
type entrant struct {
	contender
	setting setting
	asks    load // nil: as everybody in the scenario

	patience time.Duration // until memory is back, where that is measured
}

func (e *entrant) load(otherwise load) load {
	if e.asks != nil {
		return e.asks
	}
	return otherwise
}

// series are the figures of one contender, one for each round.
type series struct {
	name string
	cost []float64 // CPU-seconds per 1,000 requests
	lost int       // spans that were not exported
}

// compete starts all entrants, and lets each of them have the same load in every round, the first one another each
// time. The first round, a short one, fills pools and caches and does not count.
func compete(ctx context.Context, g *ground, e effort, entrants []entrant, ask load) ([]series, error) {
	running := make([]*program, len(entrants))
	defer func() {
		for _, p := range running {
			if p != nil {
				p.stop()
			}
		}
	}()
	results := make([]series, len(entrants))
	for i, one := range entrants {
		var err error
		if running[i], err = one.start(g, one.setting); err != nil {
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
		results[i].name = one.name
		if _, _, err := one.load(ask)(ctx, running[i], time.Second); err != nil {
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
	}
	for round := range e.rounds {
		for i := range entrants {
			i = (i + round) % len(entrants)
			spent, requests, err := entrants[i].load(ask)(ctx, running[i], e.duration)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", entrants[i].name, err)
			}
			results[i].cost = append(results[i].cost, spent.Seconds()/float64(requests)*1000)
		}
	}
	for i := range entrants {
		if entrants[i].setting.spans != "" {
			var err error
			if results[i].lost, err = spansLost(ctx, running[i]); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

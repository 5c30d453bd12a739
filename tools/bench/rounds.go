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
	path    string // to ask for, where it is not the scenario's
}

// series are the figures of one contender, one for each round.
type series struct {
	name    string
	cost    []float64 // CPU-seconds per 1,000 requests
	remarks []string
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
		if _, err := measure(ctx, running[i], time.Second, ask); err != nil {
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
	}
	for round := range e.rounds {
		for i := range entrants {
			i = (i + round) % len(entrants)
			cost, err := measure(ctx, running[i], e.duration, ask)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", entrants[i].name, err)
			}
			results[i].cost = append(results[i].cost, cost)
		}
	}
	for i := range entrants {
		if entrants[i].setting.spans != "" {
			results[i].remarks = append(results[i].remarks, spansKept(ctx, running[i]))
		}
	}
	return results, nil
}

// measure returns the CPU-seconds that a program spends on 1,000 requests.
func measure(ctx context.Context, p *program, d time.Duration, ask load) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	requests, err := ask(ctx, p.address, d)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, p.said)
	}
	after, err := p.cpu()
	if err != nil {
		return 0, err
	}
	return (after - before).Seconds() / float64(requests) * 1000, nil
}

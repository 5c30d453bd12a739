package main

import (
	"context"
	"runtime/debug"
	"time"
)

// Every ebbEvery the clients' connections and their requests are counted. Memory is given back when there are fewer than three quarters
// of the most there were, and at least leastEbb fewer.
const (
	ebbEvery = 5 * time.Second
	leastEbb = 500
	// rounds is how often, one after the other: a pool lets go of what it holds at the second collection, and fasthttp
	// keeps goroutines for the next connections for ten seconds.
	rounds = 4
)

// tide follows how much the gateway has to do.
type tide struct{ high, rounds int }

// ebb takes the present load and tells whether to give memory back: a burst is over, and much of what it took is free or
// garbage now.
func (t *tide) ebb(load int) bool {
	t.high = max(t.high, load)
	if t.high-load >= leastEbb && load <= t.high*3/4 {
		t.high, t.rounds = load, rounds
	}
	t.rounds = max(t.rounds-1, -1)
	return t.rounds >= 0
}

// giveBackMemory returns a burst's memory to the system: twenty thousand stuck handshakes take a gigabyte. Left to itself,
// Go's runtime comes to it only minutes later, after collections that an idle gateway has no reason for. It runs until the
// context ends.
func (p *program) giveBackMemory(ctx context.Context) {
	ticks := time.NewTicker(ebbEvery)
	defer ticks.Stop()
	for t := new(tide); ; {
		select {
		case <-ticks.C:
			if t.ebb(p.gateway.Clients() + p.gateway.Active()) {
				debug.FreeOSMemory()
			}
		case <-ctx.Done():
			return
		}
	}
}

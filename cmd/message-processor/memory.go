package main

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	// tideEvery is how often the clients' connections and their requests are counted.
	tideEvery = time.Second
	// leastTide is the least change that matters. It also has to be a quarter of what there was, or is now.
	leastTide = 500
	// After a change memory is given back a few times, with some counts before and between. Each collection halves a
	// stack: twice is enough for a burst that has come in, and more would be felt by those beside it. Once it is over, a
	// pool lets go of what it holds at the second, and two more take what those leave behind who end a little later.
	floodRounds = 2
	ebbRounds   = 4
	tideSettle  = 2
	tidePause   = 4
)

// tide follows how much the gateway has to do.
type tide struct {
	level  int // the load at the last change
	rounds int // in which memory is still to be given back
	wait   int // counts until the next of them
}

// turned takes the present load and tells whether to give memory back. Either a burst is over, and much of what it took is
// free or garbage now; or it has come in, and stacks that grew while its connections were set up, and the garbage of that,
// take as much as what is needed while it stays.
func (t *tide) turned(load int) bool {
	if change := difference(load, t.level); change >= leastTide && change >= max(load, t.level)/4 {
		t.rounds = floodRounds
		if load < t.level {
			t.rounds = ebbRounds
		}
		t.level, t.wait = load, tideSettle
	}
	switch {
	case t.rounds == 0:
		return false
	case t.wait > 0:
		t.wait--
		return false
	}
	t.rounds, t.wait = t.rounds-1, tidePause
	return true
}

func difference(a, b int) int { return max(a-b, b-a) }

// giveBackMemory returns to the system what a burst does not need any more, or not yet: twenty thousand stuck handshakes
// take most of a gigabyte. Left to itself, Go's runtime comes to it only minutes later, after collections that an idle
// gateway has no reason for. It runs until the context ends.
func (p *program) giveBackMemory(ctx context.Context) {
	ticks := time.NewTicker(tideEvery)
	defer ticks.Stop()
	for t := new(tide); ; {
		select {
		case <-ticks.C:
			if t.turned(p.gateway.Clients() + p.gateway.Active()) {
				debug.FreeOSMemory()
			}
		case <-ctx.Done():
			return
		}
	}
}

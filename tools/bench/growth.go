package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// growth is a figure at several sizes of something.
type growth struct {
	id, title string
	unit      string // of the figures
	of        string // what there is more and more of
	sizes     []string
	lines     []line
	remark    string
}

// line is one contender's figures, one for each size.
type line struct {
	name    string
	figures []float64
}

// growthRounds is enough where ratios of 1.1 are of no interest.
const growthRounds = 3

func (e effort) forGrowth() effort {
	e.rounds = min(e.rounds, growthRounds)
	return e
}

// thousands writes a number as people do.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// manyConnections is from how many on their share of the memory can be told.
const manyConnections = 1000

// byConnections opens more and more client connections and sends the same 2,000 requests per second over all of them.
func byConnections(ctx context.Context, g *ground, e effort) (growth, error) {
	found := growth{id: "connections", title: "Client connections, with 2,000 requests per second over all of them together",
		unit: "CPU-seconds per 1,000 requests", of: "connections"}
	cost := []line{{name: gateway.name}, {name: nginx.name}}
	memory := line{name: gateway.name + ", KB of memory for each connection"}
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		if uint64(n)+1000 > g.files {
			found.remark = fmt.Sprintf("no more than %s file descriptors here", thousands(int(g.files)))
			break
		}
		found.sizes = append(found.sizes, thousands(n))
		kept := 0.0
		ask := rememberMemory(pace{n, 2000, filePath(1 << 10)}, &kept)
		series, err := compete(ctx, g, e.forGrowth(), []entrant{
			{contender: gateway, setting: secure(g), asks: ask},
			{contender: nginx, setting: secure(g)},
		}, pace{n, 2000, filePath(1 << 10)}.load())
		if err != nil {
			return found, err
		}
		for i := range cost {
			cost[i].figures = append(cost[i].figures, median(series[i].cost))
		}
		if n < manyConnections {
			kept = math.NaN() // a few pages more or less say nothing
		}
		memory.figures = append(memory.figures, kept/float64(n)/1024)
	}
	found.lines = append(cost, memory)
	return found, nil
}

// rememberMemory also notes what the connections of the first load add to the memory, in bytes.
func rememberMemory(p pace, kept *float64) load {
	return func(ctx context.Context, to *program, d time.Duration) (time.Duration, int, error) {
		before := to.resident()
		spent, requests, err := p.load()(ctx, to, d)
		if *kept == 0 {
			*kept = float64(to.resident() - before)
		}
		return spent, requests, err
	}
}

// byBody passes larger and larger answers on.
func byBody(ctx context.Context, g *ground, e effort) (growth, error) {
	found := growth{id: "bodies", title: "Size of the answer's body", unit: "CPU milliseconds for a request", of: "bytes"}
	found.lines = []line{{name: gateway.name + ", streaming"}, {name: nginx.name}, {name: gateway.name + ", buffering"}}
	const buffered = 10 << 20 // the limit of a body that is not streamed
	for _, size := range sizes {
		found.sizes = append(found.sizes, thousands(size))
		entrants := []entrant{{contender: gateway, setting: streamed(g)}, {contender: nginx, setting: secure(g)}}
		if size <= buffered {
			entrants = append(entrants, entrant{contender: gateway, setting: secure(g)})
		}
		series, err := compete(ctx, g, e.forGrowth(), entrants, bodyLoad(size))
		if err != nil {
			return found, err
		}
		for i := range series {
			found.lines[i].figures = append(found.lines[i].figures, median(series[i].cost)) // s per 1,000 is ms
		}
	}
	return found, nil
}

// bodyLoad asks for an answer of this size. Those that are still on their way at the end do not count, so of large ones
// there must not be many at a time, and time for some.
func bodyLoad(size int) load {
	if size < 10<<20 {
		return wrk(16, filePath(size))
	}
	few := wrk(2, filePath(size))
	return func(ctx context.Context, p *program, d time.Duration) (time.Duration, int, error) {
		return few(ctx, p, max(d, 3*time.Second))
	}
}

// byProxies has more and more API proxies, and asks one of them.
func byProxies(ctx context.Context, g *ground, e effort) (growth, error) {
	found := growth{id: "proxies", title: "API proxies configured", unit: "CPU-seconds per 1,000 requests", of: "proxies"}
	var entrants []entrant
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		found.sizes = append(found.sizes, thousands(n))
		s := secure(g)
		s.proxies = n
		path := strings.TrimSuffix(otherPath(n/2), "/") + filePath(1<<10)
		entrants = append(entrants, entrant{contender: gateway, setting: s, asks: wrk(clients, path)})
	}
	series, err := compete(ctx, g, e.forGrowth(), entrants, nil)
	if err != nil {
		return found, err
	}
	found.lines = []line{{name: gateway.name}}
	for i := range series {
		found.lines[0].figures = append(found.lines[0].figures, median(series[i].cost))
	}
	return found, nil
}

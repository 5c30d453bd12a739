package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"
)

// findings are all that was measured, in the order of the report.
type findings struct {
	machine  machine
	effort   effort
	took     time.Duration
	files    uint64 // file descriptors a process may have
	races    []race
	stuck    []stuckness // S5
	growths  []growth
	crowds   []stuckness // more and more stuck handshakes
	search   *search
	start    *startup
	skipped  []string // what there is nothing to measure of, and why
	failures []string // what did not work
}

// measure does all that was chosen.
func (o *options) measure(ctx context.Context, talk io.Writer) (*findings, error) {
	g, err := newGround(o.gateway, talk)
	if err != nil {
		return nil, err
	}
	defer g.close()
	began := time.Now()
	f := &findings{effort: o.effort, files: g.files}
	if f.machine, err = newMachine(ctx, o.gateway); err != nil {
		return nil, err
	}
	for _, part := range []func(context.Context, *ground, *options){f.race, f.getStuck, f.grow, f.crowd, f.searchLog, f.startUp} {
		part(ctx, g, o)
	}
	f.took = time.Since(began)
	return f, ctx.Err()
}

// failed notes that something could not be measured. The rest is worth having all the same.
func (f *findings) failed(g *ground, what string, err error) {
	g.say("  %s: %v", what, err)
	short, _, _ := strings.Cut(err.Error(), "\n")
	f.failures = append(f.failures, what+": "+short)
}

func (f *findings) race(ctx context.Context, g *ground, o *options) {
	for _, s := range scenarios() {
		if !o.wants(s.id) || ctx.Err() != nil {
			continue
		}
		g.say("%s: %s", s.id, s.title)
		found, err := s.run(ctx, g, o.effort)
		if err != nil {
			f.failed(g, s.id, err)
			continue
		}
		if figure, raced := found.of(gateway.name); raced {
			g.say("  %s %s of nginx", gateway.name, figure)
		}
		f.races = append(f.races, found)
	}
}

// Sizes of crowds.
const (
	usualCrowd = 5000
	quickCrowd = 200
)

func (f *findings) getStuck(ctx context.Context, g *ground, o *options) {
	if !o.wants(idStuck) {
		return
	}
	count := g.mostStuck(usualCrowd)
	if o.quick {
		count = quickCrowd
	}
	f.stuck = f.gather(ctx, g, o, idStuck, count, stuckEntrants(g))
}

// crowd lets more and more handshakes hang.
func (f *findings) crowd(ctx context.Context, g *ground, o *options) {
	if !o.wants(idMoreStuck) {
		return
	}
	counts := []int{100, 1000, g.mostStuck(usualCrowd), g.mostStuck(20_000)}
	if o.quick {
		counts = []int{quickCrowd}
	}
	for _, count := range slices.Compact(counts) {
		f.crowds = append(f.crowds, f.gather(ctx, g, o, idMoreStuck, count, stuckGateways(g))...)
	}
}

func (f *findings) gather(ctx context.Context, g *ground, o *options, id string, count int, entrants []entrant) (all []stuckness) {
	for _, one := range entrants {
		if ctx.Err() != nil {
			return all
		}
		g.say("%s: %s handshakes that hang, %s", id, thousands(count), one.name)
		if o.quick {
			one.patience = time.Second
		}
		found, err := getStuck(ctx, g, one, count)
		if err != nil {
			f.failed(g, id+", "+one.name, err)
			continue
		}
		all = append(all, found)
	}
	return all
}

func (f *findings) grow(ctx context.Context, g *ground, o *options) {
	for _, one := range []struct {
		id   string
		grow func(context.Context, *ground, effort) (growth, error)
	}{{idConnections, byConnections}, {idBodies, byBody}, {idProxies, byProxies}} {
		if !o.wants(one.id) || ctx.Err() != nil {
			continue
		}
		g.say("%s", one.id)
		found, err := one.grow(ctx, g, o.effort)
		if err != nil {
			f.failed(g, one.id, err)
			continue
		}
		f.growths = append(f.growths, found)
	}
}

func (f *findings) searchLog(ctx context.Context, g *ground, o *options) {
	if !o.wants(idLog) || ctx.Err() != nil {
		return
	}
	if !knowsLog(ctx, g.binary) {
		f.skipped = append(f.skipped, "log: this gateway has no command log")
		return
	}
	bytes := int64(2 << 30)
	if o.quick {
		bytes = 64 << 20
	}
	g.say("%s: a file of %d MB", idLog, bytes>>20)
	found, err := searchLog(ctx, g, o.effort.forGrowth(), bytes)
	if err != nil {
		f.failed(g, idLog, err)
		return
	}
	f.search = &found
}

func (f *findings) startUp(ctx context.Context, g *ground, o *options) {
	if !o.wants(idStart) || ctx.Err() != nil {
		return
	}
	g.say("%s", idStart)
	found, err := startUp(g)
	if err != nil {
		f.failed(g, idStart, err)
		return
	}
	f.start = &found
}

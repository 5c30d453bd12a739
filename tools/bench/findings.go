package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// findings are all that was measured, in the order of the report.
type findings struct {
	machine machine
	effort  effort
	took    time.Duration
	files   uint64 // file descriptors a process may have
	races   []race
	stuck   []stuckness // S5
	growths []growth
	crowds  []stuckness // more and more stuck handshakes
	search  *search
	start   *startup
	skipped []string // what could not be measured, and why
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
	for _, part := range []func(context.Context, *ground, *options) error{f.race, f.getStuck, f.grow, f.crowd, f.searchLog, f.startUp} {
		if err := part(ctx, g, o); err != nil {
			return nil, err
		}
	}
	f.took = time.Since(began)
	return f, nil
}

func (f *findings) race(ctx context.Context, g *ground, o *options) error {
	for _, s := range scenarios() {
		if !o.wants(s.id) {
			continue
		}
		g.say("%s: %s", s.id, s.title)
		found, err := s.run(ctx, g, o.effort)
		if err != nil {
			return err
		}
		if figure, raced := found.of(gateway.name); raced {
			g.say("  %s %s of nginx", gateway.name, figure)
		}
		f.races = append(f.races, found)
	}
	return nil
}

// Sizes of crowds.
const (
	usualCrowd = 5000
	quickCrowd = 200
)

func (f *findings) getStuck(ctx context.Context, g *ground, o *options) error {
	if !o.wants(idStuck) {
		return nil
	}
	count := g.mostStuck(usualCrowd)
	if o.quick {
		count = quickCrowd
	}
	for _, one := range stuckEntrants(g) {
		g.say("%s: %s handshakes that hang, %s", idStuck, thousands(count), one.name)
		found, err := getStuck(ctx, g, one, count)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", idStuck, one.name, err)
		}
		f.stuck = append(f.stuck, found)
	}
	return nil
}

// crowd lets more and more handshakes hang.
func (f *findings) crowd(ctx context.Context, g *ground, o *options) error {
	if !o.wants(idMoreStuck) {
		return nil
	}
	counts := []int{100, 1000, g.mostStuck(usualCrowd), g.mostStuck(20_000)}
	if o.quick {
		counts = []int{quickCrowd}
	}
	for _, count := range counts {
		for _, one := range []entrant{{contender: gateway, setting: secure(g)}, x25519Gateway(g)} {
			g.say("%s: %s handshakes that hang, %s", idMoreStuck, thousands(count), one.name)
			found, err := getStuck(ctx, g, one, count)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", idMoreStuck, one.name, err)
			}
			f.crowds = append(f.crowds, found)
		}
	}
	return nil
}

func (f *findings) grow(ctx context.Context, g *ground, o *options) error {
	for _, one := range []struct {
		id   string
		grow func(context.Context, *ground, effort) (growth, error)
	}{{idConnections, byConnections}, {idBodies, byBody}, {idProxies, byProxies}} {
		if !o.wants(one.id) {
			continue
		}
		g.say("%s", one.id)
		found, err := one.grow(ctx, g, o.effort)
		if err != nil {
			return fmt.Errorf("%s: %w", one.id, err)
		}
		f.growths = append(f.growths, found)
	}
	return nil
}

func (f *findings) searchLog(ctx context.Context, g *ground, o *options) error {
	if !o.wants(idLog) {
		return nil
	}
	if !knowsLog(ctx, g.binary) {
		f.skipped = append(f.skipped, "log: this gateway has no command log")
		return nil
	}
	bytes := int64(2 << 30)
	if o.quick {
		bytes = 64 << 20
	}
	g.say("%s: a file of %d MB", idLog, bytes>>20)
	found, err := searchLog(ctx, g, o.effort.forGrowth(), bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", idLog, err)
	}
	f.search = &found
	return nil
}

func (f *findings) startUp(ctx context.Context, g *ground, o *options) error {
	if !o.wants(idStart) {
		return nil
	}
	g.say("%s", idStart)
	found, err := startUp(g)
	if err != nil {
		return fmt.Errorf("%s: %w", idStart, err)
	}
	f.start = &found
	return ctx.Err()
}

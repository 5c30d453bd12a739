package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// scenario is one kind of work that several do for the same load.
type scenario struct {
	id, title string
	by        []contender
	set       func(*ground) setting
	load      load
	megabytes float64                 // of an answer, where those are what counts; 0: requests do
	own       func(*ground, *setting) // what the gateway does beyond that; nil: nothing
}

func secure(g *ground) setting   { return setting{target: g.backend.secure} }
func plain(g *ground) setting    { return setting{target: g.backend.plain, plain: true} }
func full(g *ground) setting     { return setting{target: g.backend.full} }
func resuming(g *ground) setting { return setting{target: g.backend.resuming} }

func streamed(g *ground) setting {
	s := secure(g)
	s.stream = true
	return s
}

func logged(g *ground) setting {
	s := secure(g)
	s.log = true
	return s
}

func x25519(_ *ground, s *setting) { s.curves = []string{"X25519"} }

// clients is how many connections ask at a time.
const clients = 64

// scenarios are the work that is compared. The ids are those of the flag.
func scenarios() []scenario {
	all := []contender{nginx, haproxy, gateway, reverseProxy, byteRelay}
	speakers := all[:4] // who understand HTTP
	pair := []contender{nginx, gateway}
	kilobyte, megabyte := filePath(1<<10), filePath(1<<20)
	return []scenario{
		{id: "S1", title: "1 KB, TLS backend, connections kept", by: all, set: secure, load: wrk(clients, kilobyte)},
		{id: "S1-browser", title: "the same with a browser's head, 12 fields, 900 bytes", by: speakers, set: secure, load: wrk(clients, kilobyte, browserHead...)},
		{id: "S2", title: "1 KB, backend without TLS", by: all, set: plain, load: wrk(clients, kilobyte)},
		{id: "S1-2000", title: "S1 at 2,000 requests per second", by: all, set: secure, load: pace{clients, 2000, kilobyte}.load()},
		{id: "S3", title: "1 MB bodies, streamed; MB per CPU-second, more is better", by: all, set: streamed, load: wrk(16, megabyte), megabytes: 1},
		{id: "S3-buffered", title: "the same, buffered by the gateway", by: pair, set: secure, load: wrk(16, megabyte), megabytes: 1},
		{id: "S4", title: "a full TLS handshake for each request", by: speakers, set: full, load: wrk(clients, kilobyte)},
		{id: "S4-X25519", title: "the same, the gateway with curves: [X25519]", by: pair, set: full, load: wrk(clients, kilobyte), own: x25519},
		{id: "S4r", title: "a resumed TLS session for each request", by: speakers, set: resuming, load: wrk(clients, kilobyte)},
		{id: "S4r-X25519", title: "the same, the gateway with curves: [X25519]", by: pair, set: resuming, load: wrk(clients, kilobyte), own: x25519},
		{id: "S6", title: "S1 with one log line for each request", by: speakers, set: logged, load: wrk(clients, kilobyte)},
		{id: "S6t", title: "S6, and the gateway exports all spans of each request", by: pair, set: logged, load: wrk(clients, kilobyte),
			own: func(g *ground, s *setting) { s.spans = g.backend.plain }},
	}
}

// race is what a scenario came to.
type race struct {
	scenario scenario
	series   []series // the first is nginx
}

// entrants are the contenders with their settings, in the order of by.
func (s *scenario) entrants(g *ground) (all []entrant) {
	for _, c := range s.by {
		one := entrant{contender: c, setting: s.set(g)}
		if s.own != nil && c.name == gateway.name {
			s.own(g, &one.setting)
		}
		all = append(all, one)
	}
	return all
}

func (s *scenario) run(ctx context.Context, g *ground, e effort) (race, error) {
	found, err := compete(ctx, g, e, s.entrants(g), s.load)
	if err != nil {
		return race{}, fmt.Errorf("%s: %w", s.id, err)
	}
	return race{*s, found}, nil
}

// of finds a contender's ratio to nginx. more tells that more is better.
func (r *race) of(name string) (figure ratio, found bool) {
	i := slices.IndexFunc(r.series, func(s series) bool { return s.name == name })
	if i < 0 {
		return ratio{}, false
	}
	figure = ratios(r.series[i].cost, r.series[0].cost)
	if r.scenario.megabytes > 0 {
		figure = figure.inverse()
	}
	return figure, true
}

// base is nginx's own figure: CPU-seconds for 1,000 requests, or MB for a CPU-second.
func (r *race) base() string {
	cost := median(r.series[0].cost)
	if r.scenario.megabytes > 0 {
		return significant(r.scenario.megabytes*1000/cost) + " MB"
	}
	return significant(cost)
}

// remark tells what a reader has to know of the figures.
func (r *race) remark() string {
	var all []string
	for _, s := range r.series {
		if s.lost > 0 {
			all = append(all, fmt.Sprintf("%s lost %d spans", s.name, s.lost))
		}
	}
	return strings.Join(all, ", ")
}

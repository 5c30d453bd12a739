package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"strconv"

	"message-processor/config"
	"message-processor/faults/lab"
)

// labPath is the base path of the API proxy in front of a lab backend.
func labPath(name string) string { return "/lab/" + name }

// labEntry is what the lab has to run for an entry of the configuration.
func labEntry(c config.Lab) (lab.Entry, error) {
	e := lab.Entry{Name: c.Name, Does: c.Does, Seed: uint64(c.Seed), Set: c.Set}
	for does, text := range c.Share {
		fraction, err := lab.ParseShare(text)
		if err != nil {
			return e, err
		}
		if e.Share == nil {
			e.Share = map[string]float64{}
		}
		e.Share[does] = fraction
	}
	var err error
	e.Schedule, err = lab.ParseSchedule(c.Schedule)
	return e, err
}

// checkLab finds what the lab cannot do of what a configuration asks it for.
// It is here because config knows no lab.
func checkLab(g *config.Gateway, file string) error {
	var problems config.Problems
	for i, entry := range g.Lab {
		e, err := labEntry(entry)
		if err != nil { // config lets no such text through
			problems = append(problems, labProblem(file, i, entry, "does", err.Error()))
		}
		for _, flaw := range e.Flaws() {
			problems = append(problems, labProblem(file, i, entry, flaw.Key, flaw.Message))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// startLab starts the backends a configuration needs: all of them for the
// embedded default, those its lab section describes otherwise. It returns nil
// if that is none.
func startLab(ctx context.Context, g *config.Gateway, embedded bool) (*lab.Lab, error) {
	o := lab.Options{ControlHosts: g.Management.Hosts}
	for _, entry := range g.Lab {
		e, err := labEntry(entry)
		if err != nil {
			return nil, err
		}
		o.Entries = append(o.Entries, e)
	}
	if !embedded && len(o.Entries) == 0 {
		return nil, nil
	}
	return lab.Start(ctx, o)
}

// embedLab configures what serves when nothing is configured: every backend
// that can be fronted here, under its own name.
func embedLab(g *config.Gateway, running *lab.Lab) {
	for _, b := range running.Backends() {
		if notFronted(b) == "" {
			g.Lab = append(g.Lab, config.Lab{Name: b.Name, Does: b.Name})
		}
	}
}

// notFronted is why an API proxy of its own cannot lead to a backend, or is
// empty.
func notFronted(b lab.Backend) string {
	if b.Available {
		return ""
	}
	return b.Note
}

// frontLab puts API proxies in front of the backends that the configuration's
// lab section names; running is nil if none of them was when the program
// started. The error is config.Problems.
func frontLab(g *config.Gateway, running *lab.Lab, file string) error {
	var problems config.Problems
	for i, entry := range g.Lab {
		p, err := labProxy(g, entry, running)
		if err != nil {
			problems = append(problems, labProblem(file, i, entry, "does", err.Error()))
			continue
		}
		g.Proxies = append(g.Proxies, p)
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// findBackend is the running backend of an entry. The lab is started once: an
// entry that is new or has changed since then has none.
func findBackend(running *lab.Lab, entry config.Lab) (lab.Backend, error) {
	want, err := labEntry(entry)
	if err != nil {
		return lab.Backend{}, err
	}
	if running != nil {
		for _, b := range running.Backends() {
			if b.Name != entry.Name {
				continue
			}
			if why := notFronted(b); why != "" {
				return b, fmt.Errorf("%q is not available here: %s", entry.Does, why)
			}
			if !reflect.DeepEqual(b.Entry, want) {
				return b, fmt.Errorf("the backend %q was started with other settings; a restart applies these", entry.Name)
			}
			return b, nil
		}
	}
	return lab.Backend{}, fmt.Errorf("the backend %q was not asked for when the program started; a restart starts it", entry.Name)
}

// labProblem is a problem with a key of an entry.
func labProblem(file string, i int, entry config.Lab, key, message string) config.Problem {
	line, given := entry.Lines[key]
	if !given {
		line = entry.Line
	}
	return config.Problem{File: file, Line: line, Key: fmt.Sprintf("lab[%d].%s", i, key), Message: message}
}

// labProxy is the API proxy in front of one backend, lab-NAME unless the entry names it. It trusts the
// lab's authority, however the other targets are verified.
func labProxy(g *config.Gateway, entry config.Lab, running *lab.Lab) (config.Proxy, error) {
	b, err := findBackend(running, entry)
	if err != nil {
		return config.Proxy{}, err
	}
	u, err := url.Parse(b.URL)
	if err != nil {
		return config.Proxy{}, err
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return config.Proxy{}, fmt.Errorf("port of %s: %w", b.URL, err)
	}
	target := config.Target{
		URL: u, Host: u.Hostname(), Port: port, Secure: b.Secure,
		Timeouts: g.Defaults, StreamResponse: b.Entry.Does == "healthy",
	}
	if b.ForwardProxy {
		target = behindForwardProxy(target)
	}
	if b.Secure {
		target.TLS = config.TLS{Verify: "full", RootCAs: running.CA(), CADigest: "lab", ServerName: b.ServerName}
	}
	if err := balance(&target, b.Servers); err != nil {
		return config.Proxy{}, err
	}
	return config.Proxy{Name: cmp.Or(entry.API, "lab-"+entry.Name), Revision: max(entry.Revision, 1), BasePath: labPath(entry.Name),
		MaxInFlight: g.Limits.InFlight, Target: target}, nil
}

// behindForwardProxy turns the way to a backend that is a forward proxy into one
// through it, to a target that is never reached.
func behindForwardProxy(t config.Target) config.Target {
	t.ForwardProxy = config.ForwardProxy{Host: t.Host, Port: t.Port, Tunnel: true}
	t.URL, t.Host, t.Port = &url.URL{Scheme: "http", Host: "backend.invalid", Path: "/"}, "backend.invalid", 80
	return t
}

// balance spreads a target over a backend's servers, if it has several. One
// failure takes a server out of rotation, so that the second request shows what
// happens when nobody is left.
func balance(t *config.Target, servers []string) error {
	for i, address := range servers {
		host, text, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		t.Servers = append(t.Servers, config.Server{Name: fmt.Sprintf("server%d", i+1), Host: host, Port: port,
			Weight: 1, Enabled: true, TLS: t.TLS})
	}
	t.Balancer = config.LoadBalancer{Algorithm: config.RoundRobin, MaxFailures: 1, Retry: true}
	return nil
}

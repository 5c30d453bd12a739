package lab

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Backend is one running backend of the lab.
type Backend struct {
	Name    string
	Address string // host:port; "" when not Available
	URL     string // what to give the gateway as its target; "" when not Available
	Does    string // one line, with the values of the knobs in it
	Fault   string // id in the fault catalogue of what a gateway with default settings answers, "" when healthy

	// Entry is what it was started as; its Does names the behaviour that Does, Fault and Governs are about.
	Entry Entry
	Knobs []Knob // of that behaviour, as set

	Secure     bool   // the gateway is to speak TLS to it
	ServerName string // name to verify instead of the URL's host, "" for that host

	ForwardProxy bool     // URL is for the gateway's forward proxy, on the way to any target
	Servers      []string // host:port of each server when it is a load-balanced target; Address is the first

	// Governs names the gateway's timer that decides how long the answer takes: "connect", "handshake", "io", or "" when
	// the backend itself decides.
	Governs string

	Available bool   // false: this system does not let the behaviour be shown
	Note      string // why it is not Available
}

// Options say what to start. The zero value starts every behaviour of the table on free ports of 127.0.0.1.
type Options struct {
	// Host is the address or name to listen on, "" for 127.0.0.1. It is also the host of the URLs and, beside localhost,
	// 127.0.0.1 and ::1, a subject of the certificates.
	Host string
	// BasePort is the port of the first backend; the others follow one by one, Names in the order of the table, whatever
	// their order, then Entries. A backend without a listener keeps its number unused. 0 takes any free ports.
	BasePort int
	// Names picks behaviours, each to be a backend of that name. Empty means all, or none if there are Entries.
	Names []string
	// Entries are backends with names of their own, whose behaviour may change.
	Entries []Entry
	// Set changes knobs, "NAME.KNOB" to value, for instance "tls-slow.delay" to "200ms".
	Set map[string]string
	// ControlHosts are names that Handler answers for beside localhost and IP addresses.
	ControlHosts []string
}

// Lab is a set of running backends.
type Lab struct {
	backends     []Backend
	servers      map[string]*server // by backend; without those that have no listener
	rows         map[string][]row   // by backend: the table with its knobs
	place        place
	controlHosts []string
	cancel       context.CancelFunc
	closers      []func() error
	detach       func() bool
	once         sync.Once
	err          error
}

// Start opens the backends that o asks for. It returns once all of them can be connected to, or with the first error and
// nothing left open. A behaviour that this system cannot show is no error: its backend is there, not Available. The lab
// ends with Close or when ctx does.
func Start(ctx context.Context, o Options) (*Lab, error) {
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	entries, err := o.entries()
	if err != nil {
		return nil, err
	}
	certs, err := newCertificates(o.Host)
	if err != nil {
		return nil, fmt.Errorf("lab: making certificates: %w", err)
	}
	inner, cancel := context.WithCancel(ctx)
	l := &Lab{
		servers: map[string]*server{}, rows: map[string][]row{}, controlHosts: o.ControlHosts, cancel: cancel,
		place: place{ctx: inner, host: o.Host, certs: certs, front: newFront(inner)},
	}
	start := time.Now()
	for i, e := range entries {
		p := l.place
		if o.BasePort != 0 {
			p.port = o.BasePort + i
		}
		if err := l.open(e, o.Set, p, start); err != nil {
			l.Close()
			return nil, fmt.Errorf("lab: %s: %w", e.Name, err)
		}
	}
	l.detach = context.AfterFunc(ctx, func() { l.end() })
	return l, nil
}

// entries are all backends that o asks for.
func (o Options) entries() ([]Entry, error) {
	for _, n := range o.Names {
		if _, ok := find(n); !ok {
			return nil, fmt.Errorf("lab: no backend is named %q; there are: %s", n, strings.Join(Names(), ", "))
		}
	}
	if _, err := setKnobs(table, o.Set); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	var list []Entry
	for _, r := range table {
		if slices.Contains(o.Names, r.Name) || len(o.Names)+len(o.Entries) == 0 {
			list = append(list, Entry{Name: r.Name, Does: r.Name})
		}
	}
	taken := map[string]bool{}
	for _, e := range append(list, o.Entries...) {
		switch flaws := e.Flaws(); {
		case len(flaws) > 0:
			return nil, fmt.Errorf("lab: %s: %s %s", e.Name, flaws[0].Key, flaws[0].Message)
		case e.Name == "" || taken[e.Name]:
			return nil, fmt.Errorf("lab: a backend's name is %q; allowed: each name once, and none empty", e.Name)
		}
		taken[e.Name] = true
	}
	return append(list, o.Entries...), nil
}

// open starts one backend and lists it.
func (l *Lab) open(e Entry, set map[string]string, p place, start time.Time) error {
	rows, err := setKnobs(table, set)
	if err == nil {
		rows, err = setKnobs(rows, e.Set)
	}
	if err != nil {
		return err
	}
	l.rows[e.Name] = rows
	r := named(rows, e.Does)
	b := Backend{Name: e.Name, Does: e.does(r), Fault: r.fault(p.host), Governs: r.Governs, Secure: !r.proxy, ForwardProxy: r.proxy,
		Entry: e, Knobs: knobs(r.how)}
	opened, err := l.openRow(e, r, p, start)
	var missing unavailable
	switch {
	case errors.As(err, &missing):
		b.Note = missing.Error()
	case err != nil:
		return err
	default:
		b.Available, b.Address, b.Servers = true, opened.address, opened.servers
		b.URL = map[bool]string{true: "https://", false: "http://"}[b.Secure] + b.Address + "/"
		l.closers = append(l.closers, opened.close)
	}
	l.backends = append(l.backends, b)
	return nil
}

// openRow opens the entry's own behaviour. If that leaves the listening to the lab, it gets a server.
func (l *Lab) openRow(e Entry, r row, p place, start time.Time) (endpoint, error) {
	opened, err := r.how.open(p)
	if err != nil || opened.handler == nil {
		return opened, err
	}
	handlers := map[string]*handler{e.Does: opened.handler}
	for _, name := range e.names() {
		if handlers[name] == nil {
			if handlers[name], err = l.handler(e.Name, name); err != nil {
				return endpoint{}, err
			}
		}
	}
	s, err := p.serve(newPlan(e, start), handlers)
	if err != nil {
		return endpoint{}, err
	}
	l.servers[e.Name] = s
	return endpoint{address: p.hostPort(s.port()), close: s.close}, nil
}

// handler makes a handler of a behaviour for a backend of the lab that shares its listener with it.
func (l *Lab) handler(backend, does string) (*handler, error) {
	opened, err := named(l.rows[backend], does).how.open(l.place)
	return opened.handler, err
}

// Backends lists the backends: Names in the order of the table, then Entries.
func (l *Lab) Backends() []Backend { return slices.Clone(l.backends) }

// CA is the lab's own certificate authority, made at start: the one to trust. Only tls-unknown-ca does not use it.
func (l *Lab) CA() *x509.CertPool { return l.place.certs.authority.pool() }

// CAPEM is the certificate of CA in PEM form.
func (l *Lab) CAPEM() []byte { return l.place.certs.authority.pem() }

// Close ends every backend and its connections and waits until their goroutines have ended. It may be called again.
func (l *Lab) Close() error {
	if l.detach != nil {
		l.detach()
	}
	return l.end()
}

func (l *Lab) end() error {
	l.once.Do(func() {
		l.cancel()
		for _, c := range l.closers {
			l.err = errors.Join(l.err, c())
		}
	})
	return l.err
}

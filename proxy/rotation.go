package proxy

import (
	"cmp"
	"slices"
)

// ServerState tells how one server of a load balancer fares at a moment.
type ServerState struct {
	API        string
	Revision   int
	Name       string
	Address    string // host:port
	Fallback   bool
	InRotation bool
	Failures   int // of requests, in a row
	Active     int // exchanges under way
}

// Servers lists the enabled servers of all load balancers, by API proxy and then
// in the order of the configuration.
func (g *Gateway) Servers() []ServerState {
	var list []ServerState
	for _, r := range g.state.Load().routes.byBasePath {
		if r.balancer == nil {
			continue
		}
		for _, s := range r.balancer.servers {
			list = append(list, ServerState{
				API: r.proxy.Name, Revision: r.proxy.Revision, Name: s.name, Address: s.target.String(), Fallback: s.fallback,
				InRotation: !s.out.Load(), Failures: int(s.failures.Load()), Active: int(s.active.Load()),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b ServerState) int {
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Revision, b.Revision))
	})
	return list
}

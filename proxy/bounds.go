package proxy

import (
	"cmp"

	"message-processor/tracing"
)

// Bounds tell how full the gateway is now.
func (g *Gateway) Bounds() tracing.Bounds {
	s := g.state.Load()
	open, refused := g.connections.figures()
	b := tracing.Bounds{
		Connections: tracing.Bound{Used: int64(open), Limit: int64(s.config.Limits.ClientConnections), Refused: refused},
		Bodies:      tracing.Bound{Used: g.buffered.Load(), Limit: int64(s.config.Limits.BufferedBodies)},
	}
	for _, r := range s.routes.byBasePath {
		p := r.bounds()
		b.Bodies.Refused += p.RefusedBodies
		b.Proxies = append(b.Proxies, p)
	}
	return b
}

func (r *route) bounds() tracing.ProxyBounds {
	p := r.places
	b := tracing.ProxyBounds{
		API:      r.api,
		InFlight: tracing.Bound{Used: p.taken.Load(), Limit: int64(p.limit), Refused: p.refused.Load()},
		Waiting:  p.waiting.Load(), RefusedBodies: p.bodies.Load(), RefusedServers: p.servers.Load(),
	}
	if r.balancer == nil {
		return b
	}
	for _, s := range r.balancer.servers {
		b.Servers = append(b.Servers, tracing.ServerBound{Target: s.target.String(), Bound: tracing.Bound{
			Used: s.active.Load(), Limit: int64(cmp.Or(r.balancer.most, p.limit)), Refused: s.full.Load()}})
	}
	return b
}

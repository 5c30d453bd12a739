package proxy

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// balancer spreads a route's requests over its servers, as the original's
// LoadBalancer of TargetServers does (timeouts-and-properties.md section 7).
type balancer struct {
	config  config.LoadBalancer
	servers []*server
	api     string
	most    int    // requests under way at each server; 0: no bound of its own
	place   string // what the log says of a server besides its name
	log     *zerolog.Logger

	mutex sync.Mutex
	next  int // of the plain rotation: the turn of the last request, -1 before the first
}

// newBalancer keeps what an earlier balancer of the same route knows of the
// servers that are still there, if a health monitor looks after them. Without
// one a server that is out stays so until a reload, which stands for the
// original's deployment.
func newBalancer(g *config.Gateway, p config.Proxy, earlier *balancer, log *zerolog.Logger) *balancer {
	b := &balancer{
		config: p.Target.Balancer, log: log, next: -1, api: p.Name,
		most: p.Target.Balancer.MaxInFlight,
		place: fmt.Sprintf("{Environment=%s__%s,Application=%s__%d,Target=default}",
			g.Organization, g.Environment, p.Name, p.Revision),
	}
	for _, configured := range p.Target.Servers {
		if !configured.Enabled {
			continue
		}
		s := oneOf(p.Target, configured)
		if earlier != nil && b.config.Monitor != nil {
			s.adopt(earlier.servers)
		}
		b.servers = append(b.servers, s)
	}
	return b
}

// adopt shares the health of the same server in an earlier configuration, in
// which requests may still be under way.
func (s *server) adopt(earlier []*server) {
	if i := slices.IndexFunc(earlier, s.same); i >= 0 {
		s.health = earlier[i].health
	}
}

// pick chooses among the servers in rotation that have not been tried yet, and
// among the fallback servers only when there is no other. The request counts as
// the server's from here to leave or settle. It returns nil when nobody is left;
// full then tells whether one was passed over because it has enough to do.
func (b *balancer) pick(tried []*server) (chosen *server, full bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, fallback := range []bool{false, true} {
		var able []*server
		for _, s := range b.servers {
			switch {
			case s.fallback != fallback, s.out.Load(), slices.Contains(tried, s):
			case b.most > 0 && s.active.Load() >= int64(b.most):
				s.full.Add(1)
				full = true
			default:
				able = append(able, s)
			}
		}
		if len(able) > 0 {
			chosen := b.choose(able, len(tried) == 0)
			chosen.active.Add(1)
			return chosen, full
		}
	}
	return nil, full
}

// crowded is the refusal of a request because all servers in rotation have
// enough to do.
func (b *balancer) crowded() error {
	return overloaded(fmt.Sprintf("%d requests in flight at each server of API proxy %s", b.most, b.api))
}

// choose picks one. Only a request's first choice turns the plain rotation:
// otherwise two turns a request would always begin at the same server.
func (b *balancer) choose(able []*server, turn bool) *server {
	if b.config.Algorithm == config.Weighted {
		return heaviest(able)
	}
	if turn {
		b.next++
	}
	first := b.next % len(able)
	if b.config.Algorithm == config.LeastConnections {
		return idlest(able, first)
	}
	return able[first]
}

// idlest has the fewest exchanges under way. Among equals it is the first from
// where the rotation stands, lest all quiet times be one server's.
func idlest(able []*server, first int) *server {
	chosen := able[first]
	for i := range able {
		if s := able[(first+i)%len(able)]; s.active.Load() < chosen.active.Load() {
			chosen = s
		}
	}
	return chosen
}

// heaviest rotates by weight without bursts: each turn every server gains its
// weight, and the one that has most pays what all have gained.
func heaviest(able []*server) *server {
	total := 0
	for _, s := range able {
		s.current += s.weight
		total += s.weight
	}
	chosen := slices.MaxFunc(able, func(a, b *server) int { return a.current - b.current })
	chosen.current -= total
	return chosen
}

// failed counts a failure in a row of failures. The one that is too many takes
// the server out of rotation, which the log tells once, in the original's words.
func (b *balancer) failed(s *server, row *atomic.Int64) {
	limit := int64(b.config.MaxFailures)
	if limit == 0 || row.Add(1) < limit || s.out.Swap(true) {
		return
	}
	tracing.Line(b.log.Warn(), "ADAPTORS.HTTP.FLOW", "Apigee-Timer-0", fmt.Sprintf(
		"LBServer.incrementFailureCount() : Max failure count(%d) reached for server : %s%s", limit, s.name, b.place))
}

// succeeded forgets the failures so far: those in a row count.
func (b *balancer) succeeded(s *server) { s.failures.Store(0) }

// recovered brings a server back that the health monitor found well. Its line
// is this product's own: none is known.
//
// A server in rotation keeps the count of its requests: one that takes
// connections and answers none would otherwise never reach the limit.
func (b *balancer) recovered(s *server) {
	s.ailing.Store(0)
	if s.out.Swap(false) {
		s.failures.Store(0)
		tracing.Line(b.log.Info(), "ADAPTORS.HTTP.FLOW", "Apigee-Timer-0",
			"LBServer.resetFailureCount() : back in rotation : "+s.name+b.place)
	}
}

// retries tells whether another server is tried after this failure: only where
// no byte of the request has been sent, because the connection never stood.
func (b *balancer) retries(s *server, err error) bool {
	var failed *channel.Error
	if !b.config.Retry || !errors.As(err, &failed) || !s.isBlamed(failed) {
		return false
	}
	switch failed.Phase {
	case channel.Lookup, channel.Connect, channel.Tunnel:
		return true
	}
	return false
}

// leave ends a try at a server that could not be connected to.
func (b *balancer) leave(s *server) {
	s.active.Add(-1)
	b.failed(s, &s.failures)
}

// settle counts how an exchange with a server ended.
func (b *balancer) settle(s *server, r *tracing.Record) {
	s.active.Add(-1)
	var failed *channel.Error
	switch {
	case r.Failure != nil && errors.As(r.Failure.Err, &failed):
		if s.isBlamed(failed) {
			b.failed(s, &s.failures)
		}
	case r.Passed && slices.Contains(b.config.UnhealthyCodes, r.Status):
		b.failed(s, &s.failures)
	case r.Passed:
		b.succeeded(s)
	}
}

package proxy

import (
	"context"
	"time"

	"message-processor/faults"
	"message-processor/tracing"
)

// open gets a Channel to the target. With a load balancer, a server that
// cannot be connected to is not the end: the others are tried once each, which
// the record shows. There is no other retry in this gateway.
func (x *exchange) open() error {
	if x.expired() {
		return errBudget
	}
	x.watchClient()
	if x.route.balancer == nil {
		x.server = x.route.only
		return x.openServer()
	}
	return x.openOneOf(x.route.balancer)
}

// openOneOf gets a Channel to the next server, or to one after it.
func (x *exchange) openOneOf(b *balancer) error {
	var tried []*server
	for failed := error(&faultError{id: faults.NoActiveTargets}); ; {
		s, full := b.pick(tried)
		switch {
		case s == nil && full && len(tried) == 0:
			x.route.places.servers.Add(1)
			return b.crowded()
		case s == nil:
			return failed
		}
		x.turnTo(s)
		began := time.Now()
		if failed = x.openServer(); failed == nil || !b.retries(s, failed) {
			return failed
		}
		x.tx.Attempted(s.name, began, failed)
		x.turnFrom(s)
		tried = append(tried, s)
	}
}

// turnTo makes s, which the balancer has picked, the server of the request.
func (x *exchange) turnTo(s *server) {
	x.server, x.holds = s, true
	record := x.tx.Record()
	record.Server, record.API.Target = s.name, s.target.String()
}

// turnFrom ends a try at a server that could not be connected to. A Channel is
// there if a forward proxy opened no tunnel.
func (x *exchange) turnFrom(s *server) {
	x.route.balancer.leave(s)
	x.holds = false
	if x.channel != nil {
		x.channel.Close()
		x.channel = nil
	}
}

// openServer gets a Channel to one server: an idle one from the pool, or a new
// one. Looking the name up, connecting and the TLS handshake are steps of their
// own, each with its own phase; the first two share the connect timeout, the
// third has the handshake's.
func (x *exchange) openServer() error {
	x.channel = x.client.gateway.pool.Take(x.server.target)
	if x.channel != nil {
		x.tx.Record().Reused = true
		x.channel.Use(x.budget)
		x.closeIfCanceled()
		return nil
	}
	if err := x.connect(); err != nil {
		return err
	}
	x.closeIfCanceled()
	if err := x.channel.Tunnel(x.budget); err != nil { // through a forward proxy; still part of connecting
		return err
	}
	if x.server.target.Secure() {
		x.tx.Enter(tracing.Handshake)
		err := x.channel.Handshake(x.budget)
		x.tx.Record().TLS = x.channel.ConnectionState()
		if err != nil {
			return err
		}
	}
	x.channel.Use(x.budget)
	return nil
}

// connect looks the target's name up and opens a TCP connection to one of its
// addresses.
func (x *exchange) connect() error {
	target, dialer := x.server.target, x.client.gateway.dialer
	ctx, cancel := target.ConnectContext(x.ctx, x.budget)
	defer cancel()

	x.tx.Enter(tracing.DNS)
	addresses, err := dialer.Lookup(ctx, target)
	if err != nil {
		return err
	}
	x.tx.Enter(tracing.Connect)
	x.channel, err = dialer.Dial(ctx, target, addresses)
	return err
}

// expired tells whether the whole call's time is up.
func (x *exchange) expired() bool {
	return !x.budget.IsZero() && !time.Now().Before(x.budget)
}

// watchClient begins to look after the client if its departure is to end the
// exchange. A request whose body still streams is not watched: its departure
// is noticed by whoever reads the body.
func (x *exchange) watchClient() {
	x.ctx = context.Background()
	if x.state.config.OnClientClose == "cancel" && x.read {
		var cancel context.CancelFunc
		x.ctx, cancel = context.WithCancel(x.ctx)
		x.watch = startWatch(x.client, cancel)
	}
}

// closeIfCanceled makes the client's departure close the Channel, which
// interrupts whatever is being waited for.
func (x *exchange) closeIfCanceled() {
	if x.watch != nil {
		x.watch.detach = context.AfterFunc(x.ctx, x.channel.Close)
	}
}

// unwatch ends the watch and tells whether the client has left.
func (x *exchange) unwatch() bool {
	if x.watch == nil {
		return false
	}
	gone := x.watch.stop()
	x.watch = nil
	return gone
}

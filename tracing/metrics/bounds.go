package metrics

import (
	"context"
	"errors"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"message-processor/tracing"
)

// boundInstruments tell how full the gateway is. Each number comes with its limit, as the semantic conventions have it for
// other things that can be full (db.client.connection.max, jvm.memory.limit).
type boundInstruments struct {
	connections, connectionsLimit metric.Int64ObservableUpDownCounter
	bodies, bodiesLimit           metric.Int64ObservableUpDownCounter
	inFlight, inFlightLimit       metric.Int64ObservableUpDownCounter
	waiting                       metric.Int64ObservableUpDownCounter
	server, serverLimit           metric.Int64ObservableUpDownCounter
	passedOver, refused           metric.Int64ObservableCounter
}

// The attribute "reason" of apigee.requests.refused, in the words of the configuration.
const (
	byConnections = "client_connections"
	byInFlight    = "max_in_flight"
	byServers     = "load_balancer.max_in_flight"
	byBodies      = "buffered_bodies"
)

// describeBounds makes the instruments of the bounds. All of them tell of the same moment.
func describeBounds(meter metric.Meter, bounds func() tracing.Bounds) error {
	var wrong error
	var all []metric.Observable
	upDown := func(name, unit, help string) metric.Int64ObservableUpDownCounter {
		made, err := meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(help))
		wrong, all = errors.Join(wrong, err), append(all, made)
		return made
	}
	counter := func(name, unit, help string) metric.Int64ObservableCounter {
		made, err := meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(help))
		wrong, all = errors.Join(wrong, err), append(all, made)
		return made
	}
	i := boundInstruments{
		connections:      upDown("apigee.client.connections", "{connection}", "Connections of clients."),
		connectionsLimit: upDown("apigee.client.connections.limit", "{connection}", "How many there may be."),
		bodies:           upDown("apigee.buffered_bodies.size", "By", "Bytes of buffered bodies beyond the first 64 KiB of each."),
		bodiesLimit:      upDown("apigee.buffered_bodies.limit", "By", "How many there may be."),
		inFlight:         upDown("apigee.proxy.active_requests", "{request}", "Requests of an API proxy that have a place."),
		inFlightLimit:    upDown("apigee.proxy.active_requests.limit", "{request}", "How many places there are."),
		waiting:          upDown("apigee.proxy.waiting_requests", "{request}", "Requests of an API proxy that wait for a place."),
		server:           upDown("apigee.server.active_requests", "{request}", "Requests under way at a server of a load balancer."),
		serverLimit:      upDown("apigee.server.active_requests.limit", "{request}", "How many there may be."),
		passedOver:       counter("apigee.server.passed_over", "{request}", "Times that a server was passed over because it was full."),
		refused:          counter("apigee.requests.refused", "{request}", "Requests that were refused because a bound was reached, by reason."),
	}
	if wrong != nil {
		return wrong
	}
	_, err := meter.RegisterCallback(func(_ context.Context, to metric.Observer) error {
		i.observe(to, bounds())
		return nil
	}, all...)
	return err
}

func (i *boundInstruments) observe(to metric.Observer, b tracing.Bounds) {
	to.ObserveInt64(i.connections, b.Connections.Used)
	to.ObserveInt64(i.connectionsLimit, b.Connections.Limit)
	to.ObserveInt64(i.bodies, b.Bodies.Used)
	to.ObserveInt64(i.bodiesLimit, b.Bodies.Limit)
	to.ObserveInt64(i.refused, int64(b.Connections.Refused), metric.WithAttributes(append(noProxy(), reason(byConnections))...))
	for _, p := range b.Proxies {
		i.observeProxy(to, &p)
	}
}

func (i *boundInstruments) observeProxy(to metric.Observer, p *tracing.ProxyBounds) {
	names := apiAttributes(p.API.Environment, p.API.Name, strconv.Itoa(p.API.Revision))
	labels := metric.WithAttributeSet(attribute.NewSet(names...))
	to.ObserveInt64(i.inFlight, p.InFlight.Used, labels)
	to.ObserveInt64(i.inFlightLimit, p.InFlight.Limit, labels)
	to.ObserveInt64(i.waiting, p.Waiting, labels)
	refused := func(by string, n uint64) {
		to.ObserveInt64(i.refused, int64(n), metric.WithAttributes(append(names, reason(by))...))
	}
	refused(byInFlight, p.InFlight.Refused)
	refused(byBodies, p.RefusedBodies)
	if len(p.Servers) > 0 {
		refused(byServers, p.RefusedServers)
	}
	for _, s := range p.Servers {
		labels := metric.WithAttributes(append(names, attribute.String("apigee.target", s.Target))...)
		to.ObserveInt64(i.server, s.Used, labels)
		to.ObserveInt64(i.serverLimit, s.Limit, labels)
		to.ObserveInt64(i.passedOver, int64(s.Refused), labels)
	}
}

func reason(by string) attribute.KeyValue { return attribute.String("reason", by) }

// noProxy are the attributes of what belongs to no API proxy.
func noProxy() []attribute.KeyValue { return apiAttributes("", "", "") }

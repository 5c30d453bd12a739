package metrics

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// State is what other parts of the gateway count. Each function is asked whenever somebody collects, from any goroutine;
// all of them must be set.
type State struct {
	Active   func() int            // requests under way
	Channels func() channel.Counts // connections to targets
	Pool     func() channel.Stats  // the idle ones among them
	Bounds   func() tracing.Bounds // how full the gateway is
	Sessions func() int            // open trace sessions
	LogLines func() uint64         // lines of system.log that were lost
	Spans    func() uint64         // spans that were lost
}

// reloads is how the last reload of the configuration went.
type reloads struct {
	failed atomic.Bool
	last   atomic.Int64 // when the configuration in force was loaded, nanoseconds since 1970
}

// Reloaded tells how a reload of the configuration went. That it was loaded at the start is known.
func (m *Metrics) Reloaded(succeeded bool) {
	m.reloads.failed.Store(!succeeded)
	if succeeded {
		m.reloads.last.Store(time.Now().UnixNano())
	}
}

func (r *reloads) successful() int64 {
	if r.failed.Load() {
		return 0
	}
	return 1
}

func (r *reloads) seconds() float64 { return float64(r.last.Load()) / float64(time.Second) }

// describe makes the instruments of the state.
func (m *Metrics) describe(meter metric.Meter, s State) error {
	gauge := func(name, unit, help string, value func() int64) error {
		_, err := meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(help), asked(value))
		return err
	}
	upDown := func(name, unit, help string, value func() int64) error {
		_, err := meter.Int64ObservableUpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(help), asked(value))
		return err
	}
	counter := func(name, unit, help string, value func() uint64) error {
		_, err := meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(help),
			asked(func() int64 { return int64(value()) }))
		return err
	}
	_, loaded := meter.Float64ObservableGauge("apigee.config.last_reload_success_timestamp", metric.WithUnit("s"),
		metric.WithDescription("When the configuration in force was loaded, seconds since 1970."),
		metric.WithFloat64Callback(func(_ context.Context, to metric.Float64Observer) error {
			to.Observe(m.reloads.seconds())
			return nil
		}))
	return errors.Join(loaded,
		upDown("http.server.active_requests", "{request}", "Requests under way.", func() int64 { return int64(s.Active()) }),
		upDown("apigee.channel.open", "{connection}", "Connections to targets, idle ones included.", func() int64 { return open(s.Channels()) }),
		upDown("apigee.channel.idle", "{connection}", "Connections to targets that wait in the pool.", func() int64 { return int64(s.Pool().Idle) }),
		counter("apigee.channel.opened", "{connection}", "Connections to targets that came about.", func() uint64 { return s.Channels().Opened }),
		counter("apigee.channel.reused", "{connection}", "Times that the pool had a connection for a request.", func() uint64 { return s.Pool().Reused }),
		describeClosed(meter, s),
		describeBounds(meter, s.Bounds),
		upDown("apigee.trace.sessions", "{session}", "Open trace sessions.", func() int64 { return int64(s.Sessions()) }),
		counter("apigee.log.lines.dropped", "{line}", "Lines of system.log that were lost.", s.LogLines),
		counter("apigee.spans.dropped", "{span}", "Spans that were lost before they reached a receiver.", s.Spans),
		gauge("apigee.config.last_reload_successful", "", "1 if the last reload of the configuration was, else 0.", m.reloads.successful),
		describeBuild(meter, m.options),
	)
}

func asked(value func() int64) metric.Int64ObservableOption {
	return metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
		to.Observe(value())
		return nil
	})
}

func open(c channel.Counts) int64 {
	n := int64(c.Opened)
	for _, closed := range c.Closed {
		n -= int64(closed)
	}
	return n
}

func describeClosed(meter metric.Meter, s State) error {
	reasons := channel.Reasons()
	labels := make([]metric.ObserveOption, len(reasons))
	for i, why := range reasons {
		labels[i] = metric.WithAttributes(attribute.String("reason", why.String()))
	}
	_, err := meter.Int64ObservableCounter("apigee.channel.closed", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections to targets that were closed, by reason."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			for i, n := range s.Channels().Closed {
				to.Observe(int64(n), labels[i])
			}
			return nil
		}))
	return err
}

func describeBuild(meter metric.Meter, o Options) error {
	labels := metric.WithAttributes(attribute.String("version", o.Version), attribute.String("revision", o.Commit),
		attribute.String("goversion", o.Go))
	_, err := meter.Int64ObservableGauge("apigee.build.info", metric.WithDescription("1, with what this program was built from."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			to.Observe(1, labels)
			return nil
		}))
	return err
}

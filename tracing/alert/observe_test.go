package alert

import (
	"context"
	"fmt"
	"testing"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/tracing"
)

// full is an engine with as many alerts as there can be, of every kind.
func full(t testing.TB) *Engine {
	e := New(Options{Warn: func(string) {}, Info: func(string) {}})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		e.Close(ctx)
	})
	var alerts []config.Alert
	for i := range config.MostAlerts {
		alerts = append(alerts, badGateways(func(a *config.Alert) {
			a.Name, a.Notifications = fmt.Sprint("alert ", i), nil
			c := &a.Conditions[0]
			c.DurationSeconds = 600
			switch c.Dimensions.Proxy = []string{"orders", "hotels", "ANY", "flights"}[i%4]; i % 5 {
			case 1:
				c.Metric = config.MetricRate
			case 2:
				c.Metric, c.Percentile, c.Dimensions.FaultCode = config.MetricTotalLatency, 95, ""
			case 3:
				c.Metric, c.Dimensions = config.MetricTPS, config.AlertDimensions{StatusCode: "5xx"}
			}
		}))
	}
	e.Configure(gateway(alerts...))
	return e
}

func TestObservingAllocatesNothing(t *testing.T) {
	e, b := full(t), &bench{}
	for name, r := range map[string]*tracing.Record{"good": b.record(), "fault": b.record(failed(faults.BadGatewayTLSHandshakeTimeout))} {
		if n := testing.AllocsPerRun(1000, func() { e.Observe(r) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkObserveWithTwentyAlerts(b *testing.B) {
	for name, change := range map[string]func(*tracing.Record){
		"good": func(*tracing.Record) {}, "fault": failed(faults.BadGatewayTLSHandshakeTimeout),
	} {
		b.Run(name, func(b *testing.B) {
			e, r := full(b), (&bench{}).record(change)
			b.ReportAllocs()
			for b.Loop() {
				e.Observe(r)
			}
		})
	}
}

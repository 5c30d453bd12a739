package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"message-processor/tracing"
)

// pushers are the readers that OTEL_METRICS_EXPORTER asks for. Each pushes on its own, every minute by default
// (OTEL_METRIC_EXPORT_INTERVAL, which the SDK reads).
func (m *Metrics) pushers(ctx context.Context, env func(string) string, o Options) (readers []metric.Reader, err error) {
	if strings.EqualFold(strings.TrimSpace(env("OTEL_SDK_DISABLED")), "true") {
		return nil, nil
	}
	exporters, err := exportersOf(ctx, env, o)
	if err != nil {
		return nil, err
	}
	for _, e := range exporters {
		readers = append(readers, metric.NewPeriodicReader(&patient{Exporter: e, warn: o.Warn},
			metric.WithProducer(m), metric.WithProducer(newRuntime(m.start))))
	}
	return readers, nil
}

// exportersOf reads OTEL_METRICS_EXPORTER.
func exportersOf(ctx context.Context, env func(string) string, o Options) (list []metric.Exporter, err error) {
	const name = "OTEL_METRICS_EXPORTER"
	for _, kind := range strings.Split(env(name), ",") {
		var e metric.Exporter
		switch strings.TrimSpace(kind) {
		case "", "none", "prometheus": // the Handler is always there
			continue
		case "console":
			e = newConsole(o.Console)
		case "otlp":
			e, err = newOTLP(ctx, env, o.Warn)
		default:
			err = fmt.Errorf("%s is %q; allowed: otlp, console, prometheus, none", name, kind)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func newOTLP(ctx context.Context, env func(string) string, warn func(string)) (metric.Exporter, error) {
	r, err := tracing.ReadReceiver(env, "METRICS", warn, tracing.ProtocolGRPC, tracing.ProtocolHTTP)
	if err != nil {
		return nil, err
	}
	if r.Protocol == tracing.ProtocolGRPC {
		return overGRPC(ctx, r)
	}
	return overHTTP(ctx, r)
}

func overGRPC(ctx context.Context, r tracing.Receiver) (metric.Exporter, error) {
	var options []otlpmetricgrpc.Option
	if r.Address != "" {
		options = append(options, otlpmetricgrpc.WithEndpoint(r.Address))
	}
	if r.Insecure {
		options = append(options, otlpmetricgrpc.WithInsecure())
	}
	return otlpmetricgrpc.New(ctx, options...)
}

func overHTTP(ctx context.Context, r tracing.Receiver) (metric.Exporter, error) {
	var options []otlpmetrichttp.Option
	if r.Address != "" {
		options = append(options, otlpmetrichttp.WithEndpoint(r.Address), otlpmetrichttp.WithURLPath("/v1/metrics"))
	}
	if r.Insecure {
		options = append(options, otlpmetrichttp.WithInsecure())
	}
	return otlpmetrichttp.New(ctx, options...)
}

// patient is an exporter whose failures cost nothing: they are told once, and once that they are over. The numbers are
// cumulative, so that a push that failed is made up for by the next. One goroutine uses it.
type patient struct {
	metric.Exporter
	warn    func(string)
	failing bool
}

// Export passes the metrics on.
func (p *patient) Export(ctx context.Context, metrics *metricdata.ResourceMetrics) error {
	err := p.Exporter.Export(ctx, metrics)
	switch {
	case err != nil && !p.failing:
		p.warn("metrics cannot be pushed: " + shorten(err.Error()) + "; requests are served as before, the next push makes up for it")
	case err == nil && p.failing:
		p.warn("metrics are pushed again")
	}
	p.failing = err != nil
	return nil
}

// shorten bounds a message that may hold the receiver's answer.
func shorten(message string) string {
	const limit = 300
	if len(message) > limit {
		return message[:limit] + "..."
	}
	return message
}

// console writes every push as a line of JSON.
type console struct{ to *json.Encoder }

func newConsole(to io.Writer) *console {
	if to == nil {
		to = os.Stdout
	}
	return &console{json.NewEncoder(to)}
}

// Temporality is cumulative, the only one there is.
func (*console) Temporality(metric.InstrumentKind) metricdata.Temporality {
	return metricdata.CumulativeTemporality
}

// Aggregation is the SDK's own choice.
func (*console) Aggregation(k metric.InstrumentKind) metric.Aggregation {
	return metric.DefaultAggregationSelector(k)
}

// Export writes a line.
func (c *console) Export(_ context.Context, metrics *metricdata.ResourceMetrics) error {
	return c.to.Encode(metrics)
}

// ForceFlush has nothing to do.
func (*console) ForceFlush(context.Context) error { return nil }

// Shutdown has nothing to do.
func (*console) Shutdown(context.Context) error { return nil }

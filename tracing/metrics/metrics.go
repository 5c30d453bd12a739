package metrics

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"

	"message-processor/tracing"
)

// scopeName is the instrumentation scope of all metrics.
const scopeName = "message-processor/tracing/metrics"

// Scrapes that may run at a time. Each walks through all cells; nobody needs more.
const maxScrapes = 4

// Options is what Metrics are made of besides the environment.
type Options struct {
	Version, Commit, Go string       // of this program and its compiler
	Warn                func(string) // is told what operators should know: a few sentences in the life of a process; nil: nobody
	Console             io.Writer    // where OTEL_METRICS_EXPORTER=console writes; nil is standard output
}

// Metrics are the instruments of one gateway. They are safe for concurrent use.
type Metrics struct {
	options   Options
	start     time.Time
	cells     *cells
	connect   step
	handshake step
	reloads   reloads

	registry *prometheus.Registry
	provider *metric.MeterProvider
}

// New makes the instruments, and pushes them if the environment asks for it: OTEL_METRICS_EXPORTER (otlp, console,
// prometheus, none, or several with commas; unset is none, because the Handler is always there), OTEL_EXPORTER_OTLP_*
// (also in the form OTEL_EXPORTER_OTLP_METRICS_*), OTEL_METRIC_EXPORT_INTERVAL and _TIMEOUT, OTEL_SERVICE_NAME,
// OTEL_RESOURCE_ATTRIBUTES, OTEL_SDK_DISABLED.
//
// There are Metrics also beside an error: it says what is wrong with the environment, and that costs the push only.
// Whether a receiver can be reached shows later.
//
// env is os.Getenv; the official OTLP clients, which read a part of this themselves, always ask the process's
// environment.
func New(ctx context.Context, env func(string) string, o Options) (*Metrics, error) {
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	m := &Metrics{options: o, start: time.Now(), cells: newCells(), registry: prometheus.NewRegistry()}
	m.Reloaded(true)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	resource, err := tracing.NewResource(ctx, o.Version)
	if err != nil {
		o.Warn("OpenTelemetry resource: " + err.Error()) // what could be read of it is used
	}
	options := []metric.Option{metric.WithResource(resource)}
	readers, wrong := m.pushers(ctx, env, o)
	page, err := exporter.New(exporter.WithRegisterer(m.registry), exporter.WithProducer(m), exporter.WithoutScopeInfo())
	if err == nil {
		readers = append(readers, page)
	}
	for _, r := range readers {
		options = append(options, metric.WithReader(r))
	}
	m.provider = metric.NewMeterProvider(options...)
	return m, errors.Join(err, wrong)
}

// Watch adds what other parts of the gateway count. It is called once.
func (m *Metrics) Watch(s State) error { return m.describe(m.provider.Meter(scopeName), s) }

// Observe is the tracing.Observer that counts a finished request. It allocates only for the first request of a kind.
func (m *Metrics) Observe(r *tracing.Record) {
	m.cells.of(keyOf(r)).add(r)
	m.observeConnect(r)
	m.observeHandshake(r)
}

// Handler serves the metrics to Prometheus: OpenMetrics, with exemplars, to those who ask for it, else the text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: maxScrapes, ErrorHandling: promhttp.ContinueOnError,
	})
}

// Shutdown pushes what there is a last time, if anything is pushed, and ends. It may be called more than once; of nil
// Metrics nothing is asked.
func (m *Metrics) Shutdown(ctx context.Context) error {
	if m == nil {
		return nil
	}
	if err := m.provider.Shutdown(ctx); !errors.Is(err, metric.ErrReaderShutdown) {
		return err
	}
	return nil
}

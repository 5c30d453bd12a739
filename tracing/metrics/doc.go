// Package metrics counts what the gateway does, for Prometheus and for OpenTelemetry receivers.
//
// There is one set of instruments. Prometheus reads it at the Handler; when OTEL_METRICS_EXPORTER asks for it, the same
// set is pushed over OTLP. Names, units and attributes are those of the OpenTelemetry semantic conventions for HTTP
// where they have one, else below apigee.*; Prometheus sees them with underscores, units and _total.
//
// How a request becomes numbers:
//
//  1. Metrics.Observe, a tracing.Observer, gets the finished record on the request's own goroutine.
//  2. What is counted separately (API proxy, target, method, status, fault) makes a key. Nothing in it is the client's
//     choice: a method outside the standards is _OTHER, a path is the base path that was configured.
//  3. The key finds a cell: histograms and counters that are plain atomic numbers. A new key makes a new cell, once. There
//     are bounds, for one API proxy and for all; what comes beyond them shares one cell, marked otel.metric.overflow.
//  4. A fault, and one in a hundred of the other requests, leaves its trace id and message id as exemplar.
//  5. When somebody collects, the cells are summed into the instruments' data points (produce.go), and what others know
//     (pool, log, exporter) is asked (state.go).
//
// The SDK's own synchronous instruments are not used for requests: five measurements cost more than the whole
// observation here, see BenchmarkObserve and BenchmarkTheSame in bench_test.go. Their readers, exporters, resource and
// observable instruments are.
package metrics

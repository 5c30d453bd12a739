package metrics

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Produce makes the data points of what Observe has counted. It is what the readers of the OpenTelemetry SDK ask
// (sdk/metric.Producer).
func (m *Metrics) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	now := time.Now()
	server, client := newHistograms(), newHistograms()
	faulty, clientIO, targetIO := newSums(), newSums(), newSums()
	for _, c := range m.cells.all() {
		server.include(c.labels.server, &c.server)
		client.include(c.labels.client, &c.client)
		if n := c.faults.Load(); n > 0 {
			faulty.add(c.labels.fault, int64(n), c.server.last())
		}
		clientIO.addBoth(c.labels.clientIO, c.clientIn.Load(), c.clientOut.Load())
		if c.key.target != "" {
			targetIO.addBoth(c.labels.targetIO, c.targetIn.Load(), c.targetOut.Load())
		}
	}
	return []metricdata.ScopeMetrics{{Scope: instrumentation.Scope{Name: scopeName, Version: m.options.Version}, Metrics: []metricdata.Metrics{
		{Name: "http.server.request.duration", Unit: "s", Data: server.data(m.start, now),
			Description: "Duration of requests, from the first byte of the head to the last byte of the answer."},
		{Name: "http.client.request.duration", Unit: "s", Data: client.data(m.start, now),
			Description: "Duration of exchanges with targets, connecting included."},
		{Name: "apigee.faults", Unit: "{fault}", Data: faulty.data(m.start, now),
			Description: "Requests that ended in a fault, a target's own 4xx and 5xx included."},
		{Name: "apigee.client.io", Unit: "By", Data: clientIO.data(m.start, now),
			Description: "Bytes of bodies received from and sent to clients."},
		{Name: "apigee.target.io", Unit: "By", Data: targetIO.data(m.start, now),
			Description: "Bytes received from and sent to targets, heads included, above TLS."},
		{Name: "apigee.connect.duration", Unit: "s", Data: ofStep(&m.connect).data(m.start, now),
			Description: "Duration of connecting to targets, the lookup of the name included, by result."},
		{Name: "apigee.handshake.duration", Unit: "s", Data: ofStep(&m.handshake).data(m.start, now),
			Description: "Duration of TLS handshakes with targets, by result."},
	}}}, nil
}

// histograms are the data points of one instrument, by attributes. Cells that differ in what the instrument does not
// show are summed.
type histograms map[attribute.Distinct]*point

type point struct {
	labels attribute.Set
	totals
}

func newHistograms() histograms { return histograms{} }

func (h histograms) include(labels attribute.Set, of *histogram) {
	p := h[labels.Equivalent()]
	if p == nil {
		p = &point{labels: labels}
		h[labels.Equivalent()] = p
	}
	p.totals.include(of)
}

func ofStep(s *step) histograms {
	all := newHistograms()
	for i := range s {
		all.include(resultLabels(i), &s[i])
	}
	return all
}

func (h histograms) data(start, now time.Time) metricdata.Aggregation {
	data := metricdata.Histogram[float64]{Temporality: metricdata.CumulativeTemporality}
	ends := make([]float64, len(bounds))
	for i, bound := range bounds {
		ends[i] = bound.Seconds()
	}
	for _, p := range h {
		n := p.count()
		if n == 0 {
			continue
		}
		data.DataPoints = append(data.DataPoints, metricdata.HistogramDataPoint[float64]{
			Attributes: p.labels, StartTime: start, Time: now, Count: n, Sum: p.sum.Seconds(),
			Bounds: ends, BucketCounts: p.counts[:], Exemplars: exemplars(p.exemplars[:], exemplar.seconds),
		})
	}
	return data
}

// sums are the data points of a counter, by attributes.
type sums map[attribute.Distinct]*sum

type sum struct {
	labels attribute.Set
	n      int64
	last   exemplar
}

func newSums() sums { return sums{} }

func (s sums) add(labels attribute.Set, n int64, last exemplar) {
	found := s[labels.Equivalent()]
	if found == nil {
		found = &sum{labels: labels}
		s[labels.Equivalent()] = found
	}
	found.n += n
	if last.at.After(found.last.at) {
		found.last = last
	}
}

// addBoth adds to the two directions of a counter of bytes.
func (s sums) addBoth(labels directions, in, out int64) {
	s.add(labels.in, in, exemplar{})
	s.add(labels.out, out, exemplar{})
}

func (s sums) data(start, now time.Time) metricdata.Aggregation {
	data := metricdata.Sum[int64]{Temporality: metricdata.CumulativeTemporality, IsMonotonic: true}
	for _, p := range s {
		data.DataPoints = append(data.DataPoints, metricdata.DataPoint[int64]{
			Attributes: p.labels, StartTime: start, Time: now, Value: p.n,
			Exemplars: exemplars([]exemplar{p.last}, exemplar.one),
		})
	}
	return data
}

func (e exemplar) seconds() float64 { return e.took.Seconds() }
func (e exemplar) one() int64       { return 1 }

// exemplars are those there are, in the SDK's form.
func exemplars[N int64 | float64](of []exemplar, value func(exemplar) N) (list []metricdata.Exemplar[N]) {
	for _, e := range of {
		if e.at.IsZero() {
			continue
		}
		made := metricdata.Exemplar[N]{Time: e.at, Value: value(e), TraceID: e.trace[:]}
		room := maxExemplar - len("trace_id") - 2*len(e.trace) - len("span_id")
		if room -= len("apigee_message_id") + len(e.message); room >= 0 {
			made.FilteredAttributes = []attribute.KeyValue{attribute.String("apigee.message_id", e.message)}
			if room >= 2*len(e.span) {
				made.SpanID = e.span[:]
			}
		}
		list = append(list, made)
	}
	return list
}

// maxExemplar is how many characters the labels of an exemplar may have, names included (OpenMetrics 1.0, "Exemplars").
// The trace id comes first, then the message id, then the span id.
const maxExemplar = 128

package main

import (
	"context"
	"net/netip"
	"os"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
	"message-processor/tracing/alert"
	"message-processor/tracing/metrics"
	"message-processor/tracing/monitor"
)

// monitoring are the observers that count for metrics, pages and alerts, as serve has them, with the alert that is
// shipped and one that looks at the latency of every call.
func monitoring(t testing.TB) []tracing.Observer {
	t.Helper()
	counting, err := metrics.New(t.Context(), func(string) string { return "" }, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { counting.Shutdown(context.Background()) })
	shipped, err := os.ReadFile("../../deploy/alerts/bad-gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const slow = "  - name: Slow\n    conditions: [{metric: totalLatency, percentile: 95, threshold: 60000, comparator: \">\", durationSeconds: 300}]\n"
	c, err := config.Parse("cost.yaml", append(shipped, slow...), config.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	tell := func(line string) { t.Error(line) }
	alerts := alert.New(alert.Options{Warn: tell, Info: tell})
	alerts.Configure(c)
	t.Cleanup(func() { alerts.Close(context.Background()) })
	return []tracing.Observer{monitor.New().Observe, counting.Observe, alerts.Observe}
}

// finished are records as the data path makes them: one that went well on a kept connection, and a fault.
func finished() map[string]*tracing.Record {
	now := time.Now()
	good := tracing.Record{
		MessageID: "vm-12575-7-1", Context: tracing.Context{Trace: tracing.TraceID{1}, Server: tracing.SpanID{2}, Sampled: true},
		API: tracing.API{Organization: "acme", Environment: "test", Name: "orders", Revision: 3, BasePath: "/v1/orders",
			Target: "orders.example.com:443"},
		Method: []byte("GET"), Path: []byte("/v1/orders/7"), Status: 200, Passed: true, Reused: true,
		Messages: tracing.Messages{RequestHead: []byte("GET /v1/orders/7 HTTP/1.1\r\n\r\n"), ResponseHead: []byte("HTTP/1.1 200 OK\r\n\r\n")},
		Channel:  channel.Snapshot{Remote: netip.MustParseAddrPort("203.0.113.7:443"), UseCount: 2, BytesRead: 19, BytesWritten: 80},
		Start:    now, End: now.Add(3 * time.Millisecond), BytesOut: 5,
	}
	for step, at := range map[tracing.Step]time.Duration{tracing.Request: 0, tracing.Send: 1, tracing.Wait: 1, tracing.Receive: 2, tracing.Respond: 2} {
		good.Steps[step] = tracing.Interval{Start: now.Add(at * time.Millisecond), End: now.Add((at + 1) * time.Millisecond)}
	}
	fault := good
	named, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	fault.Failure = &tracing.Failure{Fault: named, Step: tracing.Handshake, At: now.Add(2 * time.Millisecond),
		Err: &channel.Error{Phase: channel.Handshake, Cause: channel.Timeout}}
	fault.Status, fault.Passed, fault.Reused, fault.Messages.ResponseHead = 502, false, false, nil
	fault.Steps[tracing.Handshake] = tracing.Interval{Start: now.Add(time.Millisecond), End: now.Add(2 * time.Millisecond)}
	return map[string]*tracing.Record{"request": &good, "fault": &fault}
}

func TestMetricsMonitoringAndAlertsTogetherAllocateNothingForARequest(t *testing.T) {
	observers := monitoring(t)
	r := finished()["request"]
	observe := func() {
		for _, o := range observers {
			o(r)
		}
	}
	observe() // the first of its kind makes what counts it
	if n := testing.AllocsPerRun(2000, observe); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkMonitoring is what metrics, monitoring and alerts together add to a request, on its own goroutine.
func BenchmarkMonitoring(b *testing.B) {
	for name, r := range finished() {
		b.Run(name, func(b *testing.B) {
			observers := monitoring(discard{b})
			b.ReportAllocs()
			for b.Loop() {
				for _, o := range observers {
					o(r)
				}
			}
		})
	}
}

// discard is a benchmark whose alerts may fire.
type discard struct{ *testing.B }

func (discard) Error(...any) {}

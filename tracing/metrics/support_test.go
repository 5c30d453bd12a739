package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

var began = time.Date(2026, 11, 22, 10, 15, 42, 0, time.UTC)

func at(from, to int) tracing.Interval {
	return tracing.Interval{Start: began.Add(time.Duration(from) * time.Millisecond), End: began.Add(time.Duration(to) * time.Millisecond)}
}

// healthy is a request that was served in 100 ms over a new connection.
func healthy() *tracing.Record {
	r := &tracing.Record{
		MessageID: "mp1-12575-7-1",
		Context:   tracing.Context{Trace: tracing.TraceID{1, 2, 15: 3}, Server: tracing.SpanID{4, 7: 5}, Sampled: true},
		API: tracing.API{Organization: "acme", Environment: "test", Name: "orders", Revision: 3, BasePath: "/v1/orders",
			Target: "orders.example.com:443"},
		Method: []byte("GET"), Path: []byte("/v1/orders/7"), Status: 200, Passed: true,
		Messages: tracing.Messages{ResponseHead: []byte("HTTP/1.1 200 OK\r\n\r\n")},
		Channel:  channel.Snapshot{Remote: netip.MustParseAddrPort("203.0.113.7:443"), BytesRead: 19, BytesWritten: 80},
		Start:    began, End: began.Add(100 * time.Millisecond), BytesIn: 3, BytesOut: 5,
	}
	r.Steps = steps{tracing.Request: at(0, 1), tracing.Proxy: at(1, 2), tracing.DNS: at(2, 10), tracing.Connect: at(10, 20),
		tracing.Handshake: at(20, 50), tracing.Send: at(50, 51), tracing.Wait: at(51, 90), tracing.Receive: at(90, 95),
		tracing.Respond: at(95, 100)}
	return r
}

type steps = [9]tracing.Interval

// reused is the same over a connection from the pool.
func reused() *tracing.Record {
	r := healthy()
	r.Reused = true
	r.Steps[tracing.DNS], r.Steps[tracing.Connect], r.Steps[tracing.Handshake] = tracing.Interval{}, tracing.Interval{}, tracing.Interval{}
	return r
}

// passed is a target's own answer that is no good.
func passed(status int) *tracing.Record {
	r := reused()
	r.Status = status
	r.Messages.ResponseHead = fmt.Appendf(nil, "HTTP/1.1 %d No\r\n\r\n", status)
	return r
}

// failed is a request that ended in a fault of the gateway after 55 s in one step.
func failed(id faults.ID, in tracing.Step, phase channel.Phase, cause channel.Cause) *tracing.Record {
	r := healthy()
	fault, _ := faults.Find(id)
	noticed := began.Add(55 * time.Second)
	r.Failure = &tracing.Failure{Fault: fault, Step: in, At: noticed, Err: &channel.Error{Phase: phase, Cause: cause, Err: errors.New("broken")}}
	r.Status, r.Passed, r.Messages.ResponseHead, r.Channel = fault.Status, false, nil, channel.Snapshot{}
	for s := in; s < tracing.Respond; s++ {
		r.Steps[s] = tracing.Interval{}
	}
	r.Steps[in] = tracing.Interval{Start: r.Steps[in-1].End, End: noticed}
	r.Steps[tracing.Respond] = tracing.Interval{Start: noticed, End: noticed.Add(time.Millisecond)}
	r.End = noticed.Add(time.Millisecond)
	return r
}

// stalled is the playbook's handshake timeout.
func stalled() *tracing.Record {
	return failed(faults.BadGatewayTLSHandshakeTimeout, tracing.Handshake, channel.Handshake, channel.Timeout)
}

// lost is a request that no API proxy was found for.
func lost() *tracing.Record {
	r := failed(faults.ApplicationNotFound, tracing.Proxy, "", "")
	r.API = tracing.API{Organization: "acme", Environment: "test"}
	r.Failure.Err = nil
	r.Steps = steps{tracing.Request: at(0, 1), tracing.Proxy: at(1, 2), tracing.Respond: at(2, 3)}
	r.Failure.At, r.End = began.Add(2*time.Millisecond), began.Add(3*time.Millisecond)
	return r
}

// idle is the state of a gateway in which nothing happens.
func idle() State {
	none, zero := func() int { return 0 }, func() uint64 { return 0 }
	return State{Active: none, Bounds: func() tracing.Bounds { return tracing.Bounds{} }, Sessions: none, LogLines: zero, Spans: zero,
		Channels: func() channel.Counts { return channel.Counts{} }, Pool: func() channel.Stats { return channel.Stats{} }}
}

// from is an environment.
func from(variables ...string) func(string) string {
	return func(name string) string {
		for _, v := range variables {
			if key, value, _ := strings.Cut(v, "="); key == name {
				return value
			}
		}
		return ""
	}
}

// counting makes metrics that are not pushed.
func counting(t testing.TB) *Metrics {
	t.Helper()
	m, err := New(t.Context(), from(), Options{Version: "1.2.3", Commit: "abc", Go: "go1.26"})
	if err == nil {
		err = m.Watch(idle())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown(context.Background()) })
	return m
}

const openMetrics = "application/openmetrics-text;version=1.0.0"

// page is what Prometheus gets.
func (m *Metrics) page(t testing.TB, accept string) string {
	t.Helper()
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, request)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// series are the lines of a page that begin so.
func series(page, prefix string) (lines []string) {
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// wants expects lines on the page.
func wants(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			there := series(page, name)
			t.Errorf("missing:\n%s\nthere is\n%s", line, strings.Join(there[:min(len(there), 40)], "\n"))
		}
	}
}

func TestMain(m *testing.M) {
	for _, v := range os.Environ() { // the OTLP clients and the resource read the process's own
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "OTEL_") {
			os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

package tracing

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"message-processor/faults"
)

func TestSpansFormTheTreeOfTheRequest(t *testing.T) {
	for _, c := range []struct {
		name   string
		record *Record
		want   string
	}{
		{"new connection", sampleRecord(), `
server GET /v1/orders 0-100
  client GET 2-95
    internal dns 2-10
    internal connect 10-20
    internal tls handshake 20-50
    internal send 50-51
    internal wait 51-90
    internal receive 90-95
`},
		{"reused connection", reusedRecord(), `
server GET /v1/orders 0-100
  client GET 50-95
    internal send 50-51
    internal wait 51-90
    internal receive 90-95
`},
		{"handshake timeout", stalledRecord(), `
server GET /v1/orders 0-55021 error messaging.adaptors.http.BadGateway
  client GET 2-55020 error messaging.adaptors.http.BadGateway
    internal dns 2-10
    internal connect 10-20
    internal tls handshake 20-55020 error messaging.adaptors.http.BadGateway
`},
		{"the target's own 404", passedRecord(404), `
server GET /v1/orders 0-100
  client GET 50-95 error 404
    internal send 50-51
    internal wait 51-90
    internal receive 90-95
`},
		{"the target's own 503", passedRecord(503), `
server GET /v1/orders 0-100 error 503
  client GET 50-95 error 503
    internal send 50-51
    internal wait 51-90
    internal receive 90-95
`},
		{"no API proxy", unroutedRecord(), `
server GET 0-100 error messaging.adaptors.http.flow.ApplicationNotFound
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want[1:], spansOf(t, c.record).tree()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func unroutedRecord() *Record {
	r := sampleRecord()
	fault, _ := faults.Find(faults.ApplicationNotFound)
	r.API = API{Organization: "acme", Environment: "test"}
	r.Failure = &Failure{Fault: fault, Step: Proxy, At: began.Add(time.Millisecond),
		Vars: faults.Vars{"vhost": "default", "path": "/nowhere;jsessionid=hush"}}
	r.Status, r.Passed = 404, false
	r.Steps = [stepCount]Interval{Request: at(0, 1), Proxy: at(1, 2), Respond: at(2, 100)}
	return r
}

func TestSpansContinueTheCallersTrace(t *testing.T) {
	r := sampleRecord()
	spans := spansOf(t, r)
	for _, span := range spans {
		if hexOf(span.TraceId) != "4bf92f3577b34da6a3ce929d0e0e4736" || span.TraceState != "vendor=1" || span.Flags&1 == 0 {
			t.Errorf("span %s is in trace %x, state %q, flags %x", span.Name, span.TraceId, span.TraceState, span.Flags)
		}
	}
	server, client := spans.named(t, "GET /v1/orders"), spans.named(t, "GET")
	if hexOf(server.ParentSpanId) != "00f067aa0ba902b7" || server.Flags != 0x301 {
		t.Errorf("the request's parent is %x, flags %x", server.ParentSpanId, server.Flags)
	}
	if !bytes.Equal(client.SpanId, r.Context.Client[:]) || client.Flags != 0x101 {
		t.Errorf("the target was told span %x, exported is %x, flags %x", r.Context.Client, client.SpanId, client.Flags)
	}
}

func TestASpanIDOccursOnce(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		for _, span := range spansOf(t, sampleRecord()) {
			if seen[string(span.SpanId)] || len(span.SpanId) != 8 {
				t.Fatalf("span id %x", span.SpanId)
			}
			seen[string(span.SpanId)] = true
		}
	}
}

func TestATraceThatBeginsHereHasNoParentAndNoState(t *testing.T) {
	r := sampleRecord()
	r.Context = newContext(nil, Sampling{Ratio: 1})
	server := spansOf(t, r).named(t, "GET /v1/orders")
	if len(server.ParentSpanId) != 0 || server.TraceState != "" || server.Flags != 1 {
		t.Errorf("parent %x, state %q, flags %x", server.ParentSpanId, server.TraceState, server.Flags)
	}
}

func TestAnUnsampledFaultSaysSoInItsFlags(t *testing.T) {
	r := stalledRecord()
	r.Context.Sampled = false
	if server := spansOf(t, r).named(t, "GET /v1/orders"); server.Flags&1 != 0 {
		t.Errorf("flags %x, but the target was told that it is not sampled", server.Flags)
	}
}

func TestTheWallClockCannotTurnASpanAround(t *testing.T) {
	r := sampleRecord()
	now := time.Now() // with a monotonic reading
	r.Start, r.End = now, now.Add(time.Second)
	r.Steps = [stepCount]Interval{Request: {now, r.End}}
	span := spansOf(t, r)[0]
	if got := time.Duration(span.EndTimeUnixNano - span.StartTimeUnixNano); got != time.Second {
		t.Errorf("lasts %v", got)
	}
}

func TestAStepUnderWayEndsWithTheRequest(t *testing.T) {
	r := reusedRecord()
	r.Steps[Receive].End = time.Time{}
	if got := spansOf(t, r).tree(); !strings.Contains(got, "receive 90-100\n") || !strings.Contains(got, "client GET 50-100\n") {
		t.Error(got)
	}
}

func TestEventsTellMessageIDAndFault(t *testing.T) {
	server := spansOf(t, stalledRecord()).named(t, "GET /v1/orders")
	var got []string
	for _, event := range server.Events {
		got = append(got, event.Name+" at "+milliseconds(event.TimeUnixNano)+"\n"+listed(event.Attributes))
	}
	want := []string{
		"apigee.message_id at 0\napigee.message_id=mp1-12575-7-1",
		"apigee.fault at 55020\n" +
			"apigee.fault.code=messaging.adaptors.http.BadGateway\n" +
			"apigee.fault.id=bad_gateway_tls_handshake_timeout\n" +
			"apigee.fault.source=target\n" +
			"apigee.fault.step=tls handshake\n" +
			"exception.message=tls handshake: timeout: i/o timeout",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheStatusSaysWhatTheClientWasTold(t *testing.T) {
	if got := spansOf(t, stalledRecord())[0].Status; got.Message != "Bad Gateway" || got.Code != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("status %v", got)
	}
	if got := spansOf(t, unroutedRecord())[0].Status.Message; !strings.HasSuffix(got, "/nowhere;jsessionid=REDACTED") {
		t.Errorf("status %q", got)
	}
}

func TestServersTriedInVainAreEvents(t *testing.T) {
	r := sampleRecord()
	r.Server = "second"
	r.Attempts = []Attempt{{Server: "first", Err: stalledRecord().Failure.Err, At: began.Add(5 * time.Millisecond)}}
	client := spansOf(t, r).named(t, "GET")
	if len(client.Events) != 1 || attributesOf(client.Events[0].Attributes)["apigee.target.server"] != "first" ||
		attributesOf(client.Attributes)["apigee.target.server"] != "second" {
		t.Errorf("events %v", client.Events)
	}
}

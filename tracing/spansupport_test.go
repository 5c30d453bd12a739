package tracing

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"sort"
	"strings"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"message-processor/faults"
	"message-processor/proxy/channel"
)

// began is when the sample requests begin.
var began = time.Date(2026, 11, 22, 10, 15, 42, 330_000_000, time.UTC)

// at is an interval of milliseconds after that.
func at(from, to int) Interval {
	return Interval{began.Add(time.Duration(from) * time.Millisecond), began.Add(time.Duration(to) * time.Millisecond)}
}

// sampleRecord is a request that is part of a caller's trace and was served over a new connection.
func sampleRecord() *Record {
	r := &Record{
		MessageID: "mp1-12575-7-1",
		Context:   newContext([]byte(incoming), Sampling{}),
		API: API{Organization: "acme", Environment: "test", Name: "orders", Revision: 3, BasePath: "/v1/orders",
			Target: "orders.example.com:443", TargetURL: "https://orders.example.com:443/api"},
		Client: netip.MustParseAddrPort("192.0.2.10:51000"),
		Method: []byte("GET"), Path: []byte("/v1/orders/42?page=2&api_key=hush"),
		Status: 200, Passed: true,
		TLS: &tls.ConnectionState{HandshakeComplete: true, Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256,
			CurveID: tls.X25519, ServerName: "orders.example.com", NegotiatedProtocol: "http/1.1"},
		Messages: Messages{
			RequestHead: []byte("GET /v1/orders/42?page=2&api_key=hush HTTP/1.1\r\nHost: api.example.com:9001\r\n" +
				"User-Agent: curl/8.0\r\nTraceState: vendor=1\r\n\r\n"),
			SentHead:     []byte("GET /api/42?page=2&api_key=hush HTTP/1.1\r\nHost: orders.example.com\r\n\r\n"),
			ResponseHead: []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
		},
		Channel: channel.Snapshot{ID: 739028, UseCount: 1, Secure: true, Remote: netip.MustParseAddrPort("203.0.113.7:443")},
		Start:   began, End: began.Add(100 * time.Millisecond), BytesOut: 2,
	}
	r.Steps = [stepCount]Interval{Request: at(0, 1), Proxy: at(1, 2), DNS: at(2, 10), Connect: at(10, 20),
		Handshake: at(20, 50), Send: at(50, 51), Wait: at(51, 90), Receive: at(90, 95), Respond: at(95, 100)}
	return r
}

// reusedRecord is a request that was served over a connection from the pool.
func reusedRecord() *Record {
	r := sampleRecord()
	r.TLS, r.Reused, r.Channel.UseCount = nil, true, 2
	r.Steps[DNS], r.Steps[Connect], r.Steps[Handshake] = Interval{}, Interval{}, Interval{}
	return r
}

// stalledRecord is the playbook's handshake timeout behind a firewall.
func stalledRecord() *Record {
	r := sampleRecord()
	fault, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	snapshot := r.Channel
	snapshot.TCP = &channel.TCPInfo{Unacked: 1, Retransmits: 8, TotalRetransmits: 9, BytesAcked: 1, SegsIn: 1}
	r.Failure = &Failure{Fault: fault, Step: Handshake, At: began.Add(55_020 * time.Millisecond),
		Err: &channel.Error{Phase: channel.Handshake, Cause: channel.Timeout, Snapshot: snapshot, Err: errors.New("i/o timeout")}}
	r.Status, r.Passed, r.Channel = 502, false, snapshot
	r.TLS = &tls.ConnectionState{ServerName: "orders.example.com"}
	r.Messages.SentHead, r.Messages.ResponseHead = nil, nil
	r.Steps[Handshake], r.Steps[Respond] = at(20, 55_020), at(55_020, 55_021)
	r.Steps[Send], r.Steps[Wait], r.Steps[Receive] = Interval{}, Interval{}, Interval{}
	r.End = began.Add(55_021 * time.Millisecond)
	return r
}

// passedRecord is a target's own answer that is no good.
func passedRecord(status int) *Record {
	r := reusedRecord()
	r.Status = status
	r.Messages.ResponseHead = fmt.Appendf(nil, "HTTP/1.1 %d No\r\n\r\n", status)
	return r
}

// spansOf renders a record and decodes the bytes as a receiver does.
func spansOf(t *testing.T, r *Record) spanList {
	t.Helper()
	var w renderer
	w.render(r)
	var scope tracepb.ScopeSpans
	if err := proto.Unmarshal(w.buf, &scope); err != nil {
		t.Fatal(err)
	}
	if len(scope.Spans) != w.spans {
		t.Errorf("%d spans, said to be %d", len(scope.Spans), w.spans)
	}
	if unknown := scope.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		t.Errorf("fields that nobody knows: %x", unknown)
	}
	for _, span := range scope.Spans {
		if unknown := span.ProtoReflect().GetUnknown(); len(unknown) > 0 {
			t.Errorf("fields of span %s that nobody knows: %x", span.Name, unknown)
		}
	}
	return scope.Spans
}

type spanList []*tracepb.Span

func (l spanList) named(t *testing.T, name string) *tracepb.Span {
	t.Helper()
	for _, span := range l {
		if span.Name == name {
			return span
		}
	}
	t.Fatalf("no span %s in\n%s", name, l.tree())
	return nil
}

// tree shows the spans as a tree: kind, name, begin and end in milliseconds, and whether it is an error.
func (l spanList) tree() string {
	var out strings.Builder
	ids := map[string]bool{}
	for _, span := range l {
		ids[string(span.SpanId)] = true
	}
	var show func(parent, indent string)
	show = func(parent, indent string) {
		for _, span := range l {
			if string(span.ParentSpanId) != parent && (parent != "" || ids[string(span.ParentSpanId)]) {
				continue
			}
			fmt.Fprintf(&out, "%s%s %s %s-%s%s\n", indent, strings.ToLower(strings.TrimPrefix(span.Kind.String(), "SPAN_KIND_")),
				span.Name, milliseconds(span.StartTimeUnixNano), milliseconds(span.EndTimeUnixNano), errorOf(span))
			show(string(span.SpanId), indent+"  ")
		}
	}
	show("", "")
	return out.String()
}

func milliseconds(unix uint64) string {
	return fmt.Sprint(time.Unix(0, int64(unix)).Sub(began).Milliseconds())
}

func errorOf(span *tracepb.Span) string {
	if span.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		return ""
	}
	return " error " + attributesOf(span.Attributes)["error.type"]
}

func attributesOf(list []*commonpb.KeyValue) map[string]string {
	all := map[string]string{}
	for _, kv := range list {
		switch v := kv.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			all[kv.Key] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			all[kv.Key] = fmt.Sprint(v.IntValue)
		case *commonpb.AnyValue_BoolValue:
			all[kv.Key] = fmt.Sprint(v.BoolValue)
		}
	}
	return all
}

// listed are attributes as sorted lines.
func listed(list []*commonpb.KeyValue) string {
	var lines []string
	for key, value := range attributesOf(list) {
		lines = append(lines, key+"="+value)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func hexOf(id []byte) string { return hex.EncodeToString(id) }

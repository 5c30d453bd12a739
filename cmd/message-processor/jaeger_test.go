package main

import (
	cmpstd "cmp"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// jaeger is a real Jaeger, which takes spans and answers queries about them.
type jaeger struct {
	query, grpc, http string // base URLs
}

// startJaeger runs the Jaeger that tools/build-jaeger has built for the time of a test.
func startJaeger(t *testing.T) jaeger {
	t.Helper()
	const binary, config = "../../bin/jaeger", "../../tools/jaeger/jaeger.yaml"
	_, err := os.Stat(binary)
	needs(t, err == nil, "Jaeger, which tools/build-jaeger builds")
	command := exec.Command(binary, "--config", config)
	command.Env = os.Environ()
	address := map[string]string{}
	for _, name := range []string{"HEALTH", "QUERY", "QUERY_GRPC", "OTLP_GRPC", "OTLP_HTTP"} {
		address[name] = freeAddress(t)
		command.Env = append(command.Env, "JAEGER_"+name+"="+address[name])
	}
	p := beside(t, command)
	eventually(t, "Jaeger is ready", func() bool {
		select {
		case <-p.ended:
			t.Fatal("Jaeger has ended")
		default:
		}
		response, err := http.Get("http://" + address["HEALTH"] + "/status")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return jaeger{"http://" + address["QUERY"], "http://" + address["OTLP_GRPC"], "http://" + address["OTLP_HTTP"]}
}

// freeAddress is one that nobody listens on at the moment: Jaeger does not tell which port a 0 became.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// jaegerSpan is a span as Jaeger's query API shows it.
type jaegerSpan struct {
	TraceID, SpanID, OperationName string
	References                     []struct{ RefType, TraceID, SpanID string }
	StartTime, Duration            int64 // microseconds
	Tags                           []jaegerTag
	Logs                           []struct{ Fields []jaegerTag }
}

type jaegerTag struct {
	Key   string
	Value any
}

func (s jaegerSpan) took() time.Duration { return time.Duration(s.Duration) * time.Microsecond }

func (s jaegerSpan) parent() string {
	for _, r := range s.References {
		if r.RefType == "CHILD_OF" {
			return r.SpanID
		}
	}
	return ""
}

// tag is a tag's value as text, "" if there is none.
func (s jaegerSpan) tag(key string) string {
	for _, tag := range s.Tags {
		if tag.Key == key {
			text, _ := json.Marshal(tag.Value)
			return strings.Trim(string(text), `"`)
		}
	}
	return ""
}

// events are the names of the span's events.
func (s jaegerSpan) events() (names []string) {
	for _, entry := range s.Logs {
		for _, field := range entry.Fields {
			if name, isText := field.Value.(string); isText && field.Key == "event" {
				names = append(names, name)
			}
		}
	}
	return names
}

type jaegerSpans []jaegerSpan

// ask queries for traces and returns all their spans.
func (j jaeger) ask(t *testing.T, path string) jaegerSpans {
	t.Helper()
	response, err := http.Get(j.query + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Data []struct{ Spans jaegerSpans } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil && response.StatusCode == http.StatusOK {
		t.Fatal(err)
	}
	var all jaegerSpans
	for _, trace := range answer.Data {
		all = append(all, trace.Spans...)
	}
	return all
}

// find waits for a trace that looks like want, and finds it by a tag, as one does in Jaeger's search.
func (j jaeger) find(t *testing.T, key, value, want string) jaegerSpans {
	t.Helper()
	tags, _ := json.Marshal(map[string]string{key: value})
	return j.await(t, "/api/traces?service=message-processor&tags="+url.QueryEscape(string(tags)), want)
}

// await asks until all spans of a tree have arrived, which come one after the other, and compares them with it.
func (j jaeger) await(t *testing.T, path, want string) (spans jaegerSpans) {
	t.Helper()
	eventually(t, path, func() bool {
		spans = j.ask(t, path)
		return len(spans) >= strings.Count(want, "\n")
	})
	if diff := cmp.Diff(want, spans.tree()); diff != "" {
		t.Error(diff)
	}
	return spans
}

// tree shows the spans below those whose parent is elsewhere.
func (all jaegerSpans) tree() string {
	const steps = "dns connect tls handshake send wait receive" // may begin in the same microsecond
	slices.SortStableFunc(all, func(a, b jaegerSpan) int {
		return cmpstd.Or(cmpstd.Compare(a.StartTime, b.StartTime),
			cmpstd.Compare(strings.Index(steps, a.OperationName), strings.Index(steps, b.OperationName)))
	})
	var out strings.Builder
	var show func(s jaegerSpan, indent string)
	show = func(s jaegerSpan, indent string) {
		out.WriteString(indent + s.tag("span.kind") + " " + s.OperationName)
		if s.tag("error") == "true" {
			out.WriteString(" error " + s.tag("error.type"))
		}
		out.WriteString("\n")
		for _, child := range all {
			if child.parent() == s.SpanID {
				show(child, indent+"  ")
			}
		}
	}
	for _, s := range all {
		if !slices.ContainsFunc(all, func(other jaegerSpan) bool { return other.SpanID == s.parent() }) {
			show(s, "")
		}
	}
	return out.String()
}

func (all jaegerSpans) named(t *testing.T, name string) jaegerSpan {
	t.Helper()
	for _, s := range all {
		if s.OperationName == name {
			return s
		}
	}
	t.Fatalf("no span %s in\n%s", name, all.tree())
	return jaegerSpan{}
}

const (
	steps      = "    internal send\n    internal wait\n    internal receive\n"
	healthyNew = "server GET /lab/healthy\n  client GET\n" +
		"    internal dns\n    internal connect\n    internal tls handshake\n" + steps
	healthyReused = "server GET /lab/healthy\n  client GET\n" + steps
	stalled       = "server GET /lab/tls-silent error messaging.adaptors.http.BadGateway\n" +
		"  client GET error messaging.adaptors.http.BadGateway\n" +
		"    internal dns\n    internal connect\n    internal tls handshake error messaging.adaptors.http.BadGateway\n"
)

func TestJaegerShowsEveryTransaction(t *testing.T) {
	j := startJaeger(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	for protocol, endpoint := range map[string]string{"grpc": j.grpc, "http/protobuf": j.http} {
		t.Run(protocol, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
			p := serving(t, "--handshake-timeout", "2s")
			t.Run("healthy", func(t *testing.T) { healthyInJaeger(t, j, p) })
			t.Run("handshake timeout", func(t *testing.T) { stalledInJaeger(t, j, p) })
			p.stop(t)
			if lines := linesWith(p.stdout.String(), " WARN "); len(lines) > 0 {
				t.Errorf("warnings: %q", lines)
			}
		})
	}
}

func healthyInJaeger(t *testing.T, j jaeger, p *process) {
	first, second, err := getTwice(p.gateway + "/lab/healthy")
	if err != nil {
		t.Fatal(err)
	}
	fresh := j.find(t, "apigee.message_id", first.id(), healthyNew)
	reused := j.find(t, "apigee.message_id", second.id(), healthyReused)
	channels := []string{fresh.named(t, "GET").tag("apigee.channel.id"), reused.named(t, "GET").tag("apigee.channel.id")}
	if channels[0] == "" || channels[0] != channels[1] || reused.named(t, "GET").tag("apigee.channel.use_count") != "2" {
		t.Errorf("the channels are %q", channels)
	}
	if got := fresh.named(t, "tls handshake").tag("tls.protocol.version"); got != "1.3" {
		t.Errorf("tls.protocol.version %q", got)
	}
	for key, want := range map[string]string{"apigee.api": "lab-healthy", "apigee.organization": "acme", "apigee.environment": "test",
		"apigee.revision": "1", "http.response.status_code": "200", "http.route": "/lab/healthy", "client.address": "127.0.0.1"} {
		if got := fresh.named(t, "GET /lab/healthy").tag(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// stalledInJaeger lets curl run into the timeout, as part of a trace of its own.
func stalledInJaeger(t *testing.T, j jaeger, p *process) {
	trace := strings.ReplaceAll(newUUID(), "-", "")
	const caller = "00f067aa0ba902b7"
	report := strings.Fields(curl(t, "--header", "traceparent: 00-"+trace+"-"+caller+"-01", "--output", "/dev/null",
		"--write-out", "%{http_code} %{time_total} %header{x-apigee-message-id}", p.gateway+"/lab/tls-silent"))
	if len(report) != 3 || report[0] != "502" {
		t.Fatalf("curl reports %q", report)
	}
	seconds, err := strconv.ParseFloat(report[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	spans := j.await(t, "/api/traces/"+trace, stalled)
	server, handshake := spans.named(t, "GET /lab/tls-silent"), spans.named(t, "tls handshake")
	if server.TraceID != trace || server.parent() != caller {
		t.Errorf("trace %s with parent %s, the caller's is %s with %s", server.TraceID, server.parent(), trace, caller)
	}
	curlTook := time.Duration(seconds * float64(time.Second))
	for name, took := range map[string]time.Duration{"the request": server.took(), "the handshake": handshake.took()} {
		if off := (took - curlTook).Abs(); off > curlTook/20 {
			t.Errorf("%s took %v, curl saw %v", name, took, curlTook)
		}
	}
	if found := j.find(t, "apigee.message_id", report[2], stalled); found[0].TraceID != trace {
		t.Errorf("message id %s finds trace %s", report[2], found[0].TraceID)
	}
	byType := j.ask(t, "/api/traces?service=message-processor&tags="+url.QueryEscape(`{"error.type":"messaging.adaptors.http.BadGateway"}`))
	if !slices.ContainsFunc(byType, func(s jaegerSpan) bool { return s.TraceID == trace }) {
		t.Error("the trace is not found by its error.type")
	}
	for key, want := range map[string]string{"apigee.fault.code": "messaging.adaptors.http.BadGateway", "apigee.fault.source": "target",
		"http.response.status_code": "502", "apigee.diagnosis": "backend-silent"} {
		if got := server.tag(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got := handshake.tag("apigee.tcp.unacked"); got != "0" {
		t.Errorf("apigee.tcp.unacked is %q", got)
	}
	if events := server.events(); !slices.Equal(events, []string{"apigee.message_id", "apigee.fault"}) {
		t.Errorf("events %q", events)
	}
}

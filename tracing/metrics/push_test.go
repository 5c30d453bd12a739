package metrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// receiver takes metrics over OTLP, gRPC or HTTP.
type receiver struct {
	collector.UnimplementedMetricsServiceServer
	endpoint string
	arrived  chan *collector.ExportMetricsServiceRequest
	mutex    sync.Mutex
	broken   bool
}

func newReceiver() *receiver {
	return &receiver{arrived: make(chan *collector.ExportMetricsServiceRequest, 1000)}
}

func (r *receiver) setBroken(broken bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.broken = broken
}

// Export is the service of OTLP/gRPC.
func (r *receiver) Export(_ context.Context, q *collector.ExportMetricsServiceRequest) (*collector.ExportMetricsServiceResponse, error) {
	r.arrived <- q
	return &collector.ExportMetricsServiceResponse{}, nil
}

// ServeHTTP is the service of OTLP/HTTP.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.broken {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	body := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(q.Body)
	}
	var message collector.ExportMetricsServiceRequest
	content, _ := io.ReadAll(body)
	if err := proto.Unmarshal(content, &message); err != nil || q.URL.Path != "/v1/metrics" {
		http.Error(w, "not OTLP at "+q.URL.Path, http.StatusBadRequest)
		return
	}
	r.arrived <- &message
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func receiveGRPC(t *testing.T) *receiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newReceiver()
	r.endpoint = "http://" + listener.Addr().String()
	server := grpc.NewServer()
	collector.RegisterMetricsServiceServer(server, r)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return r
}

func receiveHTTP(t *testing.T) *receiver {
	t.Helper()
	r := newReceiver()
	server := httptest.NewServer(r)
	r.endpoint = server.URL
	t.Cleanup(server.Close)
	return r
}

// pushing makes metrics with an environment, which the official clients read from the process.
func pushing(t *testing.T, warn func(string), variables ...string) *Metrics {
	t.Helper()
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	m, err := New(t.Context(), from(variables...), Options{Version: "1.2.3", Warn: warn})
	if err == nil {
		err = m.Watch(idle())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown(context.Background()) })
	return m
}

// next is the next push, by metric.
func (r *receiver) next(t *testing.T) map[string]*metricspb.Metric {
	t.Helper()
	select {
	case q := <-r.arrived:
		found := map[string]*metricspb.Metric{}
		for _, resource := range q.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, metric := range scope.Metrics {
					found[metric.Name] = metric
				}
			}
		}
		return found
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is pushed")
		return nil
	}
}

func TestTheSameNumbersArePushedOverBothProtocols(t *testing.T) {
	for protocol, r := range map[string]*receiver{"grpc": receiveGRPC(t), "http/protobuf": receiveHTTP(t)} {
		t.Run(protocol, func(t *testing.T) {
			m := pushing(t, func(line string) { t.Error(line) }, "OTEL_METRICS_EXPORTER=otlp",
				"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL="+protocol, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint)
			m.Observe(stalled())
			m.Observe(healthy())
			if err := m.Shutdown(t.Context()); err != nil { // pushes
				t.Fatal(err)
			}
			pushed := r.next(t)
			faulty := pushed["apigee.faults"].GetSum()
			if n := len(faulty.GetDataPoints()); n != 1 || faulty.DataPoints[0].GetAsInt() != 1 || !faulty.IsMonotonic {
				t.Fatalf("%d faults: %v", n, faulty)
			}
			e := faulty.DataPoints[0].Exemplars
			if len(e) != 1 || e[0].TraceId[0] != 1 || e[0].FilteredAttributes[0].Value.GetStringValue() != "mp1-12575-7-1" {
				t.Errorf("exemplars %v", e)
			}
			if n := len(pushed["http.server.request.duration"].GetHistogram().GetDataPoints()); n != 2 {
				t.Errorf("%d series of requests", n)
			}
			for _, name := range []string{"apigee.channel.open", "apigee.config.last_reload_successful", "go.goroutine.count", "go.memory.used"} {
				if pushed[name] == nil {
					t.Errorf("no %s", name)
				}
			}
		})
	}
}

func TestAReceiverThatFailsIsToldOnceAndOnceThatItIsBack(t *testing.T) {
	r := receiveHTTP(t)
	r.setBroken(true)
	said := make(chan string, 1000)
	pushing(t, func(line string) { said <- line }, "OTEL_METRICS_EXPORTER=otlp", "OTEL_METRIC_EXPORT_INTERVAL=5",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint)
	for _, want := range []string{"metrics cannot be pushed: ", "metrics are pushed again"} {
		select {
		case line := <-said:
			if !strings.HasPrefix(line, want) {
				t.Errorf("said %q, want %q", line, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%q is not said", want)
		}
		r.setBroken(false)
	}
	for range 3 {
		r.next(t)
	}
	if len(said) > 0 {
		t.Errorf("and then %q", <-said)
	}
}

func TestTheConsoleGetsALineForEachPush(t *testing.T) {
	var out bytes.Buffer
	m, err := New(t.Context(), from("OTEL_METRICS_EXPORTER=console,prometheus"), Options{Console: &out})
	if err != nil {
		t.Fatal(err)
	}
	m.Observe(stalled())
	m.Shutdown(t.Context())
	var line struct{ ScopeMetrics []any }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || len(line.ScopeMetrics) == 0 || !strings.Contains(out.String(), "apigee.faults") {
		t.Errorf("%v in %s", err, &out)
	}
}

func TestNothingIsPushedUnlessAskedFor(t *testing.T) {
	for _, env := range [][]string{nil, {"OTEL_METRICS_EXPORTER=none"}, {"OTEL_METRICS_EXPORTER=prometheus"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"}, {"OTEL_METRICS_EXPORTER=otlp", "OTEL_SDK_DISABLED=true"}} {
		readers, err := new(Metrics).pushers(t.Context(), from(env...), Options{})
		if err != nil || len(readers) > 0 {
			t.Errorf("%q: %d readers, %v", env, len(readers), err)
		}
	}
}

func TestAMistakeInTheEnvironmentCostsThePushOnly(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"OTEL_METRICS_EXPORTER=statsd"}, `OTEL_METRICS_EXPORTER is "statsd"; allowed: otlp, console, prometheus, none`},
		{[]string{"OTEL_METRICS_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=collector:4318"}, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT begins with neither"},
		{[]string{"OTEL_METRICS_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=http/json"}, "allowed: grpc, http/protobuf"},
	} {
		m, err := New(t.Context(), from(c.env...), Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.env, err)
		}
		m.Observe(stalled())
		if page := m.page(t, ""); !slices.ContainsFunc(series(page, "apigee_faults_total{"), func(l string) bool { return strings.HasSuffix(l, " 1") }) {
			t.Errorf("%q: nothing is counted", c.env)
		}
		m.Shutdown(t.Context())
	}
}

package tracing

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/goleak"
)

// exporting makes an exporter from the process's environment, extended for the time of the test.
func exporting(t *testing.T, o ExportOptions, pairs ...string) *Exporter {
	t.Helper()
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	o.Version = "1.2.3"
	e, err := NewExporter(t.Context(), os.Getenv, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shutdown(e) })
	return e
}

// shutdown ends an exporter, within a few seconds in any case.
func shutdown(e *Exporter) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return e.Shutdown(ctx)
}

// noLeaks fails the test if a goroutine is left when everything is closed.
func noLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if err := goleak.Find(before); err != nil {
			t.Error(err)
		}
	})
}

func TestSpansArriveOverEachProtocol(t *testing.T) {
	for _, c := range []struct {
		protocol string
		start    func(*testing.T) *receiver
	}{{"grpc", receiveGRPC}, {"http/protobuf", receiveHTTP}, {"", receiveHTTP}} {
		t.Run(c.protocol, func(t *testing.T) {
			noLeaks(t)
			r := c.start(t)
			e := exporting(t, ExportOptions{}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint,
				"OTEL_EXPORTER_OTLP_PROTOCOL="+c.protocol, "OTEL_BSP_SCHEDULE_DELAY=10")
			e.Observe(sampleRecord())
			r.wait(t)
			if diff := cmp.Diff(spansOf(t, sampleRecord()).tree(), r.spans().tree()); diff != "" {
				t.Error(diff)
			}
			if err := shutdown(e); err != nil || e.Dropped() != 0 {
				t.Errorf("shutdown: %v, %d spans lost", err, e.Dropped())
			}
		})
	}
}

func TestTheEnvironmentReachesTheOfficialClients(t *testing.T) {
	for _, c := range []struct {
		protocol, path string
		start          func(*testing.T) *receiver
	}{{"grpc", "", receiveGRPC}, {"http/protobuf", "/collect/v1/traces", receiveHTTP}} {
		t.Run(c.protocol, func(t *testing.T) {
			r := c.start(t)
			e := exporting(t, ExportOptions{}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint+strings.TrimSuffix(c.path, "/v1/traces"),
				"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL="+c.protocol, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip",
				"OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20hush", "OTEL_SERVICE_NAME=edge",
				"OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=lab,service.version=9")
			e.Observe(sampleRecord())
			shutdown(e)
			if got := r.headers.Get("Authorization"); got != "Bearer hush" {
				t.Errorf("Authorization %q in %v", got, r.headers)
			}
			if c.path != "" && (r.headers.Get("Content-Encoding") != "gzip" || r.path != c.path) {
				t.Errorf("path %s, encoding %q", r.path, r.headers.Get("Content-Encoding"))
			}
			resource := attributesOf(r.received[0].Resource.Attributes)
			if resource["service.name"] != "edge" || resource["deployment.environment.name"] != "lab" || resource["service.version"] != "9" {
				t.Errorf("resource %v", resource)
			}
		})
	}
}

func TestTheServiceHasNameAndVersionByDefault(t *testing.T) {
	r := receiveHTTP(t)
	e := exporting(t, ExportOptions{}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="+r.endpoint+"/here")
	e.Observe(sampleRecord())
	shutdown(e)
	resource := attributesOf(r.received[0].Resource.Attributes)
	if resource["service.name"] != "message-processor" || resource["service.version"] != "1.2.3" || resource["host.name"] == "" {
		t.Errorf("resource %v", resource)
	}
	if scope := r.received[0].ScopeSpans[0]; scope.Scope.Name != "message-processor/tracing" || scope.SchemaUrl != schemaURL {
		t.Errorf("scope %v", scope.Scope)
	}
	if r.path != "/here" {
		t.Errorf("sent to %s", r.path)
	}
}

func TestOnlySampledTransactionsAndFaultsAreExported(t *testing.T) {
	unsampled := func(r *Record) *Record { r.Context.Sampled = false; return r }
	for _, c := range []struct {
		name   string
		record *Record
		always bool
		want   bool
	}{
		{"sampled", reusedRecord(), false, true},
		{"not sampled", unsampled(reusedRecord()), true, false},
		{"fault, always", unsampled(stalledRecord()), true, true},
		{"fault, by ratio", unsampled(stalledRecord()), false, false},
		{"sampled fault, by ratio", stalledRecord(), false, true},
		{"passed-on 404, always", unsampled(passedRecord(404)), true, true},
		{"passed-on 404, by ratio", unsampled(passedRecord(404)), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := receiveHTTP(t)
			e := exporting(t, ExportOptions{SampleFaults: !c.always}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint)
			e.SampleFaults(c.always) // as a reload does
			e.Observe(c.record)
			shutdown(e)
			if got := len(r.spans()) > 0; got != c.want {
				t.Errorf("exported %v, want %v", got, c.want)
			}
			if c.want && len(r.spans()) != len(spansOf(t, c.record)) {
				t.Errorf("%d spans, want the whole trace", len(r.spans()))
			}
		})
	}
}

func TestAReceiverThatIsDownIsToldOnceAndWhenItIsBack(t *testing.T) {
	noLeaks(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	said := newSaid()
	e := exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+address,
		"OTEL_BSP_SCHEDULE_DELAY=5", "OTEL_EXPORTER_OTLP_TIMEOUT=500")
	e.Observe(reusedRecord())
	said.wait(t)
	for range 3 { // all in vain, and not worth another word
		lost := e.Dropped()
		e.Observe(reusedRecord())
		awaitTrue(t, func() bool { return e.Dropped() == lost+5 })
	}
	r := newReceiver()
	back, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip("the port is taken by somebody else meanwhile: ", err)
	}
	r.serveOn(t, back)
	e.Observe(reusedRecord())
	r.wait(t)
	said.wait(t)
	shutdown(e)
	lines := said.all()
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "spans cannot be exported: ") || !strings.Contains(lines[0], "connection refused") ||
		lines[1] != "spans are exported again; 20 were lost meanwhile" {
		t.Errorf("said %q", lines)
	}
}

// awaitTrue polls for a condition that has no event of its own.
func awaitTrue(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

func TestAReceiverThatHangsCostsTheRequestsNothing(t *testing.T) {
	for _, protocol := range []string{"grpc", "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			noLeaks(t)
			listener, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			said := newSaid()
			e := exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listener.Addr().String(),
				"OTEL_EXPORTER_OTLP_PROTOCOL="+protocol, "OTEL_BSP_MAX_QUEUE_SIZE=100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=10")
			begin := time.Now()
			for range 10_000 {
				e.Observe(reusedRecord())
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("10000 requests took %v", took)
			}
			if lost := e.Dropped(); lost < 50_000-100 {
				t.Errorf("%d spans lost of 50000, room is for 100", lost)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := e.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("shutdown: %v", err)
			}
			if lost := e.Dropped(); lost != 50_000 {
				t.Errorf("%d spans lost in the end", lost)
			}
		})
	}
}

func TestAnUploadThatTakesTooLongIsGivenUp(t *testing.T) {
	said := newSaid()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	e := exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listener.Addr().String(),
		"OTEL_BSP_SCHEDULE_DELAY=5", "OTEL_BSP_EXPORT_TIMEOUT=50")
	e.Observe(reusedRecord())
	said.wait(t)
	if got := e.Dropped(); got != 5 {
		t.Errorf("%d spans lost", got)
	}
}

func TestShutdownUploadsWhatIsQueued(t *testing.T) {
	r := receiveGRPC(t)
	e := exporting(t, ExportOptions{}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
		"OTEL_BSP_SCHEDULE_DELAY=3600000", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=12")
	for range 10 {
		e.Observe(reusedRecord())
	}
	if err := shutdown(e); err != nil {
		t.Fatal(err)
	}
	if got := len(r.spans()); got != 50 || e.Dropped() != 0 {
		t.Errorf("%d spans arrived, %d are lost", got, e.Dropped())
	}
	e.Observe(reusedRecord())
	if err := shutdown(e); err != nil || e.Dropped() != 5 {
		t.Errorf("again: %v, %d spans lost", err, e.Dropped())
	}
}

func TestAReceiverThatRefusesAPartIsTold(t *testing.T) {
	for _, start := range []func(*testing.T) *receiver{receiveGRPC, receiveHTTP} {
		r := start(t)
		r.answer = func(*collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
			return &collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{
				RejectedSpans: 3, ErrorMessage: "too old (or so)"}}, nil
		}
		protocol := "http/protobuf"
		if r.http == nil {
			protocol = "grpc"
		}
		said := newSaid()
		e := exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol)
		e.Observe(reusedRecord())
		shutdown(e)
		if lines := said.all(); e.Dropped() != 3 || len(lines) != 1 || !strings.Contains(lines[0], "too old") {
			t.Errorf("%s: %d lost, said %q", protocol, e.Dropped(), lines)
		}
	}
}

func TestALongAnswerOfTheReceiverIsCut(t *testing.T) {
	r := receiveHTTP(t)
	r.answer = func(*collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
		return nil, errors.New(strings.Repeat("no ", 10_000))
	}
	said := newSaid()
	e := exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint)
	e.Observe(reusedRecord())
	shutdown(e)
	if lines := said.all(); len(lines) != 1 || len(lines[0]) > 600 || !strings.Contains(lines[0], "403 Forbidden") {
		t.Errorf("said %q", lines)
	}
}

func TestAQueueThatIsTooSmallIsToldOnce(t *testing.T) {
	r := receiveHTTP(t)
	said := newSaid()
	e := exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint,
		"OTEL_BSP_MAX_QUEUE_SIZE=6", "OTEL_BSP_SCHEDULE_DELAY=5")
	for i := range 3 {
		e.Observe(reusedRecord())
		e.Observe(reusedRecord())
		awaitTrue(t, func() bool { return len(r.spans()) == 5*(i+1) && e.queue.isEmpty() })
	}
	shutdown(e)
	if lines := said.all(); len(lines) != 1 || !strings.Contains(lines[0], "OTEL_BSP_MAX_QUEUE_SIZE, now 6") {
		t.Errorf("said %q", lines)
	}
}

func (q *queue) isEmpty() bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return q.count == 0
}

func TestNoExporterExportsNothing(t *testing.T) {
	var none *Exporter
	none.SampleFaults(true)
	none.Observe(stalledRecord())
	if err := none.Shutdown(t.Context()); err != nil || none.Dropped() != 0 {
		t.Errorf("%v, %d", err, none.Dropped())
	}
}

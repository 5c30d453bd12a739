package tracing

import (
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// receiver takes spans over OTLP, gRPC or HTTP.
type receiver struct {
	collector.UnimplementedTraceServiceServer

	endpoint string
	http     *httptest.Server
	answer   func(*collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) // nil: all is well

	mutex    sync.Mutex
	arrived  chan struct{} // gets a value for each upload
	received []*tracepb.ResourceSpans
	headers  http.Header // of the last upload
	path     string
}

func newReceiver() *receiver { return &receiver{arrived: make(chan struct{}, 1000)} }

// receiveGRPC starts a receiver of OTLP/gRPC.
func receiveGRPC(t *testing.T) *receiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newReceiver()
	r.endpoint = "http://" + listener.Addr().String()
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, r)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return r
}

// receiveHTTP starts a receiver of OTLP/HTTP.
func receiveHTTP(t *testing.T) *receiver {
	t.Helper()
	r := newReceiver()
	r.http = httptest.NewServer(r)
	r.endpoint = r.http.URL
	t.Cleanup(r.http.Close)
	return r
}

// serveOn starts a receiver of OTLP/HTTP on a port of the test's choice.
func (r *receiver) serveOn(t *testing.T, listener net.Listener) {
	t.Helper()
	r.http = httptest.NewUnstartedServer(r)
	r.http.Listener.Close()
	r.http.Listener = listener
	r.http.Start()
	t.Cleanup(r.http.Close)
}

// serveTLS starts a receiver of OTLP/HTTP with a certificate of its own making.
func (r *receiver) serveTLS(t *testing.T) {
	t.Helper()
	r.http = httptest.NewUnstartedServer(r)
	r.http.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are expected to fail
	r.http.StartTLS()
	t.Cleanup(r.http.Close)
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// Export is the service of OTLP/gRPC.
func (r *receiver) Export(ctx context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	headers := http.Header{}
	if md, ok := metadata.FromIncomingContext(ctx); ok {
		for name, values := range md {
			headers[http.CanonicalHeaderKey(name)] = values
		}
	}
	return r.take(request, headers, "")
}

// ServeHTTP is the service of OTLP/HTTP.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var request collector.ExportTraceServiceRequest
	body := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(q.Body)
	}
	text, err := io.ReadAll(body)
	if err == nil {
		if strings.HasSuffix(q.Header.Get("Content-Type"), "json") {
			err = protojson.Unmarshal(text, &request)
		} else {
			err = proto.Unmarshal(text, &request)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	response, err := r.take(&request, q.Header, q.URL.Path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	answer, _ := proto.Marshal(response)
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.Write(answer)
}

func (r *receiver) take(request *collector.ExportTraceServiceRequest, headers http.Header, path string) (*collector.ExportTraceServiceResponse, error) {
	if r.answer != nil {
		if response, err := r.answer(request); response != nil || err != nil {
			return response, err
		}
	}
	r.mutex.Lock()
	r.received = append(r.received, request.ResourceSpans...)
	r.headers, r.path = headers, path
	r.mutex.Unlock()
	r.arrived <- struct{}{}
	return &collector.ExportTraceServiceResponse{}, nil
}

// wait waits for an upload.
func (r *receiver) wait(t *testing.T) {
	t.Helper()
	select {
	case <-r.arrived:
	case <-time.After(20 * time.Second):
		t.Fatal("no spans arrive")
	}
}

// spans are those of all uploads so far.
func (r *receiver) spans() spanList {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var all spanList
	for _, resource := range r.received {
		for _, scope := range resource.ScopeSpans {
			all = append(all, scope.Spans...)
		}
	}
	return all
}

// said collects what an exporter tells the operator.
type said struct {
	mutex sync.Mutex
	lines []string
	more  chan struct{}
}

func newSaid() *said { return &said{more: make(chan struct{}, 1000)} }

func (s *said) warn(line string) {
	s.mutex.Lock()
	s.lines = append(s.lines, line)
	s.mutex.Unlock()
	s.more <- struct{}{}
}

func (s *said) all() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.lines...)
}

// wait waits for a line.
func (s *said) wait(t *testing.T) {
	t.Helper()
	select {
	case <-s.more:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is said")
	}
}

package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// serverSpan is what the spans say about one transaction.
type serverSpan struct {
	servers, others int
	api, fault      string
	status          int
}

// spanReceiver takes spans over OTLP/HTTP, as a collector does, and keeps one entry for each message id.
type spanReceiver struct {
	server *http.Server
	url    string

	mutex   sync.Mutex
	byID    map[string]serverSpan
	spans   int
	strange []string // what no gateway should send
}

const (
	maxUpload  = 64 << 20 // bytes of one upload, unpacked
	maxStrange = 20       // examples kept
)

func startReceiver() (*spanReceiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &spanReceiver{url: "http://" + listener.Addr().String(), byID: map[string]serverSpan{}}
	r.server = &http.Server{Handler: r}
	go r.server.Serve(listener)
	return r, nil
}

func (r *spanReceiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	request, err := readUpload(q)
	if err != nil {
		r.mutex.Lock()
		r.complain(err.Error())
		r.mutex.Unlock()
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mutex.Lock()
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				r.take(span)
			}
		}
	}
	r.mutex.Unlock()
	w.Header().Set("Content-Type", "application/x-protobuf") // an empty ExportTraceServiceResponse has no bytes
}

func readUpload(q *http.Request) (*collector.ExportTraceServiceRequest, error) {
	body := io.Reader(q.Body)
	if q.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(q.Body)
		if err != nil {
			return nil, fmt.Errorf("upload of spans: %w", err)
		}
		body = unpacked
	}
	packed, err := io.ReadAll(io.LimitReader(body, maxUpload))
	if err != nil {
		return nil, fmt.Errorf("upload of spans: %w", err)
	}
	request := new(collector.ExportTraceServiceRequest)
	if err := proto.Unmarshal(packed, request); err != nil {
		return nil, fmt.Errorf("upload of spans: %w", err)
	}
	return request, nil
}

// take counts one span. The caller holds the mutex.
func (r *spanReceiver) take(span *tracepb.Span) {
	r.spans++
	id := attribute(span, "apigee.message_id").GetStringValue()
	if id == "" {
		r.complain("span " + span.Name + " without a message id")
		return
	}
	s := r.byID[id]
	if span.Kind == tracepb.Span_SPAN_KIND_SERVER {
		s.servers++
		s.api = attribute(span, "apigee.api").GetStringValue()
		s.fault = attribute(span, "apigee.fault.code").GetStringValue()
		s.status = int(attribute(span, "http.response.status_code").GetIntValue())
	} else {
		s.others++
	}
	r.byID[id] = s
}

// complain keeps an example. The caller holds the mutex.
func (r *spanReceiver) complain(text string) {
	if len(r.strange) < maxStrange {
		r.strange = append(r.strange, text)
	}
}

func attribute(span *tracepb.Span, key string) *commonpb.AnyValue {
	for _, a := range span.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return nil
}

package main

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func textAttribute(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

func upload(t *testing.T, spans ...*tracepb.Span) []byte {
	t.Helper()
	packed, err := proto.Marshal(&collector.ExportTraceServiceRequest{
		ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: spans}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// deliver sends an upload to a receiver and returns the status.
func deliver(r *spanReceiver, body []byte, encoding string) int {
	request := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(body))
	request.Header.Set("Content-Encoding", encoding)
	response := httptest.NewRecorder()
	r.ServeHTTP(response, request)
	return response.Code
}

func TestTheReceiverKeepsOneEntryForEachTransaction(t *testing.T) {
	id := textAttribute("apigee.message_id", "m-1")
	status := &commonpb.KeyValue{Key: "http.response.status_code", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: 502}}}
	server := &tracepb.Span{Kind: tracepb.Span_SPAN_KIND_SERVER, Attributes: []*commonpb.KeyValue{id, status,
		textAttribute("apigee.api", "stuck-1"), textAttribute("apigee.fault.code", badGateway)}}
	client := &tracepb.Span{Kind: tracepb.Span_SPAN_KIND_CLIENT, Attributes: []*commonpb.KeyValue{id}}
	body := upload(t, server, client, client)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(body)
	w.Close()
	for encoding, sent := range map[string][]byte{"": body, "gzip": packed.Bytes()} {
		r := &spanReceiver{byID: map[string]serverSpan{}}
		if code := deliver(r, sent, encoding); code != http.StatusOK {
			t.Errorf("%q: answered %d", encoding, code)
		}
		if want := (serverSpan{1, 2, "stuck-1", badGateway, 502}); r.byID["m-1"] != want || r.spans != 3 || len(r.strange) > 0 {
			t.Errorf("%q: %+v, %d spans, %q; want %+v", encoding, r.byID["m-1"], r.spans, r.strange, want)
		}
	}
}

func TestTheReceiverTellsOfWhatItCannotPlace(t *testing.T) {
	r := &spanReceiver{byID: map[string]serverSpan{}}
	if code := deliver(r, []byte("no protobuf"), ""); code != http.StatusBadRequest {
		t.Errorf("answered %d", code)
	}
	if code := deliver(r, []byte("no gzip"), "gzip"); code != http.StatusBadRequest {
		t.Errorf("answered %d", code)
	}
	deliver(r, upload(t, &tracepb.Span{Name: "nameless"}), "")
	if len(r.strange) != 3 || r.strange[2] != "span nameless without a message id" {
		t.Errorf("told %q", r.strange)
	}
}

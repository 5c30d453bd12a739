package tracing

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheConsoleShowsOTLPJSONLines(t *testing.T) {
	var out bytes.Buffer
	e := exporting(t, ExportOptions{Console: &out}, "OTEL_TRACES_EXPORTER=console", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=5")
	e.Observe(stalledRecord())
	e.Observe(sampleRecord())
	shutdown(e)
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines\n%s", len(lines), &out)
	}
	// As the specification writes OTLP in JSON: ids in hexadecimal, enums as numbers, 64-bit numbers as text.
	var document struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct {
					TraceID, ParentSpanID, Name, StartTimeUnixNano string
					Kind                                           int
					Status                                         struct{ Code int }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &document); err != nil {
		t.Fatalf("%v in %s", err, lines[0])
	}
	server := document.ResourceSpans[0].ScopeSpans[0].Spans[0]
	got := []any{server.TraceID, server.ParentSpanID, server.Name, server.StartTimeUnixNano, server.Kind, server.Status.Code}
	want := []any{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "GET /v1/orders", "1795342542330000000", 2, 2}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOTLPOverJSONArrivesToo(t *testing.T) {
	r := receiveHTTP(t)
	e := exporting(t, ExportOptions{}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=http/json")
	e.Observe(reusedRecord())
	shutdown(e)
	if len(r.spans()) != 5 || r.spans()[0].Name != "GET /v1/orders" || r.headers.Get("Content-Type") != "application/json" {
		t.Errorf("%d spans in %s", len(r.spans()), r.headers.Get("Content-Type"))
	}
}

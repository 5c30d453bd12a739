package main

import (
	"encoding/json"
	"testing"
)

// serverSpan is what a request's span says of its fault.
type serverSpan struct{ errorType, code, source, status, httpStatus string }

// serverSpans are those of the spans that the console exporter has printed, by message id.
func (p *process) serverSpans(t *testing.T) map[string]serverSpan {
	t.Helper()
	found := map[string]serverSpan{}
	for _, line := range p.spanLines() {
		var upload struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []printedSpan
				}
			}
		}
		if err := json.Unmarshal([]byte(line), &upload); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		for _, resource := range upload.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					if span.isServer() {
						found[span.get("apigee.message_id")] = span.summary()
					}
				}
			}
		}
	}
	return found
}

// printedSpan is a span in OTLP JSON.
type printedSpan struct {
	Kind       int
	Attributes []struct {
		Key   string
		Value struct{ StringValue, IntValue string }
	}
	Status struct{ Code int }
}

func (s printedSpan) isServer() bool { return s.Kind == 2 }

func (s printedSpan) get(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

func (s printedSpan) summary() serverSpan {
	status := map[int]string{0: "unset", 1: "ok", 2: "error"}[s.Status.Code]
	return serverSpan{s.get("error.type"), s.get("apigee.fault.code"), s.get("apigee.fault.source"), status,
		s.get("http.response.status_code")}
}

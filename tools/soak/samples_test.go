package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = `# HELP http_server_request_duration_seconds Duration
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{apigee_api="tls",le="+Inf"} 3
http_server_request_duration_seconds_count{apigee_api="tls",http_response_status_code="200"} 3
http_server_request_duration_seconds_count{apigee_api="tls",http_response_status_code="502"} 1
http_server_request_duration_seconds_count{apigee_api="",http_route="a \"quoted\", comma"} 2
apigee_log_lines_dropped_total 0
go_goroutines 1.8e+01
this is no sample
`

func TestMetricsAreAddedUp(t *testing.T) {
	s := parseSamples(page)
	if got := s.sum("http_server_request_duration_seconds_count"); got != 6 {
		t.Errorf("%v requests, want 6", got)
	}
	want := map[string]int{"tls": 4, "": 2}
	if got := s.by("http_server_request_duration_seconds_count", "apigee_api"); !cmp.Equal(got, want) {
		t.Errorf("by API proxy: %v, want %v", got, want)
	}
	if got := s.sum("go_goroutines"); got != 18 {
		t.Errorf("%v goroutines, want 18", got)
	}
	if got := s.sum("absent"); got != 0 {
		t.Errorf("an absent metric adds up to %v", got)
	}
}

func TestGoroutinesThatFasthttpKeepsAreNotCounted(t *testing.T) {
	const profile = "goroutine profile: total 9\n2 @ 0x1 0x2\n#\t0x1\tmain.wait+0x1\n\n" +
		"4 @ 0x3\n#\t0x3\tfasthttp.(*workerPool).workerFunc+0x1\n\n" +
		"3 @ 0x4\n#\t0x4\tfasthttp.(*Server).serveConn+0x1\n#\t0x3\tfasthttp.(*workerPool).workerFunc+0x1\n\n"
	if got := busy(profile); got != 5 {
		t.Errorf("%d goroutines, want 5", got)
	}
}

package metrics

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

const orders = `apigee_api="orders",apigee_environment="test",apigee_revision="3"`

func TestRequestsAreCountedByProxyMethodStatusAndError(t *testing.T) {
	m := counting(t)
	for range 3 {
		m.Observe(healthy())
	}
	m.Observe(stalled())
	m.Observe(passed(404))
	m.Observe(passed(503))
	m.Observe(lost())
	const server = "http_server_request_duration_seconds_"
	wants(t, m.page(t, ""),
		server+`count{`+orders+`,http_request_method="GET",http_response_status_code="200",http_route="/v1/orders",url_scheme="http"} 3`,
		server+`sum{`+orders+`,http_request_method="GET",http_response_status_code="200",http_route="/v1/orders",url_scheme="http"} 0.3`,
		server+`bucket{`+orders+`,http_request_method="GET",http_response_status_code="200",http_route="/v1/orders",url_scheme="http",le="0.05"} 0`,
		server+`bucket{`+orders+`,http_request_method="GET",http_response_status_code="200",http_route="/v1/orders",url_scheme="http",le="0.1"} 3`,
		server+`bucket{`+orders+`,error_type="messaging.adaptors.http.BadGateway",http_request_method="GET",http_response_status_code="502",http_route="/v1/orders",url_scheme="http",le="30"} 0`,
		server+`bucket{`+orders+`,error_type="messaging.adaptors.http.BadGateway",http_request_method="GET",http_response_status_code="502",http_route="/v1/orders",url_scheme="http",le="60"} 1`,
		server+`count{`+orders+`,http_request_method="GET",http_response_status_code="404",http_route="/v1/orders",url_scheme="http"} 1`,
		server+`count{`+orders+`,error_type="503",http_request_method="GET",http_response_status_code="503",http_route="/v1/orders",url_scheme="http"} 1`,
		server+`count{apigee_api="",apigee_environment="test",apigee_revision="",error_type="messaging.adaptors.http.flow.ApplicationNotFound",http_request_method="GET",http_response_status_code="404",http_route="",url_scheme="http"} 1`,
	)
}

func TestFaultsAreCountedAsTheContractNamesThem(t *testing.T) {
	m := counting(t)
	m.Observe(healthy())
	m.Observe(stalled())
	m.Observe(stalled())
	m.Observe(passed(404))
	m.Observe(lost())
	page := m.page(t, "")
	wants(t, page,
		`apigee_faults_total{apigee_api="orders",apigee_environment="test",apigee_fault_code="messaging.adaptors.http.BadGateway",apigee_fault_source="target",apigee_revision="3",apigee_target="orders.example.com:443",http_response_status_code="502"} 2`,
		`apigee_faults_total{apigee_api="orders",apigee_environment="test",apigee_fault_code="messaging.adaptors.http.flow.ErrorResponseCode",apigee_fault_source="target",apigee_revision="3",apigee_target="orders.example.com:443",http_response_status_code="404"} 1`,
		`apigee_faults_total{apigee_api="",apigee_environment="test",apigee_fault_code="messaging.adaptors.http.flow.ApplicationNotFound",apigee_fault_source="apigee",apigee_revision="",apigee_target="",http_response_status_code="404"} 1`)
	if n := len(series(page, "apigee_faults_total{")); n != 3 {
		t.Errorf("%d series", n)
	}
}

func TestExchangesWithTargetsHaveTheTargetsStatusAndTime(t *testing.T) {
	gone := reused()
	gone.Status, gone.Passed, gone.Messages.ResponseHead = tracing.StatusClientClosed, false, nil
	odd := failed(faults.Target405WithoutAllow, tracing.Receive, channel.Receive, channel.Unknown)
	odd.Messages.ResponseHead = []byte("HTTP/1.1 405 Method Not Allowed\r\n\r\n")
	m := counting(t)
	for _, r := range []*tracing.Record{healthy(), reused(), stalled(), passed(404), gone, odd, lost()} {
		m.Observe(r)
	}
	const client = "http_client_request_duration_seconds_"
	const target = `http_request_method="GET",%sserver_address="orders.example.com",server_port="443"} `
	answered := func(status int) string {
		return fmt.Sprintf(target, fmt.Sprintf("http_response_status_code=%q,", fmt.Sprint(status)))
	}
	silent := fmt.Sprintf(target, "")
	page := m.page(t, "")
	wants(t, page,
		client+`count{`+orders+`,`+answered(200)+"2",
		client+`sum{`+orders+`,`+answered(200)+"0.138", // 2 to 95 ms and 50 to 95 ms
		client+`count{`+orders+`,error_type="messaging.adaptors.http.BadGateway",`+silent+"1",
		client+`sum{`+orders+`,error_type="messaging.adaptors.http.BadGateway",`+silent+"54.998",
		client+`count{`+orders+`,error_type="404",`+answered(404)+"1",
		client+`count{`+orders+`,error_type="canceled",`+silent+"1",
		client+`count{`+orders+`,error_type="protocol.http.Response405WithoutAllowHeader",`+answered(405)+"1",
	)
	if n := len(series(page, client+"count{")); n != 5 {
		t.Errorf("%d series: a request that reached no target is no exchange", n)
	}
}

func TestConnectsAndHandshakesAreCountedByResult(t *testing.T) {
	m := counting(t)
	for _, r := range []*tracing.Record{healthy(), reused(), stalled(), lost(),
		failed(faults.TargetConnectionRefused, tracing.Connect, channel.Connect, channel.Refused),
		failed(faults.TargetDNSFailure, tracing.DNS, channel.Lookup, channel.NotResolved),
		failed(faults.SSLExpired, tracing.Handshake, channel.Handshake, channel.ExpiredCert)} {
		m.Observe(r)
	}
	page := m.page(t, "")
	wants(t, page,
		`apigee_connect_duration_seconds_count{result="ok"} 3`,
		`apigee_connect_duration_seconds_sum{result="ok"} 0.054`, // lookup and connect, three times 2 to 20 ms
		`apigee_connect_duration_seconds_count{result="refused"} 1`,
		`apigee_connect_duration_seconds_count{result="not_resolved"} 1`,
		`apigee_handshake_duration_seconds_count{result="ok"} 1`,
		`apigee_handshake_duration_seconds_sum{result="ok"} 0.03`,
		`apigee_handshake_duration_seconds_count{result="timeout"} 1`,
		`apigee_handshake_duration_seconds_bucket{result="timeout",le="60"} 1`,
		`apigee_handshake_duration_seconds_count{result="expired_certificate"} 1`)
	if n := len(series(page, "apigee_connect_duration_seconds_count")); n != 3 {
		t.Errorf("%d results of connects", n)
	}
}

// refused is a try at a server of a load balancer.
func refused() error {
	return &channel.Error{Phase: channel.Connect, Cause: channel.Refused, Err: errors.New("refused")}
}

func TestConnectsToServersThatFailedFirstAreCountedToo(t *testing.T) {
	second := healthy()
	second.Attempts = []tracing.Attempt{{Server: "one", Err: refused(), At: began.Add(12 * time.Millisecond), Took: time.Second}}
	none := failed(faults.TargetConnectionRefused, tracing.Connect, channel.Connect, channel.Refused)
	none.Attempts = []tracing.Attempt{{Server: "one", Err: refused(), At: began}, {Server: "two", Err: none.Failure.Err, At: began}}
	kept := reused()
	kept.Attempts, kept.Steps[tracing.DNS] = second.Attempts, at(2, 10)
	m := counting(t)
	m.Observe(second)
	m.Observe(none)
	m.Observe(kept)
	wants(t, m.page(t, ""),
		`apigee_connect_duration_seconds_count{result="ok"} 1`,
		`apigee_connect_duration_seconds_sum{result="ok"} 0.008`, // since the first server failed
		`apigee_connect_duration_seconds_count{result="refused"} 4`,
		`apigee_connect_duration_seconds_sum{result="refused"} 2`)
}

func TestBytesAreCountedInBothDirections(t *testing.T) {
	m := counting(t)
	m.Observe(healthy())
	m.Observe(reused())
	wants(t, m.page(t, ""),
		`apigee_client_io_bytes_total{`+orders+`,network_io_direction="receive"} 6`,
		`apigee_client_io_bytes_total{`+orders+`,network_io_direction="transmit"} 10`,
		`apigee_target_io_bytes_total{`+orders+`,apigee_target="orders.example.com:443",network_io_direction="receive"} 38`,
		`apigee_target_io_bytes_total{`+orders+`,apigee_target="orders.example.com:443",network_io_direction="transmit"} 160`)
}

func TestNothingIsLostWhenManyObserveWhileOthersRead(t *testing.T) {
	m := counting(t)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				r := reused()
				r.API.Name = fmt.Sprint("api", (worker+i)%20)
				m.Observe(r)
			}
		})
	}
	all.Go(func() {
		for range 5 {
			m.page(t, openMetrics)
		}
	})
	all.Wait()
	counts := series(m.page(t, ""), "http_server_request_duration_seconds_count{")
	for _, line := range counts {
		if !strings.HasSuffix(line, " 200") {
			t.Error(line)
		}
	}
	if len(counts) != 20 {
		t.Errorf("%d series", len(counts))
	}
}

func TestAClockThatStepsBackHurtsNothing(t *testing.T) {
	r := reused()
	r.End = r.Start.Add(-time.Hour)
	m := counting(t)
	m.Observe(r)
	if page := m.page(t, ""); !strings.Contains(page, `le="0.001"} 1`) {
		t.Error("a negative duration is not counted as none")
	}
}

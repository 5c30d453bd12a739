package metrics

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestWhatClientsSendMakesNoSeries(t *testing.T) {
	m := counting(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		known, unknown := reused(), lost()
		known.Method = fmt.Appendf(nil, "M%x", random.Uint64())
		known.Path = fmt.Appendf(nil, "/v1/orders/%x", random.Uint64())
		unknown.Method, unknown.Path = known.Method, fmt.Appendf(nil, "/%x", random.Uint64())
		m.Observe(known)
		m.Observe(unknown)
	}
	counts := series(m.page(t, ""), "http_server_request_duration_seconds_count{")
	if len(counts) != 2 {
		t.Fatalf("%d series", len(counts))
	}
	for _, line := range counts {
		if !strings.Contains(line, `http_request_method="_OTHER"`) || !strings.HasSuffix(line, " 5000") {
			t.Error(line)
		}
	}
}

func TestOneProxysManyStatusesLeaveRoomForTheOthers(t *testing.T) {
	m := counting(t)
	const statuses, each = 900, 2
	for range each {
		for status := 100; status < 100+statuses; status++ {
			m.Observe(passed(status))
		}
	}
	other := healthy()
	other.API.Name = "customers"
	m.Observe(other)
	page := m.page(t, "")
	counts := series(page, "http_server_request_duration_seconds_count{")
	if len(counts) != maxPerRoute+2 {
		t.Errorf("%d series", len(counts))
	}
	wants(t, page, fmt.Sprintf(`http_server_request_duration_seconds_count{%s,http_request_method="_OTHER",http_route="/v1/orders",`+
		`otel_metric_overflow="true",url_scheme="http"} %d`, orders, each*(statuses-maxPerRoute)))
	if !strings.Contains(page, `http_server_request_duration_seconds_count{apigee_api="customers"`) {
		t.Error("the other proxy has no series of its own")
	}
	wants(t, page, fmt.Sprintf(`apigee_faults_total{apigee_api="orders",apigee_environment="test",apigee_fault_code="",apigee_fault_source="",`+
		`apigee_revision="3",apigee_target="",otel_metric_overflow="true"} %d`, each*(statuses-maxPerRoute)))
}

func TestManyProxiesEndInOneSeriesForTheRest(t *testing.T) {
	c := newCells()
	for i := range 3 * maxCells {
		c.of(key{route: route{api: fmt.Sprint("api", i)}})
	}
	if n := len(c.all()); n != maxCells+1 {
		t.Errorf("%d cells", n)
	}
	if c.of(key{route: route{api: "one more"}}) != c.all()[overall()] || c.of(key{route: route{api: "api0"}}).key.overflow {
		t.Error("a new key has a cell of its own, or an old one has lost it")
	}
}

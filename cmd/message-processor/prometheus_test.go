package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scraper is a real Prometheus that looks at one gateway, with the rules this project ships.
type scraper struct{ url string }

// startPrometheus runs a Prometheus that scrapes and evaluates several times a second, for the time of a test.
func startPrometheus(t *testing.T, gateway *process, alertmanager string) scraper {
	t.Helper()
	program := component(t, "prometheus")
	rules, err := filepath.Abs(filepath.Join(deployed, "prometheus"))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 200ms, evaluation_interval: 200ms}\n"+
		"rule_files: [%q, %q]\n"+
		"scrape_configs: [{job_name: message-processor, static_configs: [{targets: [%q]}]}]\n",
		filepath.Join(rules, "alerts.yml"), filepath.Join(rules, "recording.yml"), hostOf(gateway.management))
	if alertmanager != "" {
		config += fmt.Sprintf("alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}\n", alertmanager)
	}
	address := freeAddress(t)
	beside(t, exec.Command(program, "--config.file="+write(t, filepath.Join(t.TempDir(), "prometheus.yml"), config),
		"--web.listen-address="+address, "--storage.tsdb.path="+t.TempDir(), "--enable-feature=exemplar-storage"))
	s := scraper{"http://" + address}
	eventually(t, "Prometheus is ready", func() bool { return isReady(s.url + "/-/ready") })
	return s
}

// isReady is for programs that may not even listen yet.
func isReady(url string) bool {
	response, err := http.Get(url)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// ask queries the API and decodes the data of the answer.
func (s scraper) ask(t *testing.T, path string, query url.Values, data any) {
	t.Helper()
	response, err := http.Get(s.url + path + "?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := struct {
		Status string
		Data   any
	}{Data: data}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		t.Fatalf("%s %v: %v %s", path, query, err, body)
	}
}

// value is that of the only series an expression gives, "" if there is none.
func (s scraper) value(t *testing.T, expr string) string {
	t.Helper()
	var data struct{ Result []struct{ Value [2]any } }
	s.ask(t, "/api/v1/query", url.Values{"query": {expr}}, &data)
	if len(data.Result) > 1 {
		t.Fatalf("%s gives %d series", expr, len(data.Result))
	}
	if len(data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(data.Result[0].Value[1])
}

func (s scraper) awaits(t *testing.T, expr, want string) {
	t.Helper()
	got := ""
	defer func() {
		if t.Failed() {
			t.Logf("%s is %q, want %q", expr, got, want)
		}
	}()
	eventually(t, expr, func() bool {
		got = s.value(t, expr)
		return got == want
	})
}

// exemplars are the labels of those that Prometheus keeps for a metric.
func (s scraper) exemplars(t *testing.T, selector string) (found []map[string]string) {
	t.Helper()
	var data []struct {
		Exemplars []struct{ Labels map[string]string }
	}
	now := time.Now()
	s.ask(t, "/api/v1/query_exemplars", url.Values{"query": {selector},
		"start": {fmt.Sprint(now.Add(-time.Hour).Unix())}, "end": {fmt.Sprint(now.Add(time.Hour).Unix())}}, &data)
	for _, series := range data {
		for _, e := range series.Exemplars {
			found = append(found, e.Labels)
		}
	}
	return found
}

// notified is what an Alertmanager sends to a webhook.
type notified struct {
	Status string
	Alerts []struct {
		Status              string
		Labels, Annotations map[string]string
	}
}

// webhook takes notifications.
func webhook(t *testing.T) (url string, got <-chan notified) {
	t.Helper()
	arrived := make(chan notified, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n notified
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		arrived <- n
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

// startAlertmanager runs an Alertmanager that notifies a webhook at once. It returns its address.
func startAlertmanager(t *testing.T, webhook string) string {
	t.Helper()
	program, address := component(t, "prometheus-alertmanager"), freeAddress(t)
	config := fmt.Sprintf("route: {receiver: team, group_by: [alertname], group_wait: 50ms, group_interval: 1s, repeat_interval: 1h}\n"+
		"receivers: [{name: team, webhook_configs: [{url: %q}]}]\n", webhook)
	beside(t, exec.Command(program, "--config.file="+write(t, filepath.Join(t.TempDir(), "alertmanager.yml"), config),
		"--web.listen-address="+address, "--cluster.listen-address=", "--storage.path="+t.TempDir()))
	eventually(t, "Alertmanager is ready", func() bool { return isReady("http://" + address + "/-/ready") })
	return address
}

func TestPrometheusScrapesAndAlertmanagerCallsTheWebhookAfterTLSSilent(t *testing.T) {
	t.Parallel()
	gateway := serving(t, "--handshake-timeout", "100ms")
	hook, notifications := webhook(t)
	prometheus := startPrometheus(t, gateway, startAlertmanager(t, hook))
	prometheus.awaits(t, `up{job="message-processor"}`, "1")
	const faults = `sum(apigee_faults_total{apigee_fault_code="messaging.adaptors.http.BadGateway"})`
	mustGet(t, gateway.gateway+"/lab/tls-silent")
	prometheus.awaits(t, faults, "1") // the series exists: what comes from now on is seen as an increase
	for range 8 {
		mustGet(t, gateway.gateway+"/lab/tls-silent")
	}
	prometheus.awaits(t, faults, "9")
	select {
	case n := <-notifications:
		a := n.Alerts[0]
		if n.Status != "firing" || a.Labels["alertname"] != "BadGateway" || a.Labels["apigee_api"] != "lab-tls-silent" ||
			a.Labels["severity"] != "critical" || a.Annotations["runbook_url"] != "docs/faults.md#bad_gateway_tls_handshake_timeout" {
			t.Errorf("notified of %+v", n)
		}
	case <-time.After(patience):
		t.Fatal("the webhook is not called")
	}
	prometheus.awaits(t, `count(ALERTS{alertstate="firing"})`, "1")
	if got := prometheus.value(t, `histogram_quantile(0.5, sum by (le) (rate(apigee_handshake_duration_seconds_bucket{result="timeout"}[5m])))`); !strings.HasPrefix(got, "0.") {
		t.Errorf("the median handshake took %q s", got)
	}
	for where, expr := range dashboardQueries(t) {
		var data any
		prometheus.ask(t, "/api/v1/query", url.Values{"query": {expr}}, &data)
		if data == nil {
			t.Errorf("%s: no answer", where)
		}
	}
}

func TestAnExemplarInPrometheusLeadsToTheTraceInJaeger(t *testing.T) {
	component(t, "prometheus")
	j := startJaeger(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", j.http)
	gateway := serving(t, "--handshake-timeout", "1s")
	prometheus := startPrometheus(t, gateway, "")
	silent := mustGet(t, gateway.gateway+"/lab/tls-silent")
	for _, selector := range []string{`apigee_faults_total{apigee_api="lab-tls-silent"}`,
		`http_server_request_duration_seconds_bucket{apigee_api="lab-tls-silent"}`, `apigee_handshake_duration_seconds_bucket{result="timeout"}`} {
		var found []map[string]string
		eventually(t, selector+" has an exemplar", func() bool {
			found = prometheus.exemplars(t, selector)
			return len(found) > 0
		})
		if found[0]["apigee_message_id"] != silent.id() {
			t.Errorf("%s: exemplar %v, the message id is %s", selector, found[0], silent.id())
		}
		spans := j.await(t, "/api/traces/"+found[0]["trace_id"], stalled)
		if got := spans.named(t, "GET /lab/tls-silent"); got.tag("apigee.message_id") != silent.id() || got.SpanID != found[0]["span_id"] {
			t.Errorf("%s: span %s of message %s", selector, got.SpanID, got.tag("apigee.message_id"))
		}
	}
	healthy := mustGet(t, gateway.gateway+"/lab/healthy") // the first of its kind is an exemplar
	eventually(t, "a good request has one, too", func() bool {
		found := prometheus.exemplars(t, `http_server_request_duration_seconds_bucket{apigee_api="lab-healthy"}`)
		return len(found) > 0 && found[0]["apigee_message_id"] == healthy.id()
	})
}

func TestPromtoolAcceptsThePage(t *testing.T) {
	t.Parallel()
	promtool := component(t, "promtool")
	p := serving(t, "--handshake-timeout", "100ms")
	for _, path := range []string{"/lab/healthy", "/lab/tls-silent", "/lab/status-503", "/nowhere"} {
		mustGet(t, p.gateway+path)
	}
	command := exec.Command(promtool, "check", "metrics")
	command.Stdin = strings.NewReader(metricsPage(t, p))
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v %s", err, out)
	}
}

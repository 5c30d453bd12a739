package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// metricsPage is /metrics as a plain scrape gets it.
func metricsPage(t *testing.T, p *process) string {
	t.Helper()
	r := mustGet(t, p.management+"/metrics")
	if r.status != 200 {
		t.Fatalf("/metrics answers %d %s", r.status, r.body)
	}
	return r.body
}

// total sums the series of a metric whose labels hold all the parts.
func total(t *testing.T, page, name string, parts ...string) (sum float64) {
	t.Helper()
series:
	for _, line := range linesWith(page, name) {
		if !strings.HasPrefix(line, name+"{") && !strings.HasPrefix(line, name+" ") {
			continue
		}
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue series
			}
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatal(line)
		}
		sum += value
	}
	return sum
}

var metricLabel = regexp.MustCompile(`([a-z_]+)="([^"]*)"`)

// totals sums the series of a metric by the values of some labels, none for an empty one.
func totals(page, name string, labels ...string) map[string]int {
	sums := map[string]int{}
	for _, line := range linesWith(page, name) {
		series, number, _ := strings.Cut(line, "} ")
		if !strings.HasPrefix(series, name+"{") {
			continue
		}
		held := map[string]string{}
		for _, label := range metricLabel.FindAllStringSubmatch(series, -1) {
			held[label[1]] = label[2]
		}
		var values []string
		for _, label := range labels {
			values = append(values, cmp.Or(held[label], "none"))
		}
		n, _ := strconv.ParseFloat(number, 64) // what is no number is missed in the sum
		sums[strings.Join(values, " ")] += int(n)
	}
	return sums
}

// checkMetrics compares /metrics with the calls that were sent, and with itself.
func (p *process) checkMetrics(t *testing.T) {
	t.Helper()
	page := metricsPage(t, p)
	const requests = "http_server_request_duration_seconds_count"
	same(t, "/metrics, requests by status", known(func(k kind) string { return fmt.Sprint(k.status) }),
		totals(page, requests, "http_response_status_code"))
	same(t, "/metrics, requests by proxy", known(apiOf), totals(page, requests, "apigee_api"))
	same(t, "/metrics, faults", known(func(k kind) string {
		if k.code == "" {
			return ""
		}
		return fmt.Sprintf("%s %s %s %d", apiOf(k), k.code, k.source, k.status)
	}), totals(page, "apigee_faults_total", "apigee_api", "apigee_fault_code", "apigee_fault_source", "http_response_status_code"))
	connects := totals(page, "apigee_connect_duration_seconds_count", "result")
	handshakes := totals(page, "apigee_handshake_duration_seconds_count", "result")
	if connects["refused"] != 70 || handshakes["timeout"] != 40 || handshakes["untrusted_certificate"] != 40 {
		t.Errorf("connects %v, handshakes %v", connects, handshakes)
	}
	opened, closed := total(t, page, "apigee_channel_opened_total"), total(t, page, "apigee_channel_closed_total")
	if open := total(t, page, "apigee_channel_open"); int(opened) != connects["ok"] || closed+open != opened {
		t.Errorf("%d connected, %v opened, %v closed, %v open", connects["ok"], opened, closed, open)
	}
}

// apiOf is the API proxy of a call as totals has it.
func apiOf(k kind) string {
	if name := proxyOf(k); name != "(not set)" {
		return name
	}
	return "none"
}

func TestHostileMethodsAndPathsDoNotGrowTheMetrics(t *testing.T) {
	t.Parallel()
	p := serving(t)
	names := func() (all []string) {
		for line := range strings.Lines(metricsPage(t, p)) {
			if series := line[:max(strings.LastIndexByte(line, ' '), 0)]; strings.HasPrefix(series, "http_") || strings.HasPrefix(series, "apigee_") {
				all = append(all, series)
			}
		}
		return all
	}
	hostile := func(i int) {
		for _, path := range []string{"/lab/healthy/%x", "/%x", "/lab/%x?{}=\"\n"} {
			path = strings.ReplaceAll(fmt.Sprintf(path, i), "\n", "")
			conn, err := net.Dial("tcp", hostOf(p.gateway))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "X%x %s HTTP/1.1\r\nHost: %x.example\r\nConnection: close\r\n\r\n", i, path, i)
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}
	hostile(0)
	requests := func() float64 { return total(t, metricsPage(t, p), "http_server_request_duration_seconds_count") }
	eventually(t, "three requests are counted", func() bool { return requests() == 3 })
	before := names()
	for i := range 100 {
		hostile(i + 1)
	}
	eventually(t, "all requests are counted", func() bool { return requests() == 303 })
	if after := names(); len(after) != len(before) {
		t.Errorf("%d series became %d", len(before), len(after))
	}
}

func TestMetricsTellHowTheLastReloadWent(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "lab: [{name: steady, does: healthy}]\n")
	p := serving(t, "--config", path)
	reloads := func(content, said string, want float64) {
		t.Helper()
		write(t, path, content)
		p.signal(t, syscall.SIGHUP)
		p.mustAwait(t, &p.stdout, said)
		if got := total(t, metricsPage(t, p), "apigee_config_last_reload_successful"); got != want {
			t.Errorf("after %q: %v", said, got)
		}
	}
	reloads("lab: [{nam: steady}]\n", "configuration refused", 0)
	reloads("lab: [{name: steady, does: healthy}]\n", "configuration reloaded", 1)
}

func TestMetricsArePushedWhenTheEnvironmentSaysSo(t *testing.T) {
	t.Setenv("OTEL_METRICS_EXPORTER", "console")
	p := serving(t)
	mustGet(t, p.gateway+"/lab/connect-refused")
	p.stop(t) // pushes
	lines := linesWith(p.stdout.String(), `"apigee.faults"`)
	if len(lines) != 1 || !strings.Contains(lines[0], "messaging.adaptors.http.flow.ServiceUnavailable") {
		t.Errorf("pushed %q", lines)
	}
}

func TestAWrongReceiverOfMetricsCostsOneWarning(t *testing.T) {
	t.Setenv("OTEL_METRICS_EXPORTER", "otlp")
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")
	p := serving(t)
	if r := mustGet(t, p.gateway+"/lab/healthy"); r.status != 200 {
		t.Errorf("status %d", r.status)
	}
	const told = "write http://collector:4318, or https://collector:4318 if the receiver speaks TLS; no metrics are pushed"
	for _, out := range []string{p.stderr.String(), p.stdout.String()} {
		if len(linesWith(out, told)) != 1 {
			t.Errorf("not told once in\n%s", out)
		}
	}
	if metricsPage(t, p) == "" {
		t.Error("and the page is empty")
	}
}

func TestMetricsAreBehindThePassword(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "password"), "secret\n")
	path := write(t, filepath.Join(dir, "gateway.yaml"), "management: {username: admin, password_file: password}\nlab: [{name: steady, does: healthy}]\n")
	p := serving(t, "--config", path)
	if r := mustGet(t, p.management+"/metrics"); r.status != 401 {
		t.Errorf("status %d without the password", r.status)
	}
	if r := mustGet(t, strings.Replace(p.management, "http://", "http://admin:secret@", 1)+"/metrics"); r.status != 200 {
		t.Errorf("status %d with it", r.status)
	}
}

var metricName = regexp.MustCompile(`(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{| )`)

// metricNames are those of a page, sorted.
func metricNames(page string) (names []string) {
	for _, match := range metricName.FindAllStringSubmatch(page, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

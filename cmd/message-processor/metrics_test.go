package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// script is a number of requests of one kind, and how the numbers must tell of them.
type script struct {
	path   string
	times  int
	status int
	code   string // of the fault; empty: none
	logged bool   // an ERROR line each
	over   int    // connections of clients
}

var scripted = []script{
	{"/lab/healthy", 430, 200, "", false, 5},
	{"/lab/connect-refused", 150, 503, "messaging.adaptors.http.flow.ServiceUnavailable", true, 5},
	{"/lab/status-503", 140, 503, "messaging.adaptors.http.flow.ErrorResponseCode", false, 5},
	{"/lab/tls-expired", 90, 503, "messaging.adaptors.http.flow.SslHandshakeFailed", true, 5},
	{"/lab/eof-in-body", 80, 502, "messaging.adaptors.http.UnexpectedEOFAtTarget", true, 5},
	{"/nowhere", 80, 404, "messaging.adaptors.http.flow.ApplicationNotFound", true, 5},
	{"/lab/tls-silent", 30, 502, "messaging.adaptors.http.BadGateway", true, 30},
}

// play sends the requests.
func (s script) play(t *testing.T, gateway string) {
	var all sync.WaitGroup
	for range s.over {
		all.Go(func() {
			client := &keepAlive{address: hostOf(gateway)}
			defer client.close()
			for range s.times / s.over {
				if status, err := client.do(s.path); err != nil || status != s.status {
					t.Errorf("%s: %d, %v", s.path, status, err)
				}
			}
		})
	}
	all.Wait()
}

func TestAThousandTransactionsAreExactlyThoseInTheMetrics(t *testing.T) {
	t.Parallel()
	p := serving(t, "--handshake-timeout", "3s") // a busy machine takes its time for the good ones
	var all sync.WaitGroup
	want := 0.0
	for _, s := range scripted {
		want += float64(s.times)
		all.Go(func() { s.play(t, p.gateway) })
	}
	all.Wait()
	if want != 1000 {
		t.Fatalf("%v transactions are scripted", want)
	}
	eventually(t, "all are counted", func() bool {
		return total(t, metricsPage(t, p), "http_server_request_duration_seconds_count") == want
	})
	page := metricsPage(t, p)
	p.stop(t) // the log is complete then
	errorLines := strings.Join(linesWith(p.stdout.String(), " ERROR "), "\n")
	for _, s := range scripted {
		s.compare(t, page, errorLines)
	}
	faulty, refused := total(t, page, "apigee_faults_total"), total(t, page, "apigee_connect_duration_seconds_count", `result="refused"`)
	if faulty != want-430 || refused != 150 {
		t.Errorf("%v faults, %v refused connects", faulty, refused)
	}
	if n := total(t, page, "apigee_handshake_duration_seconds_count", `result="timeout"`); n != 30 {
		t.Errorf("%v handshakes timed out", n)
	}
	opened, closed, open := total(t, page, "apigee_channel_opened_total"), total(t, page, "apigee_channel_closed_total"), total(t, page, "apigee_channel_open")
	if connects := total(t, page, "apigee_connect_duration_seconds_count", `result="ok"`); opened != connects || closed+open != opened {
		t.Errorf("%v connected, %v opened, %v closed, %v open", connects, opened, closed, open)
	}
}

func (s script) compare(t *testing.T, page, errorLines string) {
	t.Helper()
	api := `apigee_api=""`
	inLog := "Unable to identify proxy"
	if name, isLab := strings.CutPrefix(s.path, "/lab/"); isLab {
		api, inLog = `apigee_api="lab-`+name+`"`, " api:lab-"+name+" "
	}
	status := fmt.Sprintf("http_response_status_code=%q", strconv.Itoa(s.status))
	if n := total(t, page, "http_server_request_duration_seconds_count", api, status); n != float64(s.times) {
		t.Errorf("%s: %v requests, %d were sent", s.path, n, s.times)
	}
	faults, lines := 0, 0
	if s.code != "" {
		faults = s.times
	}
	if s.logged {
		lines = s.times
	}
	if n := total(t, page, "apigee_faults_total", api, status, fmt.Sprintf("apigee_fault_code=%q", s.code)); n != float64(faults) {
		t.Errorf("%s: %v faults, want %d", s.path, n, faults)
	}
	if n := strings.Count(errorLines, inLog); n != lines {
		t.Errorf("%s: %d lines in system.log, want %d", s.path, n, lines)
	}
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

package main

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kind is a kind of call with a known end.
type kind struct {
	path         string
	calls        int
	status       int
	code, source string
}

var kinds = []kind{
	{"/lab/healthy/7", 600, 200, "", ""},
	{"/lab/status-503", 100, 503, "messaging.adaptors.http.flow.ErrorResponseCode", "target"},
	{"/nobody/is/here?token=s3cret", 50, 404, "messaging.adaptors.http.flow.ApplicationNotFound", "apigee"},
	{"/lab/connect-refused", 70, 503, "messaging.adaptors.http.flow.ServiceUnavailable", "target"},
	{"/lab/tls-silent", 40, 502, "messaging.adaptors.http.BadGateway", "target"},
	{"/lab/tls-unknown-ca", 40, 503, "messaging.adaptors.http.flow.SslHandshakeFailed", "target"},
	{"/lab/405-without-allow", 60, 502, "protocol.http.Response405WithoutAllowHeader", "target"},
	{"/lab/eof-before-response", 40, 502, "messaging.adaptors.http.UnexpectedEOFAtTarget", "target"},
}

// sendKinds sends them all, mixed, over a few connections at a time.
func sendKinds(t *testing.T, p *process) {
	t.Helper()
	work := make(chan kind)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			client := keepAlive{address: hostOf(p.gateway)}
			defer client.close()
			for k := range work {
				if status, err := client.do(k.path); err != nil || status != k.status {
					t.Errorf("%s: %d %v", k.path, status, err)
				}
			}
		})
	}
	for round := range 600 {
		for _, k := range kinds {
			if round < k.calls {
				work <- k
			}
		}
	}
	close(work)
	workers.Wait()
}

// counts reads series of API Monitoring and adds each up, by the values of some tags.
func (p *process) counts(t *testing.T, query string, tags ...string) map[string]int {
	t.Helper()
	var answer struct {
		Results []struct {
			Series []struct {
				Tags   map[string]string
				Values [][]any
			}
		}
	}
	p.read(t, "/apimonitoring/metrics/"+query, &answer)
	sums := map[string]int{}
	for _, series := range answer.Results[0].Series {
		var values []string
		for _, tag := range tags {
			values = append(values, series.Tags[tag])
		}
		for _, row := range series.Values {
			sums[strings.Join(values, " ")] += int(row[1].(float64))
		}
	}
	return sums
}

// read gets JSON of the management listener.
func (p *process) read(t *testing.T, path string, into any) {
	t.Helper()
	r := mustGet(t, p.management+path)
	if err := json.Unmarshal([]byte(r.body), into); err != nil || r.status != 200 {
		t.Fatalf("%s: %d %v %s", path, r.status, err, r.body)
	}
}

// known adds the calls up by what names them, those without a name left out.
func known(name func(kind) string) map[string]int {
	sums := map[string]int{}
	for _, k := range kinds {
		sums[name(k)] += k.calls
	}
	delete(sums, "")
	return sums
}

func same(t *testing.T, where string, want, got map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", where, diff)
	}
}

// A thousand calls of known kinds: everything that counts them gives the same numbers: /metrics, the queries and the log
// of API Monitoring, the pages, system.log.
func TestTheNumbersOfMonitoringAgree(t *testing.T) {
	t.Parallel()
	p := serving(t, "--handshake-timeout", "2s") // a busy machine takes its time for the good ones
	sendKinds(t, p)
	eventually(t, "the last calls, which are counted after they are answered", func() bool {
		return p.counts(t, "traffic")[""] == 1000 &&
			total(t, metricsPage(t, p), "http_server_request_duration_seconds_count") == 1000
	})
	status := func(k kind) string { return fmt.Sprint(k.status) }
	code := func(k kind) string { return k.code }
	same(t, "all", map[string]int{"": 1000}, p.counts(t, "traffic?from=-1h&interval=1h"))
	same(t, "by status", known(status), p.counts(t, "traffic?groupBy=statusCode", "statusCode"))
	same(t, "by fault code", known(code), p.counts(t, "faultcodes", "faultCode"))
	same(t, "by proxy and source", known(func(k kind) string {
		if k.code == "" {
			return ""
		}
		return proxyOf(k) + " " + k.source
	}), p.counts(t, "faultcodes?groupBy=proxy,faultSource", "proxy", "faultSource"))
	p.checkMetrics(t)
	p.checkPages(t, code)
	p.checkLogs(t, code)
}

func proxyOf(k kind) string {
	if name, found := strings.CutPrefix(k.path, "/lab/"); found {
		return "lab-" + strings.TrimSuffix(name, "/7")
	}
	return "(not set)"
}

// checkPages reads the matrix and the table of the timeline.
func (p *process) checkPages(t *testing.T, code func(kind) string) {
	t.Helper()
	all := known(code)
	all["(not set)"] = 600
	matrix := mustGet(t, p.management+"/monitoring/investigate?columns=region").body
	got := map[string]int{}
	for _, cell := range regexp.MustCompile(`id="cell (\S+|\(not set\)) ANY"[^>]*>([\d,]+)<`).FindAllStringSubmatch(matrix, -1) {
		got[html.UnescapeString(cell[1])] += shown(cell[2])
	}
	same(t, "matrix", all, got)
	timeline := mustGet(t, p.management+"/monitoring/").body
	rows := map[string]int{}
	for _, row := range regexp.MustCompile(`<tr><th scope="row"><a [^>]*>([^<]*)</a></th><td class="mono">[^<]*</td><td><a [^>]*>([\d,]+)<`).FindAllStringSubmatch(timeline, -1) {
		rows[row[1]] += shown(row[2])
	}
	same(t, "timeline", known(proxyOf), rows)
}

// shown reads what a page shows, 1,000 for one.
func shown(text string) (n int) {
	fmt.Sscan(strings.ReplaceAll(text, ",", ""), &n)
	return n
}

// checkLogs compares the log of API Monitoring with the ERROR lines of system.log, by message id.
func (p *process) checkLogs(t *testing.T, code func(kind) string) {
	t.Helper()
	var answer struct {
		Logs []struct {
			FaultCode string `json:"fault_code"`
			MessageID string `json:"request_message_id"`
			Request   string
		}
	}
	p.read(t, "/apimonitoring/logs?org=acme&env=test", &answer)
	got, ids := map[string]int{}, map[string]bool{}
	for _, fault := range answer.Logs {
		got[fault.FaultCode]++
		if strings.Contains(fault.Request, "s3cret") {
			t.Errorf("a secret in %q", fault.Request)
		}
		if fault.FaultCode != "messaging.adaptors.http.flow.ErrorResponseCode" {
			ids[fault.MessageID] = true
		}
	}
	same(t, "logs", known(code), got)
	if err := p.until(&p.stdout, func(text string) bool { return strings.Count(text, " ERROR ") >= 300 }); err != nil {
		t.Error(err)
	}
	lines := map[string]bool{}
	errors := linesWith(p.stdout.String(), " ERROR ")
	for _, line := range errors {
		if id := regexp.MustCompile(`messageid:(\S+)`).FindStringSubmatch(line); id != nil {
			lines[id[1]] = true
		}
	}
	if len(errors) != 300 || len(lines) != 300 || !maps.Equal(lines, ids) {
		t.Errorf("%d ERROR lines about %d calls, %d faults of the gateway in the log", len(errors), len(lines), len(ids))
	}
}

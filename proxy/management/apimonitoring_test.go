package management

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrafficIsCountedByWhatIsAskedFor(t *testing.T) {
	base := start(t, watched()) + "/apimonitoring/metrics/"
	for name, test := range map[string]struct {
		query string
		tags  []string
		want  map[string][]float64
	}{
		"everything": {"traffic", nil, map[string][]float64{"": {26}}},
		"as the original's clients ask": {"traffic?org=acme&env=test&from=-5m&interval=5m&groupBy=env,proxy,statusCode&select=count",
			[]string{"org", "env", "proxy", "statusCode"}, map[string][]float64{"acme test orders 200 ": {20}, "acme test orders 502 ": {3},
				"acme test payments 404 ": {2}, "acme test (not set) 404 ": {1}}},
		"region":       {"traffic?groupBy=org,env,region,proxy&windowsize=1m&from=-6min", []string{"region", "proxy"}, map[string][]float64{"ANY orders ": {23}, "ANY payments ": {2}, "ANY (not set) ": {1}}},
		"a class":      {"traffic?statusCode=5xx", nil, map[string][]float64{"": {3}}},
		"one proxy":    {"traffic?proxy=payments&region=ANY&groupBy=proxy", []string{"proxy"}, map[string][]float64{"payments ": {2}}},
		"targets":      {"targets", []string{"target"}, map[string][]float64{"orders.example.com:443 ": {23}, "payments.example:443 ": {2}}},
		"fault codes":  {"faultcodes", []string{"faultCode"}, map[string][]float64{"messaging.adaptors.http.BadGateway ": {3}, "messaging.adaptors.http.flow.ErrorResponseCode ": {2}, "messaging.adaptors.http.flow.ApplicationNotFound ": {1}}},
		"by category":  {"faultcodes?faultSource=target&groupBy=faultCodeCategory,faultCodeName", []string{"faultCodeCategory", "faultCodeName"}, map[string][]float64{"Gateway BadGateway ": {3}, "Gateway ErrorResponseCode ": {2}}},
		"nothing then": {"traffic?from=-20h&to=-19h", nil, map[string][]float64{}},
	} {
		if diff := cmp.Diff(test.want, series(t, get(t, base+test.query), test.tags...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRatesAndLatenciesAreMeasured(t *testing.T) {
	base := start(t, watched()) + "/apimonitoring/metrics/"
	got := series(t, get(t, base+"latency?proxy=orders&from=-1h&interval=2d&percentile=50,99"), "percentile")
	if total := got["50 "][0]; total < 39 || total > 41 {
		t.Errorf("p50 %v ms", total)
	}
	if total, target := got["99 "][0], got["99 "][1]; total < 1800 || total > 2300 || target >= total || target < 1800 {
		t.Errorf("p99 %v ms, of the target %v ms", total, target)
	}
	rate := series(t, get(t, base+"targets?interval=2d&select=errorRate,tps,totalLatency&percentile=95"), "target")["orders.example.com:443 "]
	if rate[0] < 0.13 || rate[0] > 0.131 || rate[1] < 23.0/172800-1e-9 {
		t.Errorf("error rate %v, %v a second", rate[0], rate[1])
	}
}

// The names of members are the original's.
func TestAnAnswerHasTheOriginalsForm(t *testing.T) {
	r := get(t, start(t, watched())+"/apimonitoring/metrics/traffic?from=-1min&interval=1d&groupBy=proxy&proxy=orders")
	if !strings.HasPrefix(r.text, `{"results":[{"series":[{"name":"traffic","tags":{"env":"test","intervalSeconds":"86400","org":"acme","proxy":"orders"},"columns":["time","count"],"values":[["20`) {
		t.Errorf("got %s", r.text)
	}
	if got := get(t, start(t, options())+"/apimonitoring/metrics/traffic").text; got != `{"results":[{"series":[]}]}` {
		t.Errorf("of nothing: %s", got)
	}
}

func TestTheFaultCodesAreListed(t *testing.T) {
	base := start(t, options()) + "/apimonitoring/metrics/"
	for path, want := range map[string]string{
		"faultcodecategories":    `["Traffic Mgmt Policy"]`,
		"faultcodesubcategories": `["API Protocol","HTTP"]`,
		"faultcodenames":         `["HTTP RequestsHaveABigLine"]`,
		"faultcodedetails":       `["messaging.adaptors.http.BadGateway","Gateway","","BadGateway"]`,
	} {
		if r := get(t, base+path+"?org=acme&env=test"); r.StatusCode != 200 || strings.Count(r.text, want) != 1 {
			t.Errorf("%s: %s %s", path, r.Status, r.text)
		}
	}
}

func TestTheLogHasTheLastFaults(t *testing.T) {
	base := start(t, watched()) + "/apimonitoring/logs"
	var answer struct{ Logs []map[string]any }
	read := func(query string) []map[string]any {
		t.Helper()
		r := get(t, base+query)
		answer.Logs = nil
		if err := json.Unmarshal([]byte(r.text), &answer); err != nil || r.StatusCode != 200 || answer.Logs == nil {
			t.Fatalf("%s %v %s", r.Status, err, r.text)
		}
		return answer.Logs
	}
	if got := len(read("?org=acme&env=test")); got != 6 {
		t.Errorf("%d faults", got)
	}
	if got := len(read("?limit=2")); got != 2 {
		t.Errorf("%d faults of two", got)
	}
	first := read("?faultCode=messaging.adaptors.http.BadGateway&statusCode=502")[0]
	if at, _ := first["timestamp"].(string); len(at) != len("2026-11-22T10:15:42.330Z") {
		t.Errorf("timestamp %q", at)
	}
	delete(first, "timestamp")
	want := map[string]any{"fault_code": "messaging.adaptors.http.BadGateway", "fault_flow": "null", "fault_policy": "null/null",
		"fault_proxy": "orders", "fault_source": "target", "request": "GET /v0/orders?api_key=REDACTED&i=1", "request_length": 68.0,
		"request_message_id": "mp1-1-1-102", "response_size": 104.0, "response_status": "502", "response_time": 2.02, "virtual_host": "default"}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	if got := len(read("?to=-1h")); got != 0 {
		t.Errorf("%d faults before there were any", got)
	}
}

func TestQueriesThatMakeNoSenseAreRefused(t *testing.T) {
	base := start(t, watched()) + "/apimonitoring/"
	for query, want := range map[string]struct {
		status int
		code   string
	}{
		"metrics/traffic?org=other":              {404, noOrganization},
		"metrics/traffic?env=prod":               {404, noEnvironment},
		"logs?org=other":                         {404, noOrganization},
		"metrics/traffic?groupBy=colour":         {400, invalidParameter},
		"metrics/traffic?select=totalLatency":    {400, invalidParameter},
		"metrics/latency?percentile=101":         {400, invalidParameter},
		"metrics/latency?percentile=NaN":         {400, invalidParameter},
		"metrics/latency?percentile=1,2,3,4,5,6": {400, invalidParameter},
		"metrics/traffic?from=yesterday":         {400, invalidParameter},
		"metrics/traffic?from=-5parsecs":         {400, invalidParameter},
		"metrics/traffic?from=-99999999999d":     {400, invalidParameter},
		"metrics/traffic?from=-1m&to=-1h":        {400, invalidParameter},
		"metrics/traffic?interval=30s":           {400, invalidParameter},
		"metrics/traffic?windowsize=0m":          {400, invalidParameter},
		"logs?limit=0":                           {400, invalidParameter},
		"logs?from=x":                            {400, invalidParameter},
		"metrics/nope":                           {404, "emulator.management.NotFound"},
	} {
		r := get(t, base+query)
		if code := refusal(t, r); r.StatusCode != want.status || code != want.code {
			t.Errorf("%s: %d %s", query, r.StatusCode, code)
		}
	}
	if r := call1(t, "POST", base+"logs"); r.StatusCode != 405 {
		t.Errorf("POST: %s", r.Status)
	}
}

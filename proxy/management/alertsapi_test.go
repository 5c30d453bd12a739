package management

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/tracing/alert"
)

const someAlert = `{"name":"made","conditions":[{"dimensions":{"statusCode":"5xx","region":"ANY"},"metric":"tps",
  "threshold":100,"durationSeconds":600,"comparator":">"}],
  "notifications":[{"channel":"webhook","destination":"https://acme.com/hook"}]}`

// alerting are options with alerts, one of them from a file.
func alerting(t *testing.T, change ...func(*config.Alert)) Options {
	t.Helper()
	o := options()
	o.Alerts = alert.New(alert.Options{Warn: func(string) {}, Info: func(string) {}})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		o.Alerts.Close(ctx)
	})
	a := config.Alert{Organization: "acme", Environment: "test", Name: "<b>from the file</b>", Enabled: true,
		Description: "\u202eevil",
		Conditions: []config.AlertCondition{{Metric: config.MetricCount, Threshold: 1, Comparator: ">", DurationSeconds: 5,
			Dimensions: config.AlertDimensions{FaultCode: "messaging.adaptors.http.BadGateway"}}}}
	for _, c := range change {
		c(&a)
	}
	o.Alerts.Configure(&config.Gateway{Organization: "acme", Environment: "test", Alerts: []config.Alert{a}})
	return o
}

func write(t *testing.T, method, url, body string, fields ...string) reply {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		req.Header.Set(name, value)
	}
	return send(t, req)
}

func decoded(t *testing.T, r reply) alertJSON {
	t.Helper()
	var a alertJSON
	if err := json.Unmarshal([]byte(r.text), &a); err != nil {
		t.Fatalf("%v in %s", err, r.text)
	}
	return a
}

func TestAlertsAreMadeReadReplacedAndDeletedOverTheAPI(t *testing.T) {
	base := start(t, alerting(t)) + "/apimonitoring/alerts"
	made := write(t, "POST", base+"?org=acme", someAlert, "Content-Type: application/json")
	a := decoded(t, made)
	if made.StatusCode != 201 || a.UUID == "" || a.Source != "api" || a.State != "inactive" || a.Name != "made" ||
		a.Organization != "acme" || !a.Enabled || a.Conditions[0].DurationSeconds != 600 || len(a.Values) != 1 {
		t.Fatalf("%s %s", made.Status, made.text)
	}
	if r := get(t, base+"/"+a.UUID); r.StatusCode != 200 || decoded(t, r).UUID != a.UUID {
		t.Errorf("%s %s", r.Status, r.text)
	}
	// What was read can be written back.
	changed := write(t, "PUT", base+"/"+a.UUID, strings.Replace(get(t, base+"/"+a.UUID).text, `"threshold":100`, `"threshold":7`, 1))
	if changed.StatusCode != 200 || decoded(t, changed).Conditions[0].Threshold != 7 {
		t.Errorf("%s %s", changed.Status, changed.text)
	}
	var list []alertJSON
	if r := get(t, base+"?org=acme"); json.Unmarshal([]byte(r.text), &list) != nil || len(list) != 2 || list[0].Source != "file" {
		t.Errorf("%s", r.text)
	}
	if r := call1(t, "DELETE", base+"/"+a.UUID); r.StatusCode != 204 || r.text != "" {
		t.Errorf("%s %q", r.Status, r.text)
	}
	if r := get(t, base+"/"+a.UUID); r.StatusCode != 404 || refusal(t, r) != noResource {
		t.Errorf("%s", r.Status)
	}
}

func TestWhatTheAlertsAPIRefuses(t *testing.T) {
	base := start(t, alerting(t)) + "/apimonitoring/alerts"
	var list []alertJSON
	if err := json.Unmarshal([]byte(get(t, base).text), &list); err != nil {
		t.Fatal(err)
	}
	file := base + "/" + list[0].UUID
	for _, test := range []struct {
		method, url, body string
		status            int
		code              string
	}{
		{"GET", base + "?org=other", "", 404, noOrganization},
		{"PUT", file, someAlert, 403, "emulator.alert.ReadOnly"},
		{"DELETE", file, "", 403, "emulator.alert.ReadOnly"},
		{"PUT", base + "/x", someAlert, 404, noResource},
		{"POST", base, "", 400, "emulator.alert.InvalidAlert"},
		{"POST", base, "[]", 400, "emulator.alert.InvalidAlert"},
		{"POST", base, someAlert + "{}", 400, "emulator.alert.InvalidAlert"},
		{"POST", base, strings.Replace(someAlert, "webhook", "email", 1), 400, "emulator.alert.InvalidAlert"},
		{"POST", base, strings.Replace(someAlert, `"statusCode":"5xx"`, `"faultCode":"no.such"`, 1), 400, "emulator.alert.InvalidAlert"},
		{"POST", base, `{"name":"` + strings.Repeat("a", longestAlert) + `"}`, 400, "emulator.alert.InvalidAlert"},
		{"POST", base, strings.Repeat("[", 60_000), 400, "emulator.alert.InvalidAlert"},
		{"POST", base, strings.Replace(someAlert, "made", `\u003cb\u003efrom the file\u003c/b\u003e`, 1), 409, "emulator.alert.AlreadyExists"},
		{"PATCH", base, someAlert, 405, "emulator.management.MethodNotAllowed"},
	} {
		r := write(t, test.method, test.url, test.body)
		if r.StatusCode != test.status || refusal(t, r) != test.code {
			t.Errorf("%s %.60s: %s %s, want %d %s", test.method, test.body, r.Status, r.text, test.status, test.code)
		}
	}
	if r := write(t, "POST", base, someAlert, "Sec-Fetch-Site: cross-site"); r.StatusCode != 403 {
		t.Errorf("a page of another site: %s", r.Status)
	}
}

func TestARefusalNamesEveryProblemOfAnAlert(t *testing.T) {
	base := start(t, alerting(t)) + "/apimonitoring/alerts"
	r := write(t, "POST", base, "{\n\t\"name\": \"\", \"x\": 1,\n\t\"conditions\": [{\"metric\": \"tsp\"}]}")
	for _, want := range []string{"name: is empty", "x: is not a known key", "conditions[0].metric: is \\\"tsp\\\", did you mean tps?",
		"conditions[0].threshold: is missing"} {
		if !strings.Contains(r.text, want) {
			t.Errorf("no %s in %s", want, r.text)
		}
	}
}

func TestWithoutAnEngineThereAreNoAlertsAndNoneCanBeMade(t *testing.T) {
	base := start(t, options())
	if r := get(t, base+"/apimonitoring/alerts"); r.text != "[]" {
		t.Error(r.text)
	}
	if r := write(t, "POST", base+"/apimonitoring/alerts", someAlert); r.StatusCode != 503 {
		t.Errorf("%s %s", r.Status, r.text)
	}
	if r := get(t, base+"/monitoring/alerts"); !strings.Contains(r.text, "No alert is configured") {
		t.Error(r.text)
	}
}

// fired waits until the first alert fires.
func fired(t *testing.T, o Options) alert.Status {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if s := o.Alerts.List()[0]; s.State == alert.Firing {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not fire")
		}
	}
}

package management

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/tracing/alert"
)

// burning are options with an alert that fires because of two kept faults.
func burning(t *testing.T) (Options, alert.Status) {
	t.Helper()
	o := alerting(t, func(a *config.Alert) {
		a.Playbook = "javascript:alert(1)"
		a.Notifications = []config.AlertNotification{{Channel: "webhook", Destination: "http://127.0.0.1:1/token"}}
	})
	for _, id := range []string{"mp1-1-1-1", "mp1-1-2-1"} {
		r := timedOut("GET", "/v0/orders")
		r.MessageID, r.End = id, time.Now()
		o.Sessions.Observe(r)
		o.Alerts.Observe(r)
	}
	return o, fired(t, o)
}

func TestTheAlertsPageShowsStateEvidenceAndWhoWasTold(t *testing.T) {
	o, status := burning(t)
	base := start(t, o)
	r := get(t, base+"/monitoring/alerts")
	for _, want := range []string{
		`<section class="card alert fault" id="alert-` + status.UUID + `"`, "firing</b> &lt;b&gt;from the file&lt;/b&gt;",
		"count 2 &gt; 1 within 5s", `<a class="mono" href="/faults/mp1-1-2-1">mp1-1-2-1</a>`, "still firing", "1 notice",
		"in the configuration file", "tells system.log, webhook http://127.0.0.1:1", `<path class="value" d="M0 `,
		`class="threshold"`, "javascript:alert(1)",
	} {
		if !strings.Contains(r.text, want) {
			t.Errorf("no %s in\n%s", want, r.text)
		}
	}
	if strings.Contains(r.text, "token") || strings.Contains(r.text, `href="javascript:`) {
		t.Errorf("a secret or a script in\n%s", r.text)
	}
	safe(t, strings.ReplaceAll(r.text, "playbook: javascript:alert(1)", ""))
	checkMarkup(t, r.text)
	for _, link := range regexp.MustCompile(`(?:href|src|data-events)="([^"#][^"]*)"`).FindAllStringSubmatch(r.text, -1) {
		if r := call1(t, "HEAD", base+link[1]); r.StatusCode != 200 {
			t.Errorf("a link to %s: %s", link[1], r.Status)
		}
	}
}

// checkMarkup reads the SVG pictures as XML.
func checkMarkup(t *testing.T, page string) {
	t.Helper()
	pictures := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	if len(pictures) == 0 {
		t.Error("no picture")
	}
	for _, p := range pictures {
		for d := xml.NewDecoder(strings.NewReader(p)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, p)
			}
		}
	}
}

func TestTransactionsWhoseTraceIsGoneAreNamedButNotLinked(t *testing.T) {
	o, _ := burning(t)
	for range 10 { // the store keeps five
		r := timedOut("GET", "/v0/orders")
		r.MessageID = "mp1-1-9-1"
		o.Sessions.Observe(r)
	}
	page := get(t, start(t, o)+"/monitoring/alerts").text
	if strings.Contains(page, "/faults/mp1-1-2-1") || !strings.Contains(page, `<span class="mono">mp1-1-2-1</span>`) {
		t.Error(page)
	}
}

func filled() url.Values {
	return url.Values{"name": {"By hand"}, "proxy": {"orders"}, "faultCode": {"messaging.adaptors.http.BadGateway"},
		"statusCode": {""}, "metric": {"count"}, "comparator": {">"}, "threshold": {"2.5"}, "seconds": {"300"},
		"webhook": {"http://127.0.0.1:1/x"}}
}

func TestAFormMakesAnAlertAndDeletesIt(t *testing.T) {
	o := alerting(t)
	base := start(t, o)
	r := submit(t, base+"/monitoring/alerts", filled())
	made := o.Alerts.List()[1]
	if r.StatusCode != 303 || r.Header.Get("Location") != "/monitoring/alerts#alert-"+made.UUID {
		t.Fatalf("%s %s", r.Status, r.text)
	}
	want := config.AlertCondition{Metric: "count", Comparator: ">", Threshold: 2.5, DurationSeconds: 300, Line: 1,
		Dimensions: config.AlertDimensions{Proxy: "orders", FaultCode: "messaging.adaptors.http.BadGateway"}}
	if got := made.Alert.Conditions[0]; got != want || made.Alert.Notifications[0].Destination != "http://127.0.0.1:1/x" {
		t.Errorf("%+v", made.Alert)
	}
	if r := submit(t, base+"/monitoring/alerts/"+made.UUID, nil); r.StatusCode != 303 || len(o.Alerts.List()) != 1 {
		t.Errorf("delete: %s", r.Status)
	}
	if r := submit(t, base+"/monitoring/alerts/"+o.Alerts.List()[0].UUID, nil); r.StatusCode != 403 ||
		!strings.Contains(r.text, "stands in the configuration file") {
		t.Errorf("delete one of the file: %s", r.Status)
	}
}

func TestARefusedAlertFormIsShownAgainWithTheProblemAndWhatWasTyped(t *testing.T) {
	base := start(t, alerting(t))
	for field, test := range map[string]struct{ value, problem string }{
		"threshold": {`many"><script>`, "conditions[0].threshold: is"}, "name": {" ", "name: is empty"},
		"webhook": {"ftp://h", "has the scheme"}, "statusCode": {"600", "statusCode: is"},
		"faultCode": {"no.such.fault", "the code of no fault"},
	} {
		values := filled()
		values.Set(field, test.value)
		r := submit(t, base+"/monitoring/alerts", values)
		if r.StatusCode != 400 || !strings.Contains(r.text, test.problem) || !strings.Contains(r.text, `value="http`) && field != "webhook" {
			t.Errorf("%s: %s\n%s", field, r.Status, r.text)
		}
		safe(t, r.text)
	}
	req := call1(t, "POST", base+"/monitoring/alerts", "Sec-Fetch-Site: cross-site")
	if req.StatusCode != 403 {
		t.Errorf("from another site: %s", req.Status)
	}
}

func TestTheAlertsPageIsToldOfChanges(t *testing.T) {
	o := alerting(t)
	p := newAlertsPage(o)
	before := p.mark()
	for deadline := time.Now().Add(10 * time.Second); p.mark() == before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a new value changes nothing")
		}
	}
	r := get(t, start(t, o)+"/monitoring/alerts")
	if !strings.Contains(r.text, `data-events="/monitoring/alerts/events"`) || !strings.Contains(r.text, `<div data-live id="alerts">`) {
		t.Error(r.text)
	}
}

func TestAPictureHasGapsWhereNoValueIsKnown(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	c := alert.ConditionStatus{Violation: alert.Violation{AlertCondition: config.AlertCondition{Threshold: 5}}}
	for i, v := range []float64{0, 6, -1, 3, 3} {
		c.Points = append(c.Points, alert.Point{Time: at.Add(time.Duration(i) * time.Minute), Value: v, Known: v >= 0})
	}
	p := plot(c)
	if p.Line != "M0 72L150 12M450 42L600 42" || p.Area != "M0 72V72L150 12V72 ZM450 72V42L600 42V72 Z" || p.Threshold != 22 {
		t.Errorf("%+v", p)
	}
	if p.Words != "5 values from 2026-11-22 10:00:00 to 2026-11-22 10:04:00 UTC; the threshold is 5." {
		t.Error(p.Words)
	}
	if empty := plot(alert.ConditionStatus{}); empty.Line != "" || empty.Words != "No value yet." {
		t.Errorf("%+v", empty)
	}
}

package management

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"message-processor/tracing"
)

var monitorPages = []string{"/monitoring/", "/monitoring", "/monitoring/?range=15m&by=proxy", "/monitoring/?range=24h&by=target",
	"/monitoring/investigate", "/monitoring/investigate?rows=statusCode&columns=proxy&range=6h",
	"/monitoring/investigate?rows=faultSource&columns=region", "/monitoring/investigate?columns=target&range=15m",
	"/monitoring/recent", "/monitoring/recent?proxy=orders", "/monitoring/calls?from=-1h", "/monitoring/calls?from=-1h&only=faults&statusCode=5xx"}

func TestTheMonitoringPagesAreShownWithAndWithoutCalls(t *testing.T) {
	for name, o := range map[string]Options{"calls": watched(), "none": options()} {
		base := start(t, o)
		for _, path := range monitorPages {
			r := get(t, base+path)
			if r.StatusCode != 200 || !strings.Contains(r.text, "Prometheus") || !strings.Contains(r.text, "last 1,000 faults") {
				t.Errorf("%s, %s: %s %s", name, path, r.Status, r.text)
			}
			safe(t, r.text)
			balanced(t, r.text)
		}
	}
}

func TestEveryLinkOfTheMonitoringPagesLeadsSomewhere(t *testing.T) {
	base := start(t, watched())
	seen := map[string]bool{}
	for _, page := range monitorPages {
		for _, link := range regexp.MustCompile(`(?:href|src|data-events)="([^"#][^"]*)"`).FindAllStringSubmatch(get(t, base+page).text, -1) {
			path := html.UnescapeString(link[1])
			if seen[path] {
				continue
			}
			seen[path] = true
			if r := call1(t, "HEAD", base+path); r.StatusCode != 200 {
				t.Errorf("%s links to %s: %s", page, path, r.Status)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d links", len(seen))
	}
}

// between is the text of a page from one mark to the next, without its markup.
func between(page, from, to string) string {
	_, rest, _ := strings.Cut(page, from)
	part, _, _ := strings.Cut(rest, to)
	return html.UnescapeString(strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(part, " ")), " "))
}

func TestTheTimelineTellsTheNumbers(t *testing.T) {
	page := get(t, start(t, watched())+"/monitoring/").text
	if row := between(page, `<table class="numbers">`, `</table>`); !strings.Contains(row, "orders orders.example.com:443 23 3 13.0 %") ||
		!strings.Contains(row, "payments payments.example:443 2 2 100.0 %") || !strings.Contains(row, "(not set) (not set) 1 1 100.0 %") {
		t.Errorf("summary %q", row)
	}
	calls, faults := between(page, `id="traffic-table"`, `</details>`), between(page, `id="faults-table"`, `</details>`)
	if !strings.Contains(calls, "20 3 3") || !strings.Contains(faults, "5 1") {
		t.Skipf("a minute has passed: %q, %q", calls, faults)
	}
	if !strings.Contains(page, `aria-label="`) || strings.Count(page, "<polyline") < 6 {
		t.Error("no pictures")
	}
	if !strings.Contains(page, `<a href="/monitoring/" aria-current="page">Timeline</a>`) {
		t.Error("the navigation does not say where one is")
	}
}

func TestACellOfTheMatrixLeadsToItsCalls(t *testing.T) {
	base := start(t, watched())
	for _, columns := range []string{"time", "proxy", "target", "region"} {
		page := get(t, base+"/monitoring/investigate?columns="+columns).text
		cell := regexp.MustCompile(`class="heat-\d"><a href="([^"]*)" id="cell messaging.adaptors.http.BadGateway [^>]*>(\d+)<`).FindStringSubmatch(page)
		if cell == nil {
			t.Fatalf("%s: no cell in %s", columns, page)
		}
		calls := get(t, base+html.UnescapeString(cell[1])).text
		if cell[2] == "3" && (between(calls, `id="counted">`, "<") != "3 calls" || strings.Count(calls, `id="call-mp1-1-1-10`) != 3) {
			t.Errorf("%s: %s leads to %s", columns, cell[1], calls)
		}
	}
}

func TestACallLeadsToItsTraceIfThatIsKept(t *testing.T) {
	o := watched()
	base := start(t, o)
	page := get(t, base+"/monitoring/calls?from=-1h").text
	if !strings.Contains(page, `href="/faults/mp1-1-1-102"`) || strings.Contains(page, `href="/faults/mp1-1-1-200"`) || strings.Contains(page, `href="/faults/mp1-1-1-0"`) {
		t.Error("a link to a trace that is not kept, or none to one that is")
	}
	if !strings.Contains(page, "GET /v0/orders?api_key=REDACTED") || strings.Contains(page, "s3cret") {
		t.Error("a secret is shown")
	}
	if r := get(t, base+"/faults/mp1-1-1-102"); r.StatusCode != 200 || !strings.Contains(r.text, "mp1-1-1-102") {
		t.Errorf("the trace: %s", r.Status)
	}
	if r := get(t, base+"/monitoring/calls?from=nonsense"); r.StatusCode != 400 {
		t.Errorf("nonsense: %s", r.Status)
	}
}

func TestOlderFaultsAreOnThePagesThatFollow(t *testing.T) {
	o := options()
	o = Options{Routes: o.Routes, Ready: o.Ready, Organization: o.Organization, Environment: o.Environment, Sessions: o.Sessions, Monitor: watched().Monitor}
	for i := range 250 {
		observe(o, timedOut("GET", "/v0/orders"), 1000+i)
	}
	base, path, seen := start(t, o), "/monitoring/recent", 0
	for path != "" {
		page := get(t, base+path).text
		seen += strings.Count(page, "<tr><td>")
		path = ""
		if next := regexp.MustCompile(`href="([^"]*)">Older<`).FindStringSubmatch(page); next != nil {
			path = html.UnescapeString(next[1])
		}
	}
	if seen != 256 {
		t.Errorf("%d faults on all pages", seen)
	}
}

func TestHostileValuesAreShownSafelyOnTheMonitoringPages(t *testing.T) {
	const hostile = "\x1b[31m</td><script>alert(1)</script>\x00\xff\u202e\"/onx=1 '"
	o := watched()
	r := timedOut("GE<T\x00", "/v0/orders?"+hostile)
	r.API.Name, r.API.Target = hostile, hostile
	observe(o, r, 9)
	o.TracingUI = func() string { return "http://jaeger.example" }
	base := start(t, o)
	for _, path := range append(monitorPages, "/monitoring/calls?from=-1h&proxy="+url.QueryEscape(hostile), "/monitoring/?proxy="+url.QueryEscape(hostile)+
		"&faultCode="+url.QueryEscape(hostile), "/monitoring/investigate?range=<script>&rows=%00&target="+url.QueryEscape(hostile)) {
		page := get(t, base+path)
		if page.StatusCode != 200 {
			t.Errorf("%s: %s", path, page.Status)
		}
		safe(t, page.text)
		balanced(t, page.text)
		if strings.Contains(page.text, `"/onx`) {
			t.Errorf("%s: a way out of an attribute", path)
		}
	}
}

func TestMadeUpPathsMakeThePagesNoLonger(t *testing.T) {
	o := watched()
	base := start(t, o)
	before := len(get(t, base+"/monitoring/?by=target").text)
	for i := range 5000 {
		r := timedOut("GET", "/made/up/"+strings.Repeat("x", i%300))
		r.API, r.Failure.Fault.Source = tracing.API{}, "apigee"
		observe(o, r, i)
	}
	if after := len(get(t, base+"/monitoring/?by=target").text); after > before*3/2+1000 {
		t.Errorf("%d bytes, before %d", after, before)
	}
	if page := get(t, base+"/monitoring/investigate?columns=target").text; len(page) > 40_000 {
		t.Errorf("a matrix of %d bytes", len(page))
	}
}

func TestAPageHearsOfEveryCall(t *testing.T) {
	o := watched()
	base := start(t, o)
	events := listen(t, base+"/monitoring/events")
	if event, _, _ := events.next(); event != "changed" {
		t.Fatalf("%q", event)
	}
	observe(o, record("GET", "/v0/orders"), 77)
	began := time.Now()
	if event, _, _ := events.next(); event != "changed" || time.Since(began) > 10*time.Second {
		t.Errorf("%q after %v", event, time.Since(began))
	}
}

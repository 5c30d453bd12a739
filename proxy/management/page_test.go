package management

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"message-processor/tracing"
	"message-processor/tracing/session"
)

func TestTheStartPageShowsWhatIsDeployedAndEscapesIt(t *testing.T) {
	r := get(t, start(t, options())+"/")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%s %v", r.Status, r.Header)
	}
	for _, want := range []string{
		"acme <i>/</i> test", "serving", "/v1/orders", "https://orders.example.com/api", "&lt;script&gt;",
		`href="/v1/runtime/organizations/acme/environments/test/apis/a%20b%2Fc/revisions"`,
		`<option value="3 orders">orders · revision 3</option>`, `<option value="1 a b/c">`, "No call has failed so far",
	} {
		if !strings.Contains(r.text, want) {
			t.Errorf("no %s in\n%s", want, r.text)
		}
	}
	safe(t, r.text)
	if strings.Contains(r.text, "/debug/pprof/") {
		t.Error("a link to profiles that are not served")
	}
}

// safe checks that a page runs nothing but its own script, and asks nothing of other hosts.
func safe(t *testing.T, page string) {
	t.Helper()
	if got := strings.Count(strings.ToLower(page), "<script"); got != 1 || !strings.Contains(page, `<script src="/page/trace.js" defer></script>`) {
		t.Errorf("%d scripts in\n%s", got, page)
	}
	for _, unwanted := range []string{`(?i)<style`, `(?i)\sstyle=`, `(?i)<[^>]*\son[a-z]+=`, `(?i)javascript:`, `(?i)src="(//|https?:)`, `(?i)<iframe`,
		`(?i)<link[^>]*href="(//|https?:)`, "[\x00-\x08\x0b-\x1f\x7f]", "\u202e"} {
		if found := regexp.MustCompile(unwanted).FindString(page); found != "" {
			t.Errorf("%s: %q in\n%s", unwanted, found, page)
		}
	}
}

func TestEveryLinkOfThePagesLeadsSomewhere(t *testing.T) {
	o := options()
	o.PProf = true
	base := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(timedOut("GET", "/v0/orders?a=b"))
	o.Sessions.Observe(record("GET", "/v0/orders"))
	for page, least := range map[string]int{"/": 14, "/sessions/orders/3/s": 5, "/sessions/orders/3/s/uuid__1": 7, "/faults/uuid__1": 6} {
		links := regexp.MustCompile(`(?:href|src|data-events)="([^"#][^"]*)"`).FindAllStringSubmatch(get(t, base+page).text, -1)
		if len(links) < least {
			t.Errorf("%s: only %d links", page, len(links))
		}
		for _, link := range links {
			if r := call1(t, "HEAD", base+link[1]); r.StatusCode != 200 {
				t.Errorf("%s links to %s: %s", page, link[1], r.Status)
			}
		}
	}
}

// submit sends the form as a browser does.
func submit(t *testing.T, address string, values url.Values) reply {
	t.Helper()
	req, err := http.NewRequest("POST", address, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return send(t, req)
}

func TestAFormStartsASessionAndStopsIt(t *testing.T) {
	o := options()
	base := start(t, o)
	t.Cleanup(o.Sessions.Close)
	r := submit(t, base+"/", url.Values{"proxy": {"3 orders"}, "timeout": {"60"}, "kind": {"header", "qparam", "header"},
		"name": {"X-Dbg", "user", ""}, "value": {"1", "john doe", ""}})
	path := r.Header.Get("Location")
	if r.StatusCode != 303 || !strings.HasPrefix(path, "/sessions/orders/3/") {
		t.Fatalf("%s to %q", r.Status, path)
	}
	all := o.Sessions.All()
	if len(all) != 1 || all[0].Scope != orders || all[0].Ends.Sub(all[0].Started).Seconds() != 60 || len(all[0].Filters) != 2 ||
		all[0].Filters[1] != (session.Filter{Query: true, Name: "user", Value: "john doe"}) {
		t.Fatalf("%+v", all)
	}
	page := get(t, base+path).text
	for _, want := range []string{"X-Dbg: 1", "?user=john doe", "Waiting for calls", "curl -i &#39;http://127.0.0.1:9001/v0/orders?user=john&#43;doe&#39;", "-H &#39;X-Dbg: 1&#39;"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if list := get(t, base+"/").text; !strings.Contains(list, `href="`+path+`"`) {
		t.Error("the start page does not list the session")
	}
	if r := submit(t, base+path, nil); r.StatusCode != 303 || r.Header.Get("Location") != "/" || len(o.Sessions.All()) != 0 {
		t.Errorf("stop: %s", r.Status)
	}
	if r := get(t, base+path); r.StatusCode != 404 || !strings.Contains(r.text, "not there any more") {
		t.Errorf("afterwards: %s", r.Status)
	}
	if r := submit(t, base+path, nil); r.StatusCode != 404 {
		t.Errorf("stop again: %s", r.Status)
	}
}

func TestAFormThatIsRefusedIsShownAgain(t *testing.T) {
	base := start(t, options())
	tests := []struct {
		name   string
		values url.Values
		want   string
	}{
		{"not deployed", url.Values{"proxy": {"9 orders"}}, "this API proxy is not deployed"},
		{"no proxy", url.Values{}, "this API proxy is not deployed"},
		{"timeout", url.Values{"proxy": {"3 orders"}, "timeout": {"soon"}}, "invalid session timeout"},
		{"value without a name", url.Values{"proxy": {"3 orders"}, "kind": {"header"}, "name": {""}, "value": {`"><script>`}}, "has no name"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := submit(t, base+"/", test.values)
			if r.StatusCode != 400 || !strings.Contains(r.text, test.want) || !strings.Contains(r.text, `role="alert"`) {
				t.Errorf("%s %s", r.Status, r.text)
			}
			safe(t, r.text)
		})
	}
	if r := submit(t, base+"/", url.Values{"proxy": {"3 orders"}, "timeout": {"x"}, "kind": {"qparam"}, "name": {"user"}, "value": {"7"}}); !strings.Contains(r.text, `value="3 orders" selected`) || !strings.Contains(r.text, `value="qparam" selected`) || !strings.Contains(r.text, `value="user"`) {
		t.Errorf("what was filled in is lost:\n%s", r.text)
	}
}

func TestATransactionTellsEverything(t *testing.T) {
	o := options()
	o.TracingUI = func() string { return "http://jaeger.example:16686" }
	o.LogLines = func(id string) []string { return []string{"2026 messageid:" + id + " ERROR <b>handshake timeout"} }
	base := start(t, o)
	opened(t, o, "s")
	r1 := timedOut("GET", "/v0/orders?x=1", "Authorization: Basic c2VjcmV0")
	r1.Context.Trace = tracing.TraceID{0x4b, 0xf9}
	o.Sessions.Observe(r1)
	page := get(t, base+"/sessions/orders/3/s/uuid__1").text
	for _, want := range []string{
		"messaging.adaptors.http.BadGateway", `<code id="message-id">mp1-12575-7-1</code>`, "X-Apigee.Message-ID",
		"Analytics Data Recorded", "70 variables", "failed after 2.00 s", `class="lane failed"`,
		"messageid:mp1-12575-7-1 ERROR &lt;b&gt;handshake timeout", "firewall-drops-data", "Next step",
		`href="http://jaeger.example:16686/trace/4bf90000000000000000000000000000"`,
		"curl -i &#39;http://127.0.0.1:9001/v0/orders?x=1&#39;", "Authorization: *****", "secrets are not recorded",
		"REQ_START → REQ_HEADERS_PARSED", "2.01 s later", "/data/uuid__1/trace.xml",
		"<dt>target.url</dt>", "target.flow.name = PreFlow",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if strings.Contains(page, "c2VjcmV0") {
		t.Error("the secret is shown")
	}
	safe(t, page)
	balanced(t, page)
}

// balanced checks that every element of a page is closed.
func balanced(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!DOCTYPE html>")))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "link", "img", "input"}, xml.HTMLEntity
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d elements are not closed", depth)
	}
}

func TestHostileContentIsShownSafelyInEveryForm(t *testing.T) {
	const hostile = "\x1b[31m</pre><script>alert(1)</script>\x00\xff\u202e\" onx=1 ]]>'"
	o := options()
	o.LogLines = func(string) []string { return []string{hostile} }
	base := start(t, o)
	opened(t, o, "s")
	r := timedOut("GE<T", "/v0/orders?"+hostile, "X-Evil: "+hostile, "Cookie: "+hostile, "Host: "+hostile)
	r.Messages.RequestBody, r.BytesIn = []byte(hostile), int64(len(hostile))
	o.Sessions.Observe(r)
	big := record("POST", "/v0/orders")
	big.Messages.ResponseHead = head1("HTTP/1.1 500 "+hostile, "X-Big: "+strings.Repeat("<&\x01", 10_000))
	big.Messages.ResponseBody, big.Status = []byte(strings.Repeat(hostile, 1000)), 500
	o.Sessions.Observe(big)
	for _, path := range []string{"/", "/sessions/orders/3/s", "/sessions/orders/3/s/uuid__1", "/faults/uuid__1", "/sessions/orders/3/s/uuid__2"} {
		r := get(t, base+path)
		if r.StatusCode != 200 {
			t.Errorf("%s: %s", path, r.Status)
		}
		safe(t, r.text)
		balanced(t, r.text)
	}
	for _, id := range []string{"uuid__1", "uuid__2"} {
		if r := call1(t, "GET", base+short+"/s/data/"+id, "Accept: application/xml"); !wellFormed(r.text) {
			t.Errorf("XML of %s: %q", id, r.text)
		}
	}
	if event, _, data := listen(t, base+short+"/s/events").next(); event != "transaction" || strings.ContainsAny(data, "\x1b\x00\n") {
		t.Errorf("%s %q", event, data)
	}
}

func TestThePageOfACallWithoutAProxyOrAnswerIsShown(t *testing.T) {
	o := options()
	base := start(t, o)
	r := timedOut("", "")
	r.API, r.Messages, r.Steps, r.Method, r.Path = tracing.API{}, tracing.Messages{RequestHead: []byte("garbage")}, [len(r.Steps)]tracing.Interval{}, nil, nil
	r.End = r.Start
	o.Sessions.Observe(r)
	page := get(t, base+"/faults/uuid__1")
	if page.StatusCode != 200 {
		t.Fatalf("%s %s", page.Status, page.text)
	}
	balanced(t, page.text)
	if strings.Contains(page.text, "Repeat the call") {
		t.Error("a command for what cannot be repeated")
	}
}

func TestThePageFollowsTheReadinessAndNames(t *testing.T) {
	o := options()
	o.Ready = func() bool { return false }
	o.Routes = func() []Route { return nil }
	page := get(t, start(t, o)+"/").text
	for _, want := range []string{"draining", "Nothing is deployed"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestWhatCannotBeSeenIsReplaced(t *testing.T) {
	for text, want := range map[string]string{"plain ü €": "plain ü €", "a\nb\tc": "a\nb\tc", "\x00\x1b\r\x7f": "␀␛␍␡",
		"\u202e\u200b\u0085": "\ufffd\ufffd\ufffd", "\xff": "\ufffd", "\u00a0": "\u00a0"} {
		if got := visible(text); got != want {
			t.Errorf("%s: %s, want %s", strconv.Quote(text), strconv.Quote(got), strconv.Quote(want))
		}
	}
}

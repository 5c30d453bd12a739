package management

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing/session"
)

// The requests of a public client, as it was recorded: its content type is misspelt, it sends no Accept field where it
// wants JSON, and takes nothing but 201 for a session that was created.
func TestTheRequestsOfARealClientAreAnswered(t *testing.T) {
	o := options()
	o.Username, o.Password = "admin", "s3cret"
	address := strings.TrimPrefix(start(t, o), "http://")
	exchange := func(start, more string) string {
		return raw(t, "http://"+address, start+" HTTP/1.1\r\nHost: "+address+"\r\nAuthorization: Basic YWRtaW46czNjcmV0\r\n"+
			more+"Connection: close\r\n\r\n")
	}
	const name = "3b9ad9a2-1e0b-4f9e-9f5e-6d3f1a2b4c5d"
	created := exchange("POST "+base+"?session="+name+"&timeout=31&header_X-Dbg=1",
		"Content-Type: application/x-www-url-form-encoded\r\nContent-Length: 0\r\n")
	if !strings.HasPrefix(created, "HTTP/1.1 201 Created\r\n") || !strings.Contains(created, `{"name":"`+name+`"`) {
		t.Fatalf("create: %s", created)
	}
	o.Sessions.Observe(record("GET", "/v0/orders"))
	o.Sessions.Observe(timedOut("GET", "/v0/orders", "X-Dbg: 1"))

	ids := exchange("GET "+base+"/"+name+"/data", "")
	if !strings.HasPrefix(ids, "HTTP/1.1 200 OK\r\n") || !strings.Contains(ids, "Content-Type: application/json\r\n") ||
		!strings.HasSuffix(ids, "\r\n\r\n"+`[ "uuid__1" ]`) {
		t.Fatalf("ids: %s", ids)
	}
	data := exchange("GET "+base+"/"+name+"/data/uuid__1", "Accept: application/xml\r\n")
	for _, want := range []string{"HTTP/1.1 200 OK\r\n", "Content-Type: application/xml\r\n", "<Completed>true</Completed>",
		"messaging.adaptors.http.BadGateway", "mp1-12575-7-1"} {
		if !strings.Contains(data, want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
}

func TestASessionIsCreatedWhateverTheContentType(t *testing.T) {
	o := options()
	url := start(t, o)
	t.Cleanup(o.Sessions.Close)
	for i, field := range []string{"Content-Type: application/x-www-url-form-encoded", "Content-Type: ///", "Accept: text/html",
		"Content-Type: multipart/form-data", "Expect: 100-continue"} {
		if r := call1(t, "POST", fmt.Sprintf("%s%s?session=s%d", url, base, i), field); r.StatusCode != 201 {
			t.Errorf("%s: %s %s", field, r.Status, r.text)
		}
	}
}

func TestASessionDescribesItself(t *testing.T) {
	o := options()
	url := start(t, o)
	t.Cleanup(o.Sessions.Close)
	want := `{"name":"s","organization":"acme","environment":"test","api":"orders","revision":"3","timeout":"120","transactions":0,"limit":20}`
	r := post(t, url+base+"?session=s&timeout=120")
	if r.StatusCode != 201 || r.Header.Get("Content-Type") != "application/json" || r.text != want {
		t.Errorf("%s %s", r.Status, r.text)
	}
	if r := get(t, url+base+"/s"); r.text != want {
		t.Errorf("%s %s", r.Status, r.text)
	}
}

func TestBothSpellingsOfThePathAndSlashesReachTheSameSession(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	for _, path := range []string{base, short, base + "/", short + "//",
		"/v1/o/acme/environments/test/apis/orders/revisions/3/debugsessions",
		"/v1/organizations/acme/e/test/apis/orders/revisions/3/debugsessions"} {
		r := get(t, url+path)
		if diff := cmp.Diff([]string{"s"}, list(t, r)); r.StatusCode != 200 || diff != "" {
			t.Errorf("%s: %s %s", path, r.Status, diff)
		}
		if r := get(t, url+strings.TrimRight(path, "/")+"/s/data/"); r.text != "[  ]" || len(list(t, r)) != 0 {
			t.Errorf("%s: %q", path, r.text)
		}
	}
	if r := get(t, url+"/v1/o/acme/e/test/apis/orders/revisions/12/debugsessions"); len(list(t, r)) != 0 {
		t.Errorf("another revision: %s", r.text)
	}
}

func TestFiltersAndTimeoutComeFromTheQuery(t *testing.T) {
	o := options()
	url := start(t, o)
	t.Cleanup(o.Sessions.Close)
	tests := []struct {
		name, query string
		filters     []session.Filter
		timeout     time.Duration
	}{
		{"nothing", "", []session.Filter{}, 10 * time.Minute},
		{"documented", "&header_Accept=application%2Fjson&qparam_user=john%20doe",
			[]session.Filter{{Name: "Accept", Value: "application/json"}, {Query: true, Name: "user", Value: "john doe"}}, 10 * time.Minute},
		{"repeated", "&header_b=2&header_a=1&header_b=1",
			[]session.Filter{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "b", Value: "1"}}, 10 * time.Minute},
		{"unknown parameters", "&foo=1&header_=2&timeout=60", []session.Filter{}, time.Minute},
		{"too long", "&timeout=9223372036854775807", []session.Filter{}, 10 * time.Minute},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := fmt.Sprintf("s%d", i)
			if r := post(t, url+base+"?session="+name+test.query); r.StatusCode != 201 {
				t.Fatalf("%s %s", r.Status, r.text)
			}
			info, err := o.Sessions.Find(orders, name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.filters, info.Filters); diff != "" {
				t.Error(diff)
			}
			if got := info.Ends.Sub(info.Started); got != test.timeout {
				t.Errorf("timeout %v, want %v", got, test.timeout)
			}
		})
	}
}

func TestWhatCannotBeDoneIsRefusedInTheOriginalsForm(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	const prefix = "emulator.debugsession."
	tests := []struct {
		method, path string
		status       int
		code         string
	}{
		{"POST", base, 400, prefix + "InvalidName"},
		{"POST", base + "?session=", 400, prefix + "InvalidName"},
		{"POST", base + "?session=a%2Fb", 400, prefix + "InvalidName"},
		{"POST", base + "?session=x&timeout=ten", 400, prefix + "InvalidTimeout"},
		{"POST", base + "?session=x&timeout=-5", 400, prefix + "InvalidTimeout"},
		{"POST", base + "?session=x&timeout=0", 400, prefix + "InvalidTimeout"},
		{"POST", base + "?session=x&header_a=%zz", 400, prefix + "InvalidFilter"},
		{"POST", base + "?session=x" + strings.Repeat("&header_a=1", 33), 400, prefix + "InvalidFilter"},
		{"POST", base + "?session=s", 409, prefix + "AlreadyExists"},
		{"GET", base + "/nope", 404, noResource},
		{"GET", base + "/nope/data", 404, noResource},
		{"GET", base + "/nope/data/1", 404, noResource},
		{"GET", base + "/nope/events", 404, noResource},
		{"GET", base + "/nope/trace.xml", 404, noResource},
		{"GET", base + "/s/data/nope", 404, noResource},
		{"GET", base + "/s/data/nope/summary", 404, noResource},
		{"GET", base + "/s/data/nope/trace.xml", 404, noResource},
		{"DELETE", base + "/nope", 404, noResource},
		{"GET", "/v1/o/acme/e/test/faults/nope", 404, noResource},
		{"GET", strings.Replace(base, "acme", "other", 1), 404, noOrganization},
		{"POST", strings.Replace(base, "test", "prod", 1) + "?session=x", 404, noEnvironment},
		{"POST", strings.Replace(base, "orders", "carts", 1) + "?session=x", 404, noApplication},
		{"POST", strings.Replace(base, "/3/", "/4/", 1) + "?session=x", 404, noRevision},
		{"GET", strings.Replace(base, "/3/", "/three/", 1), 404, noRevision},
		{"GET", "/v1/o/acme/e/prod/faults", 404, noEnvironment},
		{"PUT", base, 405, "emulator.management.MethodNotAllowed"},
		{"POST", base + "/s/data", 405, "emulator.management.MethodNotAllowed"},
		{"DELETE", "/v1/o/acme/e/test/faults", 405, "emulator.management.MethodNotAllowed"},
	}
	for _, test := range tests {
		r := call1(t, test.method, url+test.path)
		if code := refusal(t, r); r.StatusCode != test.status || code != test.code {
			t.Errorf("%s %s: %d %s, want %d %s", test.method, test.path, r.StatusCode, code, test.status, test.code)
		}
	}
	if got := call1(t, "PUT", url+base).Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow: %s", got)
	}
}

func TestTooManySessionsAreRefused(t *testing.T) {
	o := options()
	url := start(t, o)
	t.Cleanup(o.Sessions.Close)
	for i := range 200 {
		r := post(t, fmt.Sprintf("%s%s?session=s%d", url, base, i))
		if r.StatusCode == 429 && refusal(t, r) == "emulator.debugsession.TooMany" {
			return
		}
		if r.StatusCode != 201 {
			t.Fatalf("%s %s", r.Status, r.text)
		}
	}
	t.Error("200 sessions are open")
}

func TestDeletingASessionAnswersItsNameAndDiscardsItsData(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(record("GET", "/v0/orders"))
	if r := call1(t, "DELETE", url+base+"/s"); r.StatusCode != 200 || r.text != `"s"` || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %q", r.Status, r.text)
	}
	if r := get(t, url+base+"/s/data"); r.StatusCode != 404 {
		t.Errorf("afterwards: %s", r.Status)
	}
	if r := post(t, url+base+"?session=s"); r.StatusCode != 201 {
		t.Errorf("again: %s", r.Status)
	}
}

func TestATransactionHasTheFormTheClientPrefers(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/json": "application/json",
		"application/xml": "application/xml", "text/xml": "application/xml",
		"application/xml;q=0.5, application/json":                         "application/json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/xml",
		"application/xml, application/json":                               "application/xml",
		"application/json, application/xml":                               "application/json",
		"application/xml;q=0":                                             "application/json",
		"application/xml;q=x, ///,,;":                                     "application/xml",
		"image/png":                                                       "application/json",
	} {
		var fields []string
		if accept != "" {
			fields = []string{"Accept: " + accept}
		}
		r := call1(t, "GET", url+base+"/s/data/uuid__1", fields...)
		if got := r.Header.Get("Content-Type"); r.StatusCode != 200 || got != want || r.Header.Get("Vary") != "Accept" {
			t.Errorf("Accept %q: %s %s, want %s", accept, r.Status, got, want)
		}
		if valid := want == "application/json" && json.Valid([]byte(r.text)) || want == "application/xml" && wellFormed(r.text); !valid {
			t.Errorf("Accept %q: %s", accept, r.text)
		}
	}
}

func wellFormed(text string) bool {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return err == io.EOF
		}
	}
}

func TestTheTraceFileIsADownload(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(record("GET", "/v0/orders"))
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	for path, messages := range map[string]int{"/s/trace.xml": 2, "/s/data/uuid__2/trace.xml": 1} {
		r := get(t, url+base+path)
		disposition := r.Header.Get("Content-Disposition")
		if r.StatusCode != 200 || !strings.HasPrefix(disposition, `attachment; filename="trace-`) || !strings.HasSuffix(disposition, `.xml"`) {
			t.Errorf("%s: %s %s", path, r.Status, disposition)
		}
		if !wellFormed(r.text) || strings.Count(r.text, "<Message>") != messages || !strings.Contains(r.text, "<API>orders</API>") {
			t.Errorf("%s: %s", path, r.text)
		}
	}
}

func TestTheSummaryTellsStepsFaultAndVerdict(t *testing.T) {
	o := options()
	url := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(timedOut("GET", "/v0/orders"))
	for _, path := range []string{base + "/s/data/uuid__1/summary", "/v1/o/acme/e/test/faults/uuid__1/summary"} {
		var s session.Summary
		if err := json.Unmarshal([]byte(get(t, url+path).text), &s); err != nil {
			t.Fatal(err)
		}
		if s.MessageID != "mp1-12575-7-1" || s.Fault != "messaging.adaptors.http.BadGateway" || s.Status != 502 ||
			s.Verdict.ID != "firewall-drops-data" || len(s.Steps) != 6 || !s.Steps[4].Failed || s.Steps[4].DurationMS != 2000 {
			t.Errorf("%s: %+v", path, s)
		}
	}
}

func TestFaultsAreKeptWithoutASession(t *testing.T) {
	o := options()
	url := start(t, o)
	const faults = "/v1/organizations/acme/environments/test/faults"
	if r := get(t, url+faults); r.text != "[]" {
		t.Errorf("at first: %s", r.text)
	}
	o.Sessions.Observe(timedOut("GET", "/v0/orders/1"))
	o.Sessions.Observe(record("GET", "/v0/orders/fine"))
	o.Sessions.Observe(timedOut("GET", "/v0/orders/2"))
	var kept []session.Summary
	if err := json.Unmarshal([]byte(get(t, url+faults).text), &kept); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 2 || kept[0].Path != "/v0/orders/2" || kept[1].Path != "/v0/orders/1" {
		t.Fatalf("%+v", kept)
	}
	for _, path := range []string{kept[0].ID, kept[0].MessageID, kept[1].ID + "/"} {
		if r := get(t, url+faults+"/"+path); r.StatusCode != 200 || !strings.Contains(r.text, "messaging.adaptors.http.BadGateway") {
			t.Errorf("%s: %s %s", path, r.Status, r.text)
		}
	}
	if r := call1(t, "GET", url+faults+"/"+kept[0].ID, "Accept: application/xml"); !wellFormed(r.text) || r.text[0] != '<' {
		t.Error(r.text)
	}
	if r := get(t, url+"/v1/o/acme/e/test/faults/"+kept[0].ID+"/trace.xml"); r.StatusCode != 200 || !strings.Contains(r.text, "<DebugSession>") {
		t.Errorf("%s %s", r.Status, r.text)
	}
}

func TestWithoutAStoreNoSessionCanBeStarted(t *testing.T) {
	o := options()
	o.Sessions = nil
	url := start(t, o)
	if r := post(t, url+base+"?session=s"); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%s %s", r.Status, r.text)
	}
	if r := get(t, url+"/"); r.StatusCode != 200 {
		t.Errorf("the page: %s", r.Status)
	}
}

package management

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing/session"
)

func options() Options {
	return Options{
		Routes: func() []Route {
			return []Route{
				{"orders", 12, "/v1/orders", "https://orders.example.com/api"},
				{"orders", 3, "/v0/orders", "https://old.example.com/"},
				{"a b/c", 1, "/", "http://127.0.0.1:8080/<script>"},
			}
		},
		Ready:        func() bool { return true },
		Organization: func() string { return "acme" },
		Environment:  func() string { return "test" },
		Sessions:     session.New(session.Options{ProcessorID: "uuid", KeepFaults: 5}),
		Gateway:      func() string { return "http://127.0.0.1:9001" },
	}
}

// start serves o on a real socket, with the timeouts of NewServer.
func start(t *testing.T, o Options) string {
	t.Helper()
	return serve(t, NewServer(o))
}

func serve(t *testing.T, config *http.Server) string {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.Config = config
	s.Start()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

type reply struct {
	*http.Response
	text string
}

func send(t *testing.T, req *http.Request) reply {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, string(body)}
}

func get(t *testing.T, url string) reply {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, req)
}

// refusal checks the error form and returns its code.
func refusal(t *testing.T, r reply) string {
	t.Helper()
	var e struct {
		Code, Message string
		Contexts      *[]string
	}
	if err := json.Unmarshal([]byte(r.text), &e); err != nil {
		t.Fatalf("%v in %q", err, r.text)
	}
	if e.Message == "" || e.Contexts == nil || !strings.HasSuffix(r.text, `,"contexts":[]}`) {
		t.Errorf("not the error form: %s", r.text)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	return e.Code
}

func TestReadinessEndsWhenTheGatewayDrainsAndLivenessDoesNot(t *testing.T) {
	var draining atomic.Bool
	o := options()
	o.Ready = func() bool { return !draining.Load() }
	url := start(t, o)
	check := func(path string, status int, text string) {
		t.Helper()
		if r := get(t, url+path); r.StatusCode != status || r.text != text {
			t.Errorf("%s: %d %q, want %d %q", path, r.StatusCode, r.text, status, text)
		}
	}
	check("/healthz", 200, "ok\n")
	check("/readyz", 200, "ok\n")
	draining.Store(true)
	check("/healthz", 200, "ok\n")
	check("/readyz", 503, "draining\n")
}

func TestTheLocalAPIAnswersAsTheOriginal(t *testing.T) {
	url := start(t, options())
	tests := []struct{ name, path, want string }{
		{"environments", "/v1/runtime/organizations/acme/environments", `[ "test" ]`},
		{"with the slash some clients append", "/v1/runtime/organizations/acme/environments/", `[ "test" ]`},
		{"revisions in numeric order, as text", "/v1/runtime/organizations/acme/environments/test/apis/orders/revisions", `[ "3", "12" ]`},
		{"names are unescaped", "/v1/runtime/organizations/acme/environments/test/apis/a%20b%2Fc/revisions//", `[ "1" ]`},
		{"the tree, by base path", "/v1/classification/tree", `[` +
			`{"basePath":"/","organization":"acme","environment":"test","api":"a b/c","revision":"1","target":"http://127.0.0.1:8080/\u003cscript\u003e"},` +
			`{"basePath":"/v0/orders","organization":"acme","environment":"test","api":"orders","revision":"3","target":"https://old.example.com/"},` +
			`{"basePath":"/v1/orders","organization":"acme","environment":"test","api":"orders","revision":"12","target":"https://orders.example.com/api"}]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := get(t, url+test.path)
			if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s %v", r.Status, r.Header)
			}
			if diff := cmp.Diff(test.want, r.text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEmptyTreeIsAnEmptyList(t *testing.T) {
	o := options()
	o.Routes = func() []Route { return nil }
	if r := get(t, start(t, o)+"/v1/classification/tree"); r.text != "[]" {
		t.Errorf("got %q", r.text)
	}
}

func TestWhatDoesNotExistIsRefusedWithTheOriginalsCodes(t *testing.T) {
	url := start(t, options())
	for path, want := range map[string]string{
		"/v1/runtime/organizations/other/environments":                                 noOrganization,
		"/v1/runtime/organizations/other/environments/test/apis/orders/revisions":      noOrganization,
		"/v1/runtime/organizations/acme/environments/prod/apis/orders/revisions":       noEnvironment,
		"/v1/runtime/organizations/acme/environments/test/apis/nope/revisions":         noApplication,
		"/v1/runtime/organizations/acme/environments/test/apis/or%22ders%0a/revisions": noApplication,
		"/v1/nope":      "emulator.management.NotFound",
		"/debug/pprof/": "emulator.management.NotFound",
		"/page/":        "emulator.management.NotFound",
	} {
		r := get(t, url+path)
		if code := refusal(t, r); r.StatusCode != 404 || code != want {
			t.Errorf("%s: %d %s, want 404 %s", path, r.StatusCode, code, want)
		}
	}
}

func TestWhatCanOnlyBeReadRefusesOtherMethods(t *testing.T) {
	url := start(t, options())
	req, _ := http.NewRequest("POST", url+"/v1/classification/tree", strings.NewReader("x"))
	r := send(t, req)
	if r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%s, Allow %q", r.Status, r.Header.Get("Allow"))
	}
	if code := refusal(t, r); code != "emulator.management.MethodNotAllowed" {
		t.Error(code)
	}
	req, _ = http.NewRequest("HEAD", url+"/healthz", nil)
	if r := send(t, req); r.StatusCode != 200 || r.text != "" {
		t.Errorf("HEAD: %s %q", r.Status, r.text)
	}
}

func TestProfilesAreServedOnlyWhenEnabled(t *testing.T) {
	o := options()
	o.PProf = true
	url := start(t, o)
	if r := get(t, url+"/debug/pprof/goroutine?debug=1"); r.StatusCode != 200 || !strings.Contains(r.text, "goroutine profile") {
		t.Errorf("%s", r.Status)
	}
	if r := get(t, url+"/debug/pprof"); r.StatusCode/100 != 3 || r.Header.Get("Location") != "/debug/pprof/" {
		t.Errorf("%s to %q", r.Status, r.Header.Get("Location"))
	}
	for _, path := range []string{"goroutine?debug=1", "cmdline", "heap"} {
		if r := get(t, start(t, options())+"/debug/pprof/"+path); r.StatusCode != 404 {
			t.Errorf("%s while disabled: %s", path, r.Status)
		}
	}
}

func TestMetricsAreReadAndOnlyRead(t *testing.T) {
	o := options()
	o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("numbers\n")) })
	url := start(t, o)
	if r := get(t, url+"/metrics"); r.StatusCode != 200 || r.text != "numbers\n" {
		t.Errorf("%s %q", r.Status, r.text)
	}
	req, _ := http.NewRequest("POST", url+"/metrics", nil)
	if r := send(t, req); r.StatusCode != 405 {
		t.Errorf("POST: %s", r.Status)
	}
	if r := get(t, start(t, options())+"/metrics"); r.StatusCode != 404 {
		t.Errorf("without metrics: %s", r.Status)
	}
}

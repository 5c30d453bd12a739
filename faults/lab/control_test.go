package lab

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// controlled asks the control API of l. Fields are "Name: value"; Host is one of them.
func controlled(t *testing.T, l *Lab, method, path, body string, fields ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const (
	asForm  = "Content-Type: application/x-www-form-urlencoded"
	asJSON  = "Content-Type: application/json"
	byCurl  = "X-Requested-With: curl"
	outage  = "does=tls-silent&for=30s"
	outageJ = `{"does":"tls-silent","for":"30s"}`
)

func TestTheControlAPISwitchesAndTellsWhatIsInForce(t *testing.T) {
	l := startLab(t, Options{Names: []string{"connect-refused"}, Entries: []Entry{{Name: "outage", Does: "healthy", Share: map[string]float64{"tls-close": 0.05}}}})
	states := func() (list []stateJSON) {
		code, body := controlled(t, l, "GET", "/backends", "")
		if err := json.Unmarshal([]byte(body), &list); code != 200 || err != nil || len(list) != 2 {
			t.Fatalf("%d %s, %v", code, body, err)
		}
		return list
	}
	refused, mixed := states()[0], states()[1]
	want := stateJSON{Name: "outage", Address: l.Backends()[1].Address, Does: "healthy", Share: map[string]string{"tls-close": "5%"},
		Accepted: map[string]int{}, Switchable: true}
	if diff := cmp.Diff(want, mixed); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if refused.Switchable || refused.Note == "" || refused.Does != "connect-refused" {
		t.Errorf("connect-refused is %+v", refused)
	}
	for _, post := range [][]string{{outage, asForm, byCurl}, {outageJ, asJSON}} {
		if code, body := controlled(t, l, "POST", "/backends/outage", post[0], post[1:]...); code != 200 || !strings.Contains(body, `"does":"tls-silent"`) {
			t.Errorf("%q: %d %s", post, code, body)
		}
		left, err := time.ParseDuration(states()[1].For)
		if err != nil || left <= 20*time.Second || left > 30*time.Second || states()[1].Share != nil {
			t.Errorf("after the switch: %+v", states()[1])
		}
		if code, body := controlled(t, l, "DELETE", "/backends/outage", "", byCurl); code != 200 || !strings.Contains(body, `"does":"healthy"`) {
			t.Errorf("taking it back: %d %s", code, body)
		}
	}
}

func TestTheControlAPIRefusesWhatItCannotDo(t *testing.T) {
	l := startLab(t, Options{Names: []string{"healthy", "connect-refused"}})
	for _, c := range []struct {
		method, path, body, field string
		code                      int
		want                      string
	}{
		{"GET", "/backends/unwell", "", byCurl, 404, `"code":"lab.BackendDoesNotExist"`},
		{"POST", "/backends/unwell", outageJ, asJSON, 404, `"contexts":[]}`},
		{"POST", "/backends/healthy", `{"does":"tls-silence"}`, asJSON, 400, "allowed: healthy, tls-silent"},
		{"POST", "/backends/healthy", `{"does":"tls-blackhole"}`, asJSON, 400, "cannot share a listener"},
		{"POST", "/backends/healthy", `{"does":"tls-silent","for":"soon"}`, asJSON, 400, "not a duration like 30s"},
		{"POST", "/backends/healthy", `{"does":"tls-silent","for":"-1s"}`, asJSON, 400, "not a duration like 30s"},
		{"POST", "/backends/healthy", `{"does":"tls-silent","until":"noon"}`, asJSON, 400, "neither a form"},
		{"POST", "/backends/healthy", `{`, asJSON, 400, "neither a form"},
		{"POST", "/backends/healthy", `{"for":"5s"}`, asJSON, 400, "does is missing"},
		{"POST", "/backends/healthy", `{"does":"` + strings.Repeat("x", maxControl) + `"}`, asJSON, 400, "neither a form"},
		{"POST", "/backends/connect-refused", outageJ, asJSON, 409, "never listens"},
		{"PUT", "/backends/healthy", outageJ, asJSON, 405, ""},
		{"GET", "/", "", byCurl, 404, ""},
	} {
		code, body := controlled(t, l, c.method, c.path, c.body, c.field)
		if code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s %s %.60s: %d %s; want %d %s", c.method, c.path, c.body, code, body, c.code, c.want)
		}
	}
	if got := l.State()[0].Does; got != "healthy" {
		t.Errorf("healthy does %s after nothing but refusals", got)
	}
}

func TestTheControlAPIIsClosedToOtherSites(t *testing.T) {
	l := startLab(t, Options{Names: []string{"healthy"}, ControlHosts: []string{"mp.example"}})
	for _, fields := range [][]string{{asForm}, {"Content-Type: text/plain"}, {"Content-Type: multipart/form-data; boundary=x"}, {}} {
		if code, body := controlled(t, l, "POST", "/backends/healthy", outage, fields...); code != http.StatusForbidden || !strings.Contains(body, "X-Requested-With") {
			t.Errorf("a form of another site (%v): %d %s", fields, code, body)
		}
	}
	if code, _ := controlled(t, l, "DELETE", "/backends/healthy", ""); code != http.StatusForbidden {
		t.Errorf("DELETE: %d", code)
	}
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:80": 200, "127.0.0.1:80": 200, "[::1]:80": 200, "[::1]": 200, "mp.example:8082": 200,
		"rebound.example": 403, "localhost.rebound.example:80": 403, "mp.example.com": 403,
	} {
		if code, body := controlled(t, l, "GET", "/backends", "", "Host: "+host); code != want {
			t.Errorf("Host %s: %d %s, want %d", host, code, body, want)
		}
	}
}

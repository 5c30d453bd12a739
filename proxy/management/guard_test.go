package management

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestOnlyHostsThatCannotBeReboundAreAnswered(t *testing.T) {
	o := options()
	o.Hosts = []string{"gateway.internal"}
	url := start(t, o)
	tests := []struct {
		host string
		want int
	}{
		{"localhost", 200}, {"localhost:8082", 200}, {"LocalHost.", 200},
		{"127.0.0.1", 200}, {"10.1.2.3:8082", 200}, {"[::1]", 200}, {"[fe80::1]:8082", 200},
		{"gateway.internal", 200}, {"Gateway.Internal:8082", 200},
		{"evil.example", 421}, {"evil.example:8082", 421}, {"localhost.evil.example", 421},
		{"127.0.0.1.evil.example", 421}, {"gateway.internal.evil.example", 421}, {"notlocalhost", 421},
		{"2130706433", 421}, {"0x7f.1", 421},
	}
	for _, test := range tests {
		for _, path := range []string{"/", "/healthz", "/v1/classification/tree"} {
			req, _ := http.NewRequest("GET", url+path, nil)
			req.Host = test.host
			r := send(t, req)
			if r.StatusCode != test.want {
				t.Errorf("Host %s, %s: %s, want %d", test.host, path, r.Status, test.want)
			}
			if test.want == 421 {
				if code := refusal(t, r); code != "emulator.management.UnknownHost" {
					t.Error(code)
				}
			}
		}
	}
}

func TestARequestWithoutHostIsRefused(t *testing.T) {
	if got := raw(t, start(t, options()), "GET / HTTP/1.0\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.0 421 ") {
		t.Errorf("got %q", got)
	}
}

// raw sends bytes and returns all that comes back until the server closes.
func raw(t *testing.T, url, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestThePasswordGuardsEverythingButTheHealthChecks(t *testing.T) {
	o := options()
	o.Username, o.Password, o.PProf = "admin", "s3cret", true
	url := start(t, o)
	tests := []struct {
		name, username, password string
		want                     int
	}{
		{"right", "admin", "s3cret", 200},
		{"wrong password", "admin", "s3cre", 401},
		{"wrong name", "root", "s3cret", 401},
		{"empty password", "admin", "", 401},
		{"longer password", "admin", "s3crets", 401},
		{"none", "", "", 401},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{"/", "/v1/classification/tree", "/debug/pprof/", "/healthz/../v1/classification/tree",
				"/v1/o/acme/e/test/apis/orders/revisions/3/debugsessions", "/v1/o/acme/e/test/faults", "/page/style.css"} {
				req, _ := http.NewRequest("GET", url+path, nil)
				if test.username != "" {
					req.SetBasicAuth(test.username, test.password)
				}
				r := send(t, req)
				if r.StatusCode != test.want && r.StatusCode/100 != 3 {
					t.Errorf("%s: %s, want %d", path, r.Status, test.want)
				}
				if r.StatusCode == 401 && (refusal(t, r) == "" || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic realm=")) {
					t.Errorf("%s: %v", path, r.Header)
				}
			}
		})
	}
	for _, path := range []string{"/healthz", "/readyz", "/readyz/"} {
		if r := get(t, url+path); r.StatusCode != 200 {
			t.Errorf("%s without a password: %s", path, r.Status)
		}
	}
	for _, path := range []string{"/nope", "/healthz/x", "/HEALTHZ", "/events", "/sessions/orders/3/s", "/faults/x"} {
		if r := get(t, url+path); r.StatusCode != 401 {
			t.Errorf("%s without a password: %s", path, r.Status)
		}
	}
}

func TestAUsernameWithoutAPasswordLetsNobodyIn(t *testing.T) {
	o := options()
	o.Username = "admin"
	req, _ := http.NewRequest("GET", start(t, o)+"/", nil)
	req.SetBasicAuth("admin", "")
	if r := send(t, req); r.StatusCode != 401 {
		t.Errorf("%s", r.Status)
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	url := start(t, options())
	for _, path := range []string{"/", "/healthz", "/nope", "/v1/classification/tree", "/page/style.css", "/page/trace.js", "/v1/o/acme/e/test/faults"} {
		h := get(t, url+path).Header
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: no %s in the policy %q", path, want, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestPagesOfOtherSitesCannotChangeAnything(t *testing.T) {
	url := start(t, options())
	host := strings.TrimPrefix(url, "http://")
	tests := []struct {
		name, field, value string
		want               int
	}{
		{"a client that is no browser", "User-Agent", "curl/8.5.0", 201},
		{"the page itself", "Sec-Fetch-Site", "same-origin", 201},
		{"the page itself, in an old browser", "Origin", "http://" + host, 201},
		{"typed by the user", "Sec-Fetch-Site", "none", 201},
		{"another site", "Sec-Fetch-Site", "cross-site", 403},
		{"another port of this machine", "Sec-Fetch-Site", "same-site", 403},
		{"another site, in an old browser", "Origin", "http://evil.example", 403},
		{"a sandboxed page", "Origin", "null", 403},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := fmt.Sprintf("%s/v1/o/acme/e/test/apis/orders/revisions/3/debugsessions?session=s%d", url, i)
			req, _ := http.NewRequest("POST", path, nil)
			req.Header.Set(test.field, test.value)
			r := send(t, req)
			if r.StatusCode != test.want {
				t.Errorf("%s, want %d", r.Status, test.want)
			}
			if test.want == 403 && refusal(t, r) != "emulator.management.CrossSite" {
				t.Error(r.text)
			}
		})
	}
	for _, method := range []string{"POST", "DELETE"} {
		for _, path := range []string{"/", "/sessions/orders/3/s0", "/v1/o/acme/e/test/apis/orders/revisions/3/debugsessions/s0"} {
			req, _ := http.NewRequest(method, url+path, nil)
			req.Header.Set("Sec-Fetch-Site", "cross-site")
			if r := send(t, req); r.StatusCode != 403 {
				t.Errorf("%s %s: %s", method, path, r.Status)
			}
		}
	}
}

func TestSlowAndLargePeersAreBounded(t *testing.T) {
	s := NewServer(options())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 {
		t.Errorf("a timeout is missing: %+v", s)
	}
	url := start(t, options())
	req, _ := http.NewRequest("GET", url+"/", nil)
	req.Header.Set("X-Big", strings.Repeat("x", 2*maxHeader))
	if r := send(t, req); r.StatusCode != 431 {
		t.Errorf("large header: %s", r.Status)
	}
}

func TestAHeaderThatNeverEndsIsCutOff(t *testing.T) {
	s := NewServer(options())
	s.ReadHeaderTimeout = 50 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	defer s.Close()
	if got := raw(t, "http://"+l.Addr().String(), "GET / HTTP/1.1\r\nHost: localhost\r\n"); strings.Contains(got, "200") {
		t.Errorf("got %q", got)
	}
}

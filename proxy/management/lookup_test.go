package management

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"message-processor/tracing/session"
)

const environment = "/v1/organizations/acme/environments/test"

func TestATransactionIsFoundByItsMessageIDWhereverItIs(t *testing.T) {
	o := options()
	base := start(t, o)
	opened(t, o, "s")
	o.Sessions.Observe(record("GET", "/v0/orders")) // no fault: only in the session
	kept := timedOut("GET", "/v1/orders")
	kept.MessageID, kept.API.Revision = "mp1-12575-8-1", 12 // in no session
	o.Sessions.Observe(kept)
	for id, path := range map[string]string{"mp1-12575-7-1": "/v0/orders", "mp1-12575-8-1": "/v1/orders", "uuid__2": "/v1/orders"} {
		var s session.Summary
		r := get(t, base+environment+"/transactions/"+id+"/summary")
		if err := json.Unmarshal([]byte(r.text), &s); err != nil || s.Path != path {
			t.Errorf("%s: %s %v", id, r.text, err)
		}
		if r := get(t, base+"/v1/o/acme/e/test/transactions/"+id+"/trace.xml"); !strings.Contains(r.text, "<DebugSession>") {
			t.Errorf("%s: no trace file: %s", id, r.text)
		}
	}
	if r := get(t, base+environment+"/transactions/mp1-12575-9-1"); r.StatusCode != 404 || refusal(t, r) != noResource {
		t.Errorf("unknown: %s %s", r.Status, r.text)
	}
	if r := get(t, base+"/v1/o/acme/e/prod/transactions/mp1-12575-7-1"); r.StatusCode != 404 {
		t.Errorf("in another environment: %s", r.Status)
	}
}

func TestTheLinesOfAMessageAreServedEvenIfItsTraceIsGone(t *testing.T) {
	o := options()
	if r := get(t, start(t, o)+environment+"/transactions/x/log"); r.text != "[]" {
		t.Errorf("without a log: %s", r.text)
	}
	o.LogLines = func(id string) []string { return []string{"line of " + id} }
	if r := get(t, start(t, o)+environment+"/transactions/x/log"); r.text != `["line of x"]` {
		t.Errorf("%s", r.text)
	}
}

func scriptOf(t *testing.T, fields ...string) shellScript {
	t.Helper()
	o := options()
	r := record("POST", "/v0/orders?apikey=s3cret&a=1&user[password]=s3cret", fields...)
	r.Messages.RequestBody, r.BytesIn = []byte(`{"password":"s3cret","n":'1'}`), 29
	opened(t, o, "s")
	o.Sessions.Observe(r)
	var s shellScript
	if err := json.Unmarshal([]byte(get(t, start(t, o)+environment+"/transactions/mp1-12575-7-1/curl").text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// Secrets are variables in double quotes between the words' own quotes, whatever stands around them.
func TestTheScriptHasVariablesWhereSecretsWere(t *testing.T) {
	shell := tool(t, "bash")
	s := scriptOf(t, "Authorization: Bearer s3cret", "X-Odd: \x01'a' token=s3cret b", "X-Api-Key: s3cret")
	want := []string{"APIKEY", "SECRET_2", "AUTHORIZATION", "TOKEN", "X_API_KEY", "PASSWORD"}
	if !slices.Equal(s.Variables, want) || len(s.Notes) != 0 {
		t.Errorf("variables %q, notes %q", s.Variables, s.Notes)
	}
	if strings.Contains(s.Command, "s3cret") || strings.Contains(s.Command, masked) {
		t.Errorf("%s", s.Command)
	}
	assignments := "curl() { printf '<%s>' \"$@\"; }\n"
	for _, name := range s.Variables {
		assignments += name + "='it'\\''s \"'\n"
	}
	out, err := exec.Command(shell, "-c", assignments+s.Command).Output()
	for _, word := range []string{`?apikey=it's "&a=1&user[password]=it's ">`, `<Authorization: it's ">`, "<X-Odd: \x01'a' token=it's \" b>",
		`<{"password":"it's "","n":'1'}>`} {
		if err != nil || !strings.Contains(string(out), word) {
			t.Errorf("%s\nbecomes %q, %v; without %q", s.Command, out, err, word)
		}
	}
}

func TestAScriptWithoutSecretsIsTheCommandItself(t *testing.T) {
	r := curl(gatewayURL, session.Message{Verb: "GET", URI: "/a?x=1", Headers: []session.Property{{Name: "X", Value: "it's"}}})
	if s := script(r); s.Command != r.Command || len(s.Variables) != 0 {
		t.Errorf("%+v from %+v", s, r)
	}
}

func TestTheProcessTellsAboutItself(t *testing.T) {
	o := options()
	o.About = func() About { return About{Version: "1.2.3", PID: 7, SystemLog: "-"} }
	o.Settings = func(api string, revision int) []byte {
		if api != "orders" || revision != 3 {
			return nil
		}
		return []byte("proxies: []\n")
	}
	base := start(t, o)
	var a About
	if err := json.Unmarshal([]byte(get(t, base+"/v1/runtime/about").text), &a); err != nil || a.Version != "1.2.3" ||
		a.Organization != "acme" || a.Environment != "test" || a.Gateway != gatewayURL {
		t.Errorf("%+v %v", a, err)
	}
	if r := get(t, base+environment+"/apis/orders/revisions/3/settings"); r.text != "proxies: []\n" || r.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%s %v", r.text, r.Header)
	}
	for _, path := range []string{"/apis/orders/revisions/12/settings", "/apis/nobody/revisions/1/settings"} {
		if r := get(t, base+environment+path); r.StatusCode != 404 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	silent := start(t, options())
	if r := get(t, silent+environment+"/apis/orders/revisions/3/settings"); r.StatusCode != 404 || refusal(t, r) != noResource {
		t.Errorf("nothing told: %s", r.Status)
	}
	if r := get(t, silent+"/v1/runtime/about"); r.StatusCode != 200 || !strings.Contains(r.text, `"organization":"acme"`) {
		t.Errorf("nothing told: %s %s", r.Status, r.text)
	}
}

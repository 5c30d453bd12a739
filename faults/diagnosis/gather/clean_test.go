package gather

import (
	"encoding/json"
	"strings"
	"testing"
)

// planted stands where a secret was put; nothing of an archive may hold it.
const planted = "pl4nted"

func TestTextIsCleanedLineByLine(t *testing.T) {
	for _, text := range []string{"Authorization: Bearer " + planted, "GET /a?apikey=" + planted + "&b=1", "http://joe:" + planted + "@h/",
		"Set-Cookie: id=" + planted, "password=" + planted, `token="` + planted,
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE" + planted + "\nmore" + planted + "\n-----END RSA PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\n" + planted} {
		got := string(cleanText([]byte("before\n" + text + "\nafter\n")))
		if strings.Contains(got, planted) || !strings.HasPrefix(got, "before\n") {
			t.Errorf("%q became %q", text, got)
		}
		if !strings.HasPrefix(text, "-----BEGIN PRIVATE KEY") && !strings.HasSuffix(got, "\nafter\n") {
			t.Errorf("%q took the next line with it: %q", text, got)
		}
	}
}

func TestJSONStaysJSONWhenItIsCleaned(t *testing.T) {
	for in, want := range map[string]string{
		`{"password":123,"n":1.50}`: `{"password":"*****","n":1.50}`,
		`[{"name":"Authorization","value":"pl4nted"},{"name":"X","value":"y"}]`: `[{"name":"Authorization","value":"*****"},{"name":"X","value":"y"}]`,
		`{"target":"https://h/x?apikey=pl4nted","rev":"1"}`:                     `{"target":"https://h/x?apikey=*****","rev":"1"}`,
		`{"tokens":{"a":["pl4nted"]},"x":"<&>"}`:                                `{"tokens":"*****","x":"<&>"}`,
		`{"apikey":null,"deep":[{"secret":true}]}`:                              `{"apikey":"*****","deep":[{"secret":"*****"}]}`,
		`{"url":"http://joe:pl4nted@h/","big":12345678901234567}`:               `{"url":"http://*****@h/","big":12345678901234567}`,
	} {
		got := cleanJSON([]byte(in))
		var gotValue, wantValue any
		if json.Unmarshal(got, &gotValue) != nil || json.Unmarshal([]byte(want), &wantValue) != nil {
			t.Fatalf("%s became no JSON: %s", in, got)
		}
		if a, b := canonical(gotValue), canonical(wantValue); a != b {
			t.Errorf("%s\nbecame %s\nwant   %s", in, a, b)
		}
	}
	if got := string(cleanJSON([]byte(`{"password":"pl4nted`))); strings.Contains(got, planted) {
		t.Errorf("what is cut off is shown: %s", got)
	}
}

func canonical(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestALogLineKeepsItsFormWhenItIsCleaned(t *testing.T) {
	const line = `2026-11-22 10:15:42,330  org:acme env:test api:orders rev:3 messageid:mp1-12575-7-1 NIOThread@1 ERROR HTTP.CLIENT - text`
	if got := cleanLine(line); got != line {
		t.Errorf("%q", got)
	}
	if got := cleanLine(`{"level":"ERROR","message":"GET /a?token=pl4nted"}`); got != `{"level":"ERROR","message":"GET /a?token=*****"}` {
		t.Errorf("%q", got)
	}
}

func TestAConfigurationKeepsItsSwitchesAndLosesItsSecrets(t *testing.T) {
	const text = `management:
  username: admin
  password_file: /run/secrets/management
  password: pl4nted
  token: |
    pl4nted
    pl4nted

    pl4nted
  secrets:
    - pl4nted
  after: stays
capture: {on_fault: true, tls_secrets: true}
sessions:
  keep_secrets: false # a switch
  tls_secrets: true
alerts:
  - name: a
    webhook: https://joe:pl4nted@hooks.example.com/x?token=pl4nted
    - password: # of old
        pl4nted
    "api_key": 'pl4nted'
    pin: 123456
forward_proxy: {url: "http://joe:pl4nted@proxy:3128", tunnel: false}
# password: pl4nted
-----BEGIN EC PRIVATE KEY-----
pl4nted
-----END EC PRIVATE KEY-----
last: line
`
	got := string(cleanYAML([]byte(text)))
	if strings.Contains(got, planted) || strings.Contains(got, "123456") {
		t.Errorf("a secret is left:\n%s", got)
	}
	for _, want := range []string{"password_file: /run/secrets/management\n", "  tls_secrets: true\n", "  after: stays\n", "on_fault: true",
		"tunnel: false", "last: line\n", "  username: admin\n", "- name: a\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is gone:\n%s", want, got)
		}
	}
}

func TestWhatCannotBeSeenIsShownAsASign(t *testing.T) {
	if got := visible("a\x1b[2J\r\u202eb\tc\n"); got != "a␛[2J␍\ufffdb\tc\n" {
		t.Errorf("%q", got)
	}
}

// Cleaning neither panics nor leaves a secret that stands alone on its line.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"a: b\n", "{\"a\":1}", "password:\n  x\n", "- - token: |\n  x", "-----BEGIN PRIVATE KEY-----", "{", "[[[", "\xff:"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if strings.Contains(string(text), planted) || strings.Contains(string(text), "PRIVATE KEY") {
			t.Skip()
		}
		line := append(append([]byte{}, text...), "\npassword: "+planted+"\n"...)
		for name, got := range map[string][]byte{"text": cleanText(line), "yaml": cleanYAML(line), "json": cleanJSON(line)} {
			if strings.Contains(string(got), planted) {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

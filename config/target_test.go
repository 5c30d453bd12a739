package config

import (
	"strings"
	"testing"
)

func TestURLsBecomeHostPortPathAndQuery(t *testing.T) {
	type parts struct {
		Host        string
		Port        int
		Secure      bool
		Path, Query string
	}
	for url, want := range map[string]parts{
		"http://h":                        {Host: "h", Port: 80},
		"http://h/":                       {Host: "h", Port: 80},
		"https://h":                       {Host: "h", Port: 443, Secure: true},
		"HTTP://H:8080/Api":               {Host: "h", Port: 8080, Path: "/Api"},
		"http://h/api/":                   {Host: "h", Port: 80, Path: "/api"},
		"http://h/a%2Fb":                  {Host: "h", Port: 80, Path: "/a%2Fb"},
		"http://h?x=1":                    {Host: "h", Port: 80, Query: "x=1"},
		"http://h/a?x=%2F&y":              {Host: "h", Port: 80, Path: "/a", Query: "x=%2F&y"},
		"http://127.0.0.1:1":              {Host: "127.0.0.1", Port: 1},
		"https://[::1]":                   {Host: "::1", Port: 443, Secure: true},
		"http://[2001:DB8::1]:65535/a":    {Host: "2001:db8::1", Port: 65535, Path: "/a"},
		"http://xn--bcher-kva.example":    {Host: "xn--bcher-kva.example", Port: 80},
		"http://my_service.internal.:80/": {Host: "my_service.internal.", Port: 80},
		"http://1and1.example":            {Host: "1and1.example", Port: 80},
	} {
		got := mustParse(t, targetYAML(`"`+url+`"`), Overrides{}).Proxies[0].Target
		equal(t, want, parts{got.Host, got.Port, got.Secure, got.Path, got.Query})
	}
}

func TestAPlainTargetHasNoTLSSettings(t *testing.T) {
	g := mustParse(t, targetYAML("http://h", "tls: {}")+"defaults: {tls: {verify: none}}\n", Overrides{})
	equal(t, TLS{}, g.Proxies[0].Target.TLS)
}

func TestMessagesAboutURLsNeverRepeatAPassword(t *testing.T) {
	for _, url := range []string{
		"http://admin:hunter2@h", "http://admin:hunter2@h:x", "ftp://admin:hunter2@h", "http://admin:hunter2 @h",
		"http://admin:hunter2", "http://admin:hunter2@h#", "http://ad[min:hunter2@h", "http://admin:hunter2@[::1",
	} {
		problems := problemsOf(t, targetYAML(`"`+url+`"`), Overrides{})
		if len(problems) != 1 || strings.Contains(problems[0], "hunter2") {
			t.Errorf("%s: %v", url, problems)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"http://h:80/a?b", "https://[::1]:1", "http://a@b", "http://h/%2e", "//h", "http://é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if targetRule.flaw(s) != "" {
			return
		}
		var target Target
		target.setURL(s)
		if hostFlaw(target.Host) != "" || target.Port < 1 || target.Port > 65535 {
			t.Errorf("%q: host %q, port %d", s, target.Host, target.Port)
		}
		if target.Path != "" && target.Path[0] != '/' || strings.ContainsAny(target.Path+target.Query, " \r\n#") {
			t.Errorf("%q: path %q, query %q", s, target.Path, target.Query)
		}
	})
}

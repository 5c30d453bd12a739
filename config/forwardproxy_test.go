package config

import (
	"strings"
	"testing"
)

func TestAForwardProxyIsHostPortAndCredentials(t *testing.T) {
	for url, want := range map[string]ForwardProxy{
		`""`:                                   {Tunnel: true},
		"http://Proxy.Example:3128":            {Host: "proxy.example", Port: 3128, Tunnel: true},
		"http://proxy/":                        {Host: "proxy", Port: 80, Tunnel: true},
		`"http://[::1]:8080"`:                  {Host: "::1", Port: 8080, Tunnel: true},
		"http://Aladdin:open%20sesame@proxy:1": {Host: "proxy", Port: 1, Authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Tunnel: true},
		"http://Aladdin@proxy:1":               {Host: "proxy", Port: 1, Authorization: "Basic QWxhZGRpbjo=", Tunnel: true},
		`"http://a:b:c@proxy:1"`:               {Host: "proxy", Port: 1, Authorization: "Basic YTpiOmM=", Tunnel: true},
	} {
		equal(t, want, mustParse(t, targetYAML("http://h")+"forward_proxy: {url: "+url+"}\n", Overrides{}).ForwardProxy)
	}
}

func TestARefusedForwardProxyKeepsItsPassword(t *testing.T) {
	for _, url := range []string{
		"https://user:hunter2@proxy:1", "http://user:hunter2@proxy:1/path", "http://user:hunter2@", "http://user:hunter2@proxy:99999",
		"http://user:hunter2^@proxy", "http://user:hunter2%zz@proxy", "http://us%3Aer:hunter2@proxy", "hunter2", "http://user:hunter2@-",
	} {
		problems := problemsOf(t, targetYAML("http://h")+"forward_proxy: {url: "+url+"}\n", Overrides{})
		if len(problems) != 1 || strings.Contains(problems[0], "hunter2") || !strings.Contains(problems[0], " forward_proxy.url: ") {
			t.Errorf("%s: %v", url, problems)
		}
	}
}

package proxy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const manyProxies = `
proxies:
  - {name: root, base_path: /, target: {url: "http://127.0.0.1:1"}}
  - {name: v1, base_path: /v1, target: {url: "http://127.0.0.1:1/api/"}}
  - {name: orders, base_path: /v1/orders, target: {url: "http://127.0.0.1:80/a%2Fb?k=v"}}
  - {name: deep, base_path: /a/b/c/d, target: {url: "https://[::1]:443"}}
`

// TestTheLongestBasePathServes looks routes up and renders what the target would be asked for.
func TestTheLongestBasePathServes(t *testing.T) {
	r := newRoutes(parse(t, []byte(manyProxies)), nil, nil)
	for path, want := range map[string]string{
		"/":                  "root /",
		"*":                  "root *",
		"/x":                 "root /x",
		"/?x=/v1":            "root /?x=/v1",
		"//v1":               "root //v1",
		"/V1":                "root /V1",
		"/v1x":               "root /v1x",
		"/v1%2Forders":       "root /v1%2Forders",
		"/v1":                "v1 /api",
		"/v1/":               "v1 /api/",
		"/v1?x":              "v1 /api?x",
		"/v1/x/orders":       "v1 /api/x/orders",
		"/v1/ordersX":        "v1 /api/ordersX",
		"/v1//orders":        "v1 /api//orders",
		"/v1/orders":         "orders /a%2Fb?k=v",
		"/v1/orders?":        "orders /a%2Fb?&k=v",
		"/v1/orders/7?a=b":   "orders /a%2Fb/7?a=b&k=v",
		"/a/b/c":             "root /a/b/c",
		"/a/b/c/d":           "deep /",
		"/a/b/c/d?x":         "deep /?x",
		"/a/b/c/d/e/f/g/h//": "deep /e/f/g/h//",
	} {
		found := r.match([]byte(path))
		if found == nil {
			t.Errorf("%s: no route", path)
			continue
		}
		if got := found.api.Name + " " + string(found.appendTargetPath(nil, []byte(path))); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestHostFieldOmitsThePortOfItsScheme(t *testing.T) {
	for url, want := range map[string]string{
		"http://orders.test": "orders.test", "http://orders.test:80": "orders.test", "http://orders.test:443": "orders.test:443",
		"https://orders.test:443/x": "orders.test", "https://orders.test:80": "orders.test:80", "https://[::1]": "[::1]",
		"https://[::1]:8443": "[::1]:8443", "http://127.0.0.1:8080": "127.0.0.1:8080",
	} {
		c := setup{target: url}.config(t)
		target := c.Proxies[0].Target
		if got := hostField(target.Host, target.Port, target.Secure); got != want {
			t.Errorf("%s: Host %s, want %s", url, got, want)
		}
	}
}

func TestPathsThatStayBelowTheBasePath(t *testing.T) {
	for _, suffix := range []string{
		"", "/", "/a/..", "/a/../", "/a/b/../../c", "/.", "/./", "/...", "/..a", "/a..", "/.a/..", "?/../..", "/a?/../..", "/%2e", "/a/%2e%2e",
		"/..%252f", "/a;/..", "/;/..", "/%2f", "/..%00",
	} {
		if climbs([]byte(suffix)) {
			t.Errorf("%s is refused", suffix)
		}
	}
}

// TestALongPathCostsNoMoreThanItsLength guards against a lookup for each of thousands of slashes.
func TestALongPathCostsNoMoreThanItsLength(t *testing.T) {
	var yaml strings.Builder
	yaml.WriteString("proxies:\n")
	for i := range 1000 {
		fmt.Fprintf(&yaml, "  - {name: p%d, base_path: /v1/p%d, target: {url: \"http://127.0.0.1:1\"}}\n", i, i)
	}
	r := newRoutes(parse(t, []byte(yaml.String())), nil, nil)
	path := []byte("/v1/p999" + strings.Repeat("/", 7000))
	began := time.Now()
	for range 1000 {
		if r.match(path).api.Name != "p999" {
			t.Fatal("another route")
		}
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("1,000 lookups took %v", took)
	}
}

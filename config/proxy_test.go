package config

import "testing"

func TestBasePathsAreNormalised(t *testing.T) {
	for written, want := range map[string]string{
		"/": "/", "/v1": "/v1", "/v1/": "/v1", "/v1/orders": "/v1/orders", "/a.b/~c/d;e=f,g:h@i": "/a.b/~c/d;e=f,g:h@i",
		"/...": "/...",
	} {
		equal(t, "", basePathRule.flaw(written))
		equal(t, want, normalBasePath(written))
	}
}

func TestBasePathsThatCannotBeComparedAreRefused(t *testing.T) {
	for _, path := range []string{
		"", "v1", "*", "/v1/*/x", "/a b", "/a?b", "/a#b", "/a%2Fb", "/a//b", "//", "/.", "/..", "/a/./b", "/a/..", "/é", "/a\tb",
		"/a\\b", "http://h/a", "/{id}", "/a\x00",
	} {
		if basePathRule.flaw(path) == "" {
			t.Errorf("%q accepted", path)
		}
	}
}

func TestRevisionAndBasePathHaveTheDefaultsOfTheOriginal(t *testing.T) {
	p := mustParse(t, targetYAML("http://h"), Overrides{}).Proxies[0]
	equal(t, 1, p.Revision)
	equal(t, "/", p.BasePath)
}

func TestRevisionsOfOneProxyLiveSideBySide(t *testing.T) {
	g := mustParse(t, `
proxies:
  - {name: orders, revision: 1, base_path: /v1, target: {url: "http://h"}}
  - {name: orders, revision: 2, base_path: /v2, target: {url: "http://h"}}
`, Overrides{})
	equal(t, 2, len(g.Proxies))
}

func TestARefusedValueClaimsNothing(t *testing.T) {
	equal(t, 2, len(problemsOf(t, `
proxies:
  - {name: a, base_path: wrong, target: {url: "http://h"}}
  - {name: a, base_path: /, revision: 0, target: {url: "http://h"}}
`, Overrides{})))
}

package config

import (
	"strings"
	"testing"
)

func TestTheOrderOfKeysDoesNotMatter(t *testing.T) {
	sections := []string{
		"organization: umbrella\n",
		"defaults: {io_timeout: 7s, tls: {verify: none}}\n",
		"proxies: [{target: {tls: {server_name: x}, url: \"https://h\"}, name: a}]\n",
		"lab: [{does: healthy, name: a}]\n",
	}
	want := mustParse(t, strings.Join(sections, ""), Overrides{})
	for i := range sections {
		got := mustParse(t, strings.Join(append(sections[i:len(sections):len(sections)], sections[:i]...), ""), Overrides{})
		got.Lab[0].Line = want.Lab[0].Line
		equal(t, want, got)
	}
}

func TestJSONIsYAML(t *testing.T) {
	g := mustParse(t, `{"organization": "umbrella", "proxies": [{"name": "a", "target": {"url": "http://h"}}]}`, Overrides{})
	equal(t, "umbrella", g.Organization)
	equal(t, 1, len(g.Proxies))
}

func TestASectionWithoutValueIsAnEmptySection(t *testing.T) {
	for _, section := range []string{
		"management", "system_log", "tracing", "sessions", "capture", "forward_proxy", "alerts", "compatibility", "defaults",
		"limits", "proxies", "lab",
	} {
		g := mustParse(t, section+":\n", Overrides{})
		g.Warnings = nil
		equal(t, standardGateway(), g)
	}
	equal(t, "a", mustParse(t, targetYAML("http://h", "streaming:", "tls:", "servers:", "load_balancer:")+
		"organization: a\n", Overrides{}).Organization)
}

func TestAKeyInTwoPlacesIsNoDuplicate(t *testing.T) {
	g := mustParse(t, "listen: :1\nmanagement: {listen: \"127.0.0.1:2\"}\n", Overrides{})
	equal(t, ":1 127.0.0.1:2", g.Listen+" "+g.Management.Listen)
}

func TestOnlyTheFirstOfTwoEqualKeysCounts(t *testing.T) {
	equal(t, []string{"f:2: listen: is given twice, first in line 1; allowed: each key once"},
		problemsOf(t, "listen: :1\nlisten: nonsense\n", Overrides{}))
}

func TestKeysThatAreNotTextAreRefused(t *testing.T) {
	for _, text := range []string{"1: a", "true: a", "1.5: a", "~: a", "? [a]\n: b", "? {a: b}\n: c", "<<: {listen: \":1\"}", "!key listen: a"} {
		problems := problemsOf(t, text+"\n", Overrides{})
		if len(problems) != 1 || !strings.Contains(problems[0], "has a key that is not text; allowed: text") {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func TestProblemsOfListItemsCarryTheirIndexAndLine(t *testing.T) {
	equal(t, []string{
		"f:3: lab[0].seed: is \"x\"; allowed: a whole number from -9223372036854775808 to 9223372036854775807",
		"f:5: lab[1].name: is missing; allowed: " + nameRule.allowed,
		"f:7: lab[2]: is a list; allowed: a mapping of keys",
	}, problemsOf(t, "lab:\n  - {name: a, does: b,\n     seed: x}\n\n  - does: b\n\n  - [a]\n", Overrides{}))
}

func TestAMissingKeyIsReportedWhereItsMappingBegins(t *testing.T) {
	equal(t, []string{
		"f:2: proxies[0].target: is missing; allowed: a mapping with a url",
		"f:4: proxies[1].name: is missing; allowed: " + nameRule.allowed,
		"f:5: proxies[1].target.url: is missing; allowed: " + urlAllowed,
	}, problemsOf(t, "proxies:\n  - name: a\n    base_path: /a\n  - base_path: /b\n    target:\n      io_timeout: 1s\n", Overrides{}))
}

func TestKeysThatCouldHideInAPathAreQuoted(t *testing.T) {
	for key, want := range map[string]string{
		"plain": "a.plain", "with.dot": "a.with.dot", "with blank": `a."with blank"`, "": `a.""`, "line\nbreak": `a."line\nbreak"`,
		"a: b": `a."a: b"`, "[0]": `a."[0]"`,
	} {
		equal(t, want, join("a", key))
	}
	equal(t, "plain", join("", "plain"))
}

func TestOneMistakeIsOneProblem(t *testing.T) {
	for _, text := range []string{
		"proxies: orders\n", "proxies: [orders]\n", "proxies: [{name: a, target: http://h}]\n",
		"proxies: [{name: a, target: {url: nonsense, tls: {verify: none}}}]\n",
		"proxies: [{name: a, base_path: 5, target: {url: \"http://h\"}}, {name: b, target: {url: \"http://h\"}}]\n",
		"lab: [{name: a, does: 5}]\n",
		"management: secret\n", "defaults: {tls: full}\n", "system_log: {path: [a]}\n", "listen: 5\n",
		targetYAML("https://h", "tls: {min_version: \"1.4\"}"), targetYAML("https://h", "load_balancer: {algorithm: Random}"),
		targetYAML("http://h", "tls: {verify: nonsense}"),
	} {
		if problems := problemsOf(t, text, Overrides{}); len(problems) != 1 {
			t.Errorf("%s%s", text, strings.Join(problems, "\n"))
		}
	}
}

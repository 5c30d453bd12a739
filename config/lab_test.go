package config

import (
	"strings"
	"testing"
)

func TestLabEntriesKeepTheirOrderAndTheirLines(t *testing.T) {
	g := mustParse(t, "lab:\n  - name: b\n    does: tls-silent\n  - name: a\n    does: anything at all\n    seed: -3\n", Overrides{})
	equal(t, []Lab{{Name: "b", Does: "tls-silent", Line: 3}, {Name: "a", Does: "anything at all", Line: 5, Seed: -3}}, g.Lab)
}

func TestAMixedLabEntryIsReadWithItsLines(t *testing.T) {
	const file = `lab:
  - name: outage
    does: healthy
    seed: 9
    share:
      tls-silent: 5%
      tls-reset: "0.5%"
    schedule:
      - "at 10s: tls-silent for 30s"
      - 'at 1m30s: status-503'
    set:
      tls-slow.delay: 5s
      big-line.bytes: 3000
`
	g := mustParse(t, file, Overrides{})
	equal(t, []Lab{{
		Name: "outage", Does: "healthy", Line: 3, Seed: 9,
		Share:    map[string]string{"tls-silent": "5%", "tls-reset": "0.5%"},
		Schedule: []string{"at 10s: tls-silent for 30s", "at 1m30s: status-503"},
		Set:      map[string]string{"tls-slow.delay": "5s", "big-line.bytes": "3000"},
		Lines: map[string]int{"share.tls-silent": 6, "share.tls-reset": 7, "schedule[0]": 9, "schedule[1]": 10,
			"set.tls-slow.delay": 12, "set.big-line.bytes": 13},
	}}, g.Lab)
}

func TestTheShapeOfAMixedLabEntryIsChecked(t *testing.T) {
	const step = `allowed: a text in quotes like "at 10s: tls-silent for 30s" or "at 1m: healthy"`
	for setting, want := range map[string]string{
		"share: {tls-silent: 5}":                  "share.tls-silent: is the number 5, which is text only in quotes; allowed: a part of",
		"share: {tls-silent: half}":               `share.tls-silent: is "half"; allowed: a part of the connections above 0%`,
		"share: {tls-silent: 0%}":                 `share.tls-silent: is "0%"`,
		"share: {tls-silent: NaN%}":               `share.tls-silent: is "NaN%"`,
		"share: {tls-silent: 100.1%}":             `share.tls-silent: is "100.1%"`,
		"share: {tls-silent: 60%, tls-slow: 41%}": "share: adds up to more than 100%; allowed: up to 100%",
		"share: [tls-silent]":                     "share: is a list; allowed: a mapping of keys",
		"schedule: {at 10s: tls-silent}":          "schedule: is a mapping; allowed: a list",
		"schedule: [at 10s: tls-silent]":          "schedule[0]: is a mapping; " + step,
		"schedule: ['at ten: healthy']":           `schedule[0]: begins at "ten"; ` + step,
		"schedule: ['at -1s: healthy']":           `schedule[0]: begins at "-1s"`,
		"schedule: ['at 1s: healthy for 0s']":     `schedule[0]: lasts for "0s"`,
		"schedule: ['at 1s: healthy for']":        `schedule[0]: is "at 1s: healthy for"`,
		"schedule: ['10s: healthy']":              `schedule[0]: is "10s: healthy"`,
		"set: tls-slow.delay":                     `set: is "tls-slow.delay"; allowed: a mapping of keys`,
		"set: {tls-slow: {delay: 5s}}":            "set.tls-slow: is no name of a knob; allowed: BEHAVIOUR.KNOB",
		"set: {tls-slow.delay: [5s]}":             "set.tls-slow.delay: is a list; allowed: a duration such as 250ms, or a whole number",
		"set: {tls-slow.delay: }":                 "set.tls-slow.delay: is empty",
		"share: {tls-silent: 10%, tls-slow: 90%}": "",
		"share: {}\n    schedule:\n    set:":      "",
	} {
		problems := problemsOf(t, "lab:\n  - name: a\n    does: healthy\n    "+setting+"\n", Overrides{})
		switch {
		case want == "" && len(problems) > 0:
			t.Errorf("%s: %v", setting, problems)
		case want != "" && (len(problems) != 1 || !strings.HasPrefix(problems[0], "f:4: lab[0]."+want)):
			t.Errorf("%s: %v", setting, problems)
		}
	}
}

func TestProxiesMustNotStandWhereTheLabWillBe(t *testing.T) {
	const lab = "lab: [{name: outage, does: healthy}]\n"
	for proxy, clash := range map[string]bool{
		"{name: lab-outage, base_path: /x, target: {url: 'http://h'}}":              true,
		"{name: lab-outage, revision: 2, base_path: /x, target: {url: 'http://h'}}": false,
		"{name: x, base_path: /lab/outage/, target: {url: 'http://h'}}":             true,
		"{name: x, base_path: /lab/outages, target: {url: 'http://h'}}":             false,
		"{name: x, base_path: /lab, target: {url: 'http://h'}}":                     false,
	} {
		problems := problemsOf(t, lab+"proxies:\n  - "+proxy+"\n", Overrides{})
		if (len(problems) == 1 && strings.HasPrefix(problems[0], "f:1: lab[0].name: ")) != clash {
			t.Errorf("%s: %v", proxy, problems)
		}
	}
}

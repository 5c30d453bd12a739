package config

import (
	"encoding/json"
	"testing"
)

func TestProblemsPrintInTheFormThatToolsRead(t *testing.T) {
	for want, p := range map[string]Problem{
		"a.yaml:3: b.c[0]: is wrong; allowed: right": {"a.yaml", 3, "b.c[0]", "is wrong; allowed: right"},
		"a.yaml:3: is no YAML; allowed: YAML":        {"a.yaml", 3, "", "is no YAML; allowed: YAML"},
		"--listen: is wrong; allowed: right":         {"--listen", 0, "", "is wrong; allowed: right"},
	} {
		equal(t, want, p.String())
	}
}

func TestProblemsAreSortedByLineAndKeepTheirOrderWithinOne(t *testing.T) {
	p := Problems{{"f", 9, "c", "m"}, {"f", 2, "b", "m"}, {"--x", 0, "", "m"}, {"f", 2, "a", "m"}, {"--y", 0, "", "m"}}
	equal(t, "--x: m\n--y: m\nf:2: b: m\nf:2: a: m\nf:9: c: m", p.sorted().Error())
}

func TestProblemsHaveStableJSONKeys(t *testing.T) {
	got, err := json.Marshal(Problem{"f", 1, "k", "m"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, `{"file":"f","line":1,"key":"k","message":"m"}`, string(got))
}

func TestWarningsAreSortedToo(t *testing.T) {
	g := mustParse(t, `
management: {listen: ":1"}
capture: {tls_secrets: true}
alerts: [{name: a, environment: b, conditions: [{metric: count, threshold: 1, durationSeconds: 60, comparator: ">"}]}]
`, Overrides{})
	var lines []int
	for _, w := range g.Warnings {
		lines = append(lines, w.Line)
	}
	equal(t, []int{1, 2, 3, 4}, lines)
}

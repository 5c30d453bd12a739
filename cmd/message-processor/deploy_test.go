package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"message-processor/faults"
)

const deployed = "../../deploy"

// rule is an alerting or recording rule of deploy/prometheus.
type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

func rulesOf(t *testing.T, name string) (rules []rule) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployed, "prometheus", name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		rules = append(rules, g.Rules...)
	}
	if len(rules) < 5 {
		t.Fatalf("%d rules in %s", len(rules), name)
	}
	return rules
}

func TestEveryClassOfFaultHasOneAlertThatLeadsToItsPage(t *testing.T) {
	alerts := rulesOf(t, "alerts.yml")
	pages := map[string]faults.Fault{}
	for _, f := range faults.All() {
		pages["docs/faults.md#"+string(f.ID)] = f
	}
	type class struct{ code, source string }
	covered := map[class]int{}
	for _, a := range alerts {
		runbook := a.Annotations["runbook_url"]
		if f, known := pages[runbook]; known && a.Labels["fault_code"] != "" {
			covered[class{f.TraceCode, f.Source}]++
			if want := fmt.Sprintf("{apigee_fault_code=%q,apigee_fault_source=%q}", f.TraceCode, f.Source); !strings.Contains(a.Expr, want) || a.Labels["fault_code"] != f.TraceCode {
				t.Errorf("%s leads to %s but counts %s", a.Alert, runbook, a.Expr)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) || a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s has labels %v and annotations %v", a.Alert, a.Labels, a.Annotations)
		}
		hasAnchor(t, runbook)
	}
	for _, f := range faults.All() {
		if n := covered[class{f.TraceCode, f.Source}]; f.Produced && f.ID != faults.ErrorResponseCode && n != 1 {
			t.Errorf("%d alerts for %s of source %s", n, f.TraceCode, f.Source)
		}
	}
}

// hasAnchor expects a file of this project and, behind the #, one of its headings.
func hasAnchor(t *testing.T, link string) {
	t.Helper()
	path, anchor, _ := strings.Cut(link, "#")
	text, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Error(err)
		return
	}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		if strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-") == anchor {
			return
		}
	}
	t.Errorf("%s has no heading #%s", path, anchor)
}

func TestPromtoolAcceptsTheRulesAndTheirTestsPass(t *testing.T) {
	promtool, amtool := component(t, "promtool"), component(t, "amtool")
	in := func(args ...string) {
		t.Helper()
		command := exec.Command(args[0], args[1:]...)
		command.Dir = filepath.Join(deployed, "prometheus")
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	in(promtool, "check", "rules", "alerts.yml", "recording.yml")
	in(promtool, "check", "config", "prometheus.yml")
	in(promtool, "test", "rules", "alerts_test.yml")
	in(amtool, "check-config", "alertmanager.yml")
}

func TestEveryAlertHasATest(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(deployed, "prometheus", "alerts_test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range rulesOf(t, "alerts.yml") {
		if !strings.Contains(string(text), "alertname: "+a.Alert+"\n        exp_alerts:\n          - exp_labels:") {
			t.Errorf("no test makes %s fire", a.Alert)
		}
	}
}

// dashboardQueries are the queries of the Grafana dashboards, with a value for each variable, by panel.
func dashboardQueries(t *testing.T) map[string]string {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(deployed, "grafana", "*.json"))
	if len(paths) == 0 {
		t.Fatal("no dashboards")
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h", "$job", ".*", "$environment", ".*", "$api", ".*")
	found := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var dashboard struct {
			Templating struct {
				List []struct{ Name, Query string }
			}
			Panels []struct {
				Type, Title string
				Targets     []struct{ RefID, Expr string }
			}
		}
		if err := json.Unmarshal(text, &dashboard); err != nil {
			t.Fatal(err)
		}
		for _, v := range dashboard.Templating.List {
			if metric, isQuery := strings.CutPrefix(v.Query, "label_values("); isQuery {
				found[path+" $"+v.Name] = "count by (" + strings.Split(strings.TrimSuffix(metric, ")"), ", ")[1] + ") (" + strings.Split(metric, ",")[0] + ")"
			}
		}
		for _, p := range dashboard.Panels {
			if len(p.Targets) == 0 && p.Type != "row" {
				t.Errorf("%s: panel %q shows nothing", path, p.Title)
			}
			for _, target := range p.Targets {
				found[path+" "+p.Title+" "+target.RefID] = variables.Replace(target.Expr)
			}
		}
	}
	return found
}

func TestTheQueriesOfTheDashboardsParse(t *testing.T) {
	promtool := component(t, "promtool")
	type record struct{ Record, Expr string }
	var rules []record
	for _, expr := range dashboardQueries(t) {
		rules = append(rules, record{fmt.Sprintf("query:number%d", len(rules)), expr})
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "queries", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	toEnd(t, promtool, "check", "rules", write(t, filepath.Join(t.TempDir(), "queries.yml"), string(text)))
}

var (
	promStrings    = regexp.MustCompile(`"[^"]*"`)
	promMatchers   = regexp.MustCompile(`\{[^}]*\}`)
	promRanges     = regexp.MustCompile(`\[[^\]]*\]`)
	promGrouping   = regexp.MustCompile(`\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	promWord       = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*(\s*\()?`)
	promMatchLabel = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)\s*[!=]`)
)

// namesIn finds the metrics and the labels that a PromQL expression names.
func namesIn(expr string) (metrics, labels []string) {
	expr = promStrings.ReplaceAllString(expr, `""`)
	for _, m := range promMatchers.FindAllString(expr, -1) {
		for _, label := range promMatchLabel.FindAllStringSubmatch(m, -1) {
			labels = append(labels, label[1])
		}
	}
	for _, g := range promGrouping.FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(g[1], ",") {
			labels = append(labels, strings.TrimSpace(label))
		}
	}
	for _, gone := range []*regexp.Regexp{promMatchers, promRanges, promGrouping} {
		expr = gone.ReplaceAllString(expr, " ")
	}
	for _, word := range promWord.FindAllString(expr, -1) {
		if !strings.HasSuffix(word, "(") && !slices.Contains([]string{"and", "or", "unless", "bool", "offset"}, word) {
			metrics = append(metrics, word)
		}
	}
	return metrics, labels
}

func TestRulesAndDashboardsAskOnlyForWhatThereIs(t *testing.T) {
	t.Parallel()
	p := serving(t, "--handshake-timeout", "1s")
	for _, path := range []string{"/lab/healthy", "/lab/tls-silent", "/lab/connect-refused", "/lab/status-503"} {
		mustGet(t, p.gateway+path)
	}
	eventually(t, "all are counted", func() bool {
		return total(t, metricsPage(t, p), "http_server_request_duration_seconds_count") == 4
	})
	page := metricsPage(t, p)
	names := append(metricNames(page), "up", "ALERTS")
	labels := []string{"job", "instance", "alertstate", "otel_metric_overflow"}
	for _, match := range regexp.MustCompile(`[{,]([a-z_]+)="`).FindAllStringSubmatch(page, -1) {
		labels = append(labels, match[1])
	}
	queries := dashboardQueries(t)
	for _, r := range append(rulesOf(t, "recording.yml"), rulesOf(t, "alerts.yml")...) {
		queries[r.Alert+r.Record] = r.Expr
		if r.Record != "" {
			names = append(names, r.Record)
		}
	}
	for where, expr := range queries {
		metrics, asked := namesIn(expr)
		if len(metrics) == 0 {
			t.Errorf("%s asks for nothing: %s", where, expr)
		}
		for _, name := range metrics {
			if !slices.Contains(names, name) {
				t.Errorf("%s: there is no metric %s", where, name)
			}
		}
		for _, label := range asked {
			if !slices.Contains(labels, label) {
				t.Errorf("%s: there is no label %s", where, label)
			}
		}
	}
}

// The units are well-formed, and name the listeners as the gateway looks for them.
func TestTheUnitsAreTakenBySystemd(t *testing.T) {
	dir := t.TempDir()
	units, err := filepath.Glob(filepath.Join(deployed, "systemd", "*"))
	if err != nil || len(units) != 3 {
		t.Fatal(units, err)
	}
	verify := []string{"verify"}
	var all string
	for _, unit := range units {
		text := read(t, unit)
		all += text
		// verify looks for the program, which is not installed here.
		text = strings.ReplaceAll(text, "/usr/local/bin/message-processor", "/bin/true")
		verify = append(verify, write(t, filepath.Join(dir, filepath.Base(unit)), text))
	}
	for _, name := range []string{trafficListener, managementListener} {
		if !strings.Contains(all, "FileDescriptorName="+name+"\n") {
			t.Errorf("no socket is named %q", name)
		}
	}
	command := exec.Command(component(t, "systemd-analyze"), verify...)
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

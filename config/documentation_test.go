package config

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// documented is one row of the tables in docs/configuration.md.
type documented struct{ key, standard string }

func documentedKeys(t *testing.T) []documented {
	t.Helper()
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]* \\| ([^|]*) \\|")
	var rows []documented
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, documented{m[1], m[2]})
	}
	return rows
}

// decodedKeys asks the decoder itself: whoever offers an unknown key is told which are allowed.
func decodedKeys(t *testing.T, path string) []string {
	t.Helper()
	var keys []string
	for _, key := range allowedAt(t, path) {
		full := strings.TrimPrefix(path+"."+key, ".")
		if inner := decodedKeys(t, full); len(inner) > 0 {
			keys = append(keys, inner...)
		} else if inner := decodedKeys(t, full+"[]"); len(inner) > 0 {
			keys = append(keys, inner...)
			if full != "proxies" && full != "lab" && full != "alerts" {
				keys = append(keys, full)
			}
		} else {
			keys = append(keys, full)
		}
	}
	return keys
}

func allowedAt(t *testing.T, path string) []string {
	t.Helper()
	_, err := Parse("f", nested(t, path, map[string]any{"?": 1}), Overrides{})
	var problems Problems
	errors.As(err, &problems)
	for _, p := range problems {
		if list, found := strings.CutPrefix(p.Message, "is not a known key; allowed: "); found {
			return strings.Split(list, ", ")
		}
	}
	return nil
}

// nested is a file that holds a value at a path; "a[]" is the first item of a list.
func nested(t *testing.T, path string, value any) []byte {
	t.Helper()
	for _, key := range slices.Backward(strings.Split(path, ".")) {
		name, inList := strings.CutSuffix(key, "[]")
		if inList {
			value = []any{value}
		}
		if name != "" {
			value = map[string]any{name: value}
		}
	}
	data, err := yaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryKeyOfTheDecoderIsDocumentedAndNoOther(t *testing.T) {
	var want []string
	for _, row := range documentedKeys(t) {
		want = append(want, row.key)
	}
	got := decodedKeys(t, "")
	for i, key := range got { // a server's TLS settings are the target's, documented there
		if strings.HasPrefix(key, "proxies[].target.servers[].tls.") {
			got[i] = "proxies[].target.servers[].tls"
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	equal(t, want, slices.Compact(got))
}

// complete is a file that sets only what is required.
const complete = `
proxies: [{name: a, target: {url: "https://h"}}]
lab: [{name: a, does: healthy}]
alerts: [{name: a, conditions: [{metric: count, threshold: 1, durationSeconds: 60, comparator: ">"}]}]
`

func TestSettingAKeyToItsDocumentedDefaultChangesNothing(t *testing.T) {
	want := mustParse(t, complete, Overrides{})
	checked := 0
	for _, row := range documentedKeys(t) {
		written, isValue := strings.CutPrefix(row.standard, "`")
		if !isValue || strings.Contains(row.key, "servers[]") || strings.Contains(row.key, "health_monitor.") {
			continue // the last two have no default without a context: see balancer_test.go
		}
		checked++
		var value any
		if err := yaml.Unmarshal([]byte(strings.TrimSuffix(written, "`")), &value); err != nil {
			t.Fatal(err)
		}
		if row.key == "management.hosts" {
			value = []any{}
		}
		got, err := Parse("f", with(t, row.key, value), Overrides{})
		if err != nil {
			t.Errorf("%s: %v", row.key, err)
			continue
		}
		got.Lab[0].Line = want.Lab[0].Line
		t.Run(row.key, func(t *testing.T) { equal(t, want, got) })
	}
	if checked < 50 {
		t.Errorf("only %d defaults found in the document", checked)
	}
}

// with is the complete file with one more key.
func with(t *testing.T, path string, value any) []byte {
	t.Helper()
	var file map[string]any
	if err := yaml.Unmarshal([]byte(complete), &file); err != nil {
		t.Fatal(err)
	}
	at := file
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		name, inList := strings.CutSuffix(key, "[]")
		switch {
		case inList:
			at = at[name].([]any)[0].(map[string]any)
		case at[name] == nil:
			inner := map[string]any{}
			at[name] = inner
			at = inner
		default:
			at = at[name].(map[string]any)
		}
	}
	at[keys[len(keys)-1]] = value
	data, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryRequiredKeyIsMissed(t *testing.T) {
	for _, row := range documentedKeys(t) {
		if row.standard != "*required*" {
			continue
		}
		parent := row.key[:strings.LastIndexByte(row.key, '.')]
		if strings.HasSuffix(parent, "servers[]") {
			continue // see balancer_test.go
		}
		_, err := Parse("f", nested(t, parent, map[string]any{}), Overrides{})
		want := strings.ReplaceAll(row.key, "[]", "[0]") + ": is missing; allowed: "
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not missed: %v", row.key, err)
		}
	}
}

func TestTheExamplesOfTheDocumentAreTrue(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("no example")
	}
	for _, block := range blocks {
		if problems := problemsOf(t, block[1], Overrides{}); len(problems) > 0 {
			t.Errorf("%s\n%v", block[1], problems)
		}
	}
	mistyped := strings.Replace(blocks[0][1], "url:", "ulr:", 1)
	_, err = Parse("gateway.yaml", []byte(mistyped), Overrides{})
	shown := regexp.MustCompile("(?m)^(gateway.yaml:.*?), …$").FindStringSubmatch(string(text))
	if err == nil || shown == nil || !strings.Contains(err.Error(), shown[1]) {
		t.Errorf("the document shows %q, the gateway says\n%v", shown, err)
	}
}

package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSyntaxErrorsNameTheLineThatBreaksTheFile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int
	}{
		{"unclosed list", "organization: a\nlab: [1, 2\nlisten: x\nenvironment: y\n", 2},
		{"unclosed mapping in the first line", "limits: {request_line: 1\nlisten: x\n", 1},
		{"unclosed quote", "organization: a\n\n# x\nlisten: 'x\nenvironment: y\n", 4},
		{"colon in a value", "organization: a\nlisten: b: c\n", 2},
		{"key without colon", "organization: a\nlisten\nenvironment: y\n", 2},
		{"reserved character", "organization: a\nlisten: @x\nenvironment: y\n", 2},
		{"unknown alias", "organization: a\nlisten: *x\nenvironment: y\n", 2},
		{"control character", "organization: a\nlisten: \x01\nenvironment: y\n", 2},
		{"indentation of a list", "organization: a\nlab:\n  - x\n - y\nlisten: z\n", 4},
		{"indentation far below the start of its block", "proxies:\n  - name: a\n    x: 1\n    y: 2\n    z: 3\n   target: 4\nlisten: z\n", 6},
		{"escape in the first line", "listen: \"\\q\"\n", 1},
		{"text behind the document", "organization: a\n...\nlisten: x\n", 3},
		{"future version of YAML", "%YAML 2.0\n---\norganization: a\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := problemsOf(t, c.text, Overrides{})
			want := fmt.Sprintf("f:%d: ", c.line)
			if len(problems) != 1 || !strings.HasPrefix(problems[0], want) || !strings.HasSuffix(problems[0], "; allowed: "+plainYAML) {
				t.Errorf("want %s…, got %q", want, problems)
			}
		})
	}
}

func TestLinesAreCountedInFilesFromWindowsToo(t *testing.T) {
	equal(t, []string{"f:3: on_client_close: is \"abort\"; allowed: continue, cancel"},
		problemsOf(t, "\ufefforganization: acme\r\nlisten: :1\r\non_client_close: abort\r\n", Overrides{}))
	equal(t, 1, len(problemsOf(t, "organization: acme\r\nlisten: [\r\n", Overrides{})))
}

func TestASyntaxErrorInALargeFileIsFoundInBearableTime(t *testing.T) {
	text := "organization: 'acme\n" + strings.Repeat("# a comment of some length, again and again\n", 50_000)
	start := time.Now()
	problems := problemsOf(t, text, Overrides{})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if len(problems) != 1 || !strings.HasPrefix(problems[0], "f:1: is not YAML") {
		t.Errorf("got %q", problems)
	}
}

func TestAFileOfMoreThanFourMiBIsRefused(t *testing.T) {
	full := "# " + strings.Repeat("x", largestFile-3) + "\n"
	equal(t, []string(nil), problemsOf(t, full, Overrides{}))
	equal(t, []string{"f:1: is too large; allowed: at most 4 MiB"}, problemsOf(t, full+" ", Overrides{}))
}

func TestAliasBombsDoNotExplode(t *testing.T) {
	text := "x0: &x0 [a]\n"
	for i := 1; i < 50; i++ {
		text += fmt.Sprintf("x%d: &x%d [*x%d, *x%d, *x%d]\n", i, i, i-1, i-1, i-1)
	}
	problems := problemsOf(t, text, Overrides{})
	equal(t, 147, len(problems))
	equal(t, `f:2: YAML alias "*x0" is not supported; allowed: the values written out; what targets share can stand under defaults`, problems[0])
	equal(t, 1, len(problemsOf(t, "limits: &l {request_line: *l}\n", Overrides{})))
}

func TestDeepNestingIsRefusedAndHarmless(t *testing.T) {
	for _, text := range []string{
		"alerts: " + strings.Repeat("[", 1_000_000), "alerts: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
		"alerts: " + strings.Repeat("- ", 20_000),
	} {
		if len(problemsOf(t, text, Overrides{})) == 0 {
			t.Errorf("%.20s… accepted", text)
		}
	}
}

func TestTheListOfProblemsIsBounded(t *testing.T) {
	var text strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&text, "key%d: 1\n", i)
	}
	problems := problemsOf(t, text.String(), Overrides{})
	equal(t, mostProblems+1, len(problems))
	equal(t, "f:1000: 4000 more problems are not listed; allowed: none", problems[mostProblems])
}

func TestMessagesNeverBreakTheirLine(t *testing.T) {
	for _, text := range []string{
		`"a\nb": 1`, `organization: "a\nf:1: forged"`, `listen: "a\r\nb:80"`, `proxies: [{name: a, target: {url: "http://a\nb"}}]`,
		`system_log: {format: "\u2028"}`, `defaults: {io_timeout: "1\n"}`, `management: {username: a, password_file: "a\nb"}`,
		`alerts: [{name: a, conditions: [{dimensions: {"\n": 1}}]}]`, `organization: !<a%0Ab> x`, `lab: [{name: a, does: a, share: {"\n": 1}}]`,
	} {
		problems := problemsOf(t, text, Overrides{})
		if len(problems) == 0 {
			t.Errorf("%s: accepted", text)
		}
		for _, p := range problems {
			if !strings.HasPrefix(p, "f:1: ") || strings.ContainsAny(p, "\r\u2028") {
				t.Errorf("%s: %q", text, p)
			}
		}
	}
}

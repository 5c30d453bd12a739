package config

import (
	"strings"
	"testing"
)

func TestSecretsInCapturesAreWarnedAbout(t *testing.T) {
	on := mustParse(t, targetYAML("http://h")+"capture:\n  on_fault: true\n  directory: /x\n  tls_secrets: true\n", Overrides{})
	equal(t, 1, len(on.Warnings))
	equal(t, "capture.tls_secrets", on.Warnings[0].Key)
	equal(t, 8, on.Warnings[0].Line)
	equal(t, `is on: whoever can read a capture in "/x" can read everything that was sent, passwords included`, on.Warnings[0].Message)
	useless := mustParse(t, targetYAML("http://h")+"capture: {tls_secrets: true}\n", Overrides{})
	equal(t, "has no effect without capture.on_fault", useless.Warnings[0].Message)
	for _, quiet := range []string{"{on_fault: false, directory: /x}", "{on_fault: true, directory: /x}"} {
		equal(t, 0, len(mustParse(t, targetYAML("http://h")+"capture: "+quiet+"\n", Overrides{}).Warnings))
	}
}

func TestCapturesNeedADirectory(t *testing.T) {
	for _, c := range []string{"{on_fault: true}", "{on_fault: true, directory: ''}"} {
		problems := problemsOf(t, targetYAML("http://h")+"capture: "+c+"\n", Overrides{})
		equal(t, 1, len(problems))
		if !strings.Contains(problems[0], "capture.directory: is ") {
			t.Error(problems[0])
		}
	}
}

func TestAFileWithNothingToServeIsWarnedAbout(t *testing.T) {
	g := mustParse(t, "organization: acme\n", Overrides{})
	equal(t, 1, len(g.Warnings))
	equal(t, 1, g.Warnings[0].Line)
	lab := mustParse(t, "lab: [{name: a, does: healthy}]\n", Overrides{})
	equal(t, 0, len(lab.Warnings))
	target := mustParse(t, "organization: acme\n", Overrides{Target: ptr("http://h")})
	equal(t, 0, len(target.Warnings))
}

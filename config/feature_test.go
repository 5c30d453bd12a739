package config

import "testing"

func TestCaptureIsWarnedAboutOnlyWhenItIsSwitchedOn(t *testing.T) {
	on := mustParse(t, targetYAML("http://h")+"capture:\n  on_fault: true\n  tls_secrets: true\n", Overrides{})
	equal(t, 2, len(on.Warnings))
	equal(t, "capture.on_fault", on.Warnings[0].Key)
	equal(t, 6, on.Warnings[0].Line)
	equal(t, "capture.tls_secrets", on.Warnings[1].Key)
	off := mustParse(t, targetYAML("http://h")+"capture: {on_fault: false, directory: /x}\n", Overrides{})
	equal(t, 0, len(off.Warnings))
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

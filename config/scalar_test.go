package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// flawsOf reports, for each written value of a key, what is wrong with it ("" for nothing).
func flawsOf(t *testing.T, key string, values map[string]string) {
	t.Helper()
	for written, want := range values {
		got := ""
		if problems := problemsOf(t, key+": "+written+"\n", Overrides{}); len(problems) > 0 {
			_, got, _ = strings.Cut(problems[0], "f:1: "+key+": ")
			got, _, _ = strings.Cut(got, "; allowed: ")
		}
		if got != want {
			t.Errorf("%s: %s: want %q, got %q", key, written, want, got)
		}
	}
}

func TestDurationsNeedAUnitAndAreAboveZero(t *testing.T) {
	flawsOf(t, "shutdown_timeout", map[string]string{
		"30s": "", "1m30s": "", "1.5h": "", `"250ms"`: "", "1ns": "", "+5s": "",
		"0": "is 0s", "0s": "is 0s", "-1s": "is -1s", "30": "is the number 30 without a unit", "1.5": "is the number 1.5",
		"30 s": `is "30 s"`, "30sec": `is "30sec"`, "": "is empty", "~": "is empty", "true": "is true", `""`: `is ""`,
		"[30s]": "is a list", "{s: 30}": "is a mapping", "99999999h": `is "99999999h"`, "0x10": "is the number 0x10 without a unit",
		"!!str 30s": "", "!seconds 30": "is tagged !seconds",
	})
}

func TestTruthIsTrueOrFalse(t *testing.T) {
	flawsOf(t, "response_headers", map[string]string{
		"true": "", "false": "", "True": "", "FALSE": "",
		"yes": `is "yes"`, "off": `is "off"`, "1": "is the number 1", `"true"`: `is "true"`, "~": "is empty", "[]": "is a list",
		"!!bool maybe": "is maybe",
	})
}

func TestNumbersAreDecimal(t *testing.T) {
	const key = "limits"
	for written, want := range map[string]string{
		"1": "", "7168": "", "1_000": "", "+5": "", "010": "", "1048576": "",
		"1048577": "is the number 1048577", "0": "is the number 0", "-1": "is the number -1", "1.0": "is the number 1.0",
		"1e3": "is the number 1e3", "0x10": "is the number 0x10", "0o17": "is the number 0o17", `"5"`: `is "5"`, "5k": `is "5k"`,
		"~": "is empty", "[5]": "is a list", "!!int x": "is the number x",
	} {
		problems := problemsOf(t, "limits: {request_line: "+written+"}\n", Overrides{})
		got := ""
		if len(problems) > 0 {
			got, _, _ = strings.Cut(strings.TrimPrefix(problems[0], "f:1: "+key+".request_line: "), ";")
		}
		if got != want {
			t.Errorf("%s: want %q, got %q", written, want, got)
		}
	}
	equal(t, 10, mustParse(t, "limits: {request_line: 010}\n", Overrides{}).Limits.RequestLine)
}

func TestRatiosAreFromZeroToOne(t *testing.T) {
	for written, want := range map[string]float64{"0": 0, "1": 1, "0.5": 0.5, "1.0": 1, "1e-3": 0.001} {
		equal(t, want, mustParse(t, "tracing: {sample_ratio: "+written+"}\n", Overrides{}).Tracing.SampleRatio)
	}
	for _, written := range []string{"-0.1", "1.01", ".nan", ".inf", "-.inf", "half", `"0.5"`, "~", "50%", "[1]"} {
		equal(t, 1, len(problemsOf(t, "tracing: {sample_ratio: "+written+"}\n", Overrides{})))
	}
}

func TestTextsKeepTheirRuleAndAreNotNumbers(t *testing.T) {
	flawsOf(t, "organization", map[string]string{
		"acme": "", "'2024'": "", "!!str 2024": "", "a.b_c-D9": "", "on": "", strings.Repeat("a", 128): "",
		"2024": "is the number 2024, which is text only in quotes", "1.10": "is the number 1.10, which is text only in quotes",
		"true": "is true, which is text only in quotes", "2024-11-22": "is the date 2024-11-22, which is text only in quotes",
		"~": "is empty", "": "is empty", `""`: "is empty", strings.Repeat("a", 129): "is longer than 128 characters",
		"a b": `is "a b", which has a character that a name cannot have`, `"é"`: `is "é", which has a character that a name cannot have`,
		"..": `is "..", which has a meaning of its own in a path`, "!!binary YQ==": "is tagged !!binary, which is text only in quotes",
		"!name acme": "is tagged !name, which is text only in quotes",
	})
}

func TestALongValueIsCutInMessages(t *testing.T) {
	long := strings.Repeat("x", 5_000)
	for _, text := range []string{
		"tracing: {sample_faults: " + long + "}", "limits: {request_line: " + strings.Repeat("9", 5_000) + "}",
		"listen: " + long, "organization: !" + long + " x", "proxies: [{name: a, base_path: " + long + "}]",
	} {
		for _, p := range problemsOf(t, text+"\n", Overrides{}) {
			if len(p) > 500 {
				t.Errorf("%d bytes: %.200s", len(p), p)
			}
		}
	}
}

func TestDurationRulesNameWhatZeroMeans(t *testing.T) {
	for _, c := range []struct {
		rule durationRule
		d    time.Duration
		fine bool
	}{
		{durationRule{}, 1, true}, {durationRule{}, 0, false}, {durationRule{}, -1, false},
		{noReuse, 0, true}, {noReuse, 1, true}, {noReuse, -1, false},
	} {
		l := newLoading(".")
		if c.rule.accepts(l.flag("--x"), c.d) != c.fine || len(l.problems) == 1 == c.fine {
			t.Errorf("%v %v: %v", c.rule, c.d, l.problems)
		}
	}
	equal(t, "a duration such as 250ms or 55s, or 0 for no reuse of connections", fmt.Sprint(noReuse.allowed()))
}

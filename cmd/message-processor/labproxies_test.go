package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/config"
	"message-processor/faults/lab"
)

const mixedLab = `lab:
  - name: outage
    does: healthy
    share:
      tls-close: 50%
      tls-blackhole: 5%
    seed: 3
    schedule:
      - "at 1h: tls-silent for 30s"
      - "at 2h: tls-silence"
    set:
      tls-slow.delay: 5s
      tls-slow.dealy: 5s
`

func TestWhatTheLabCannotDoIsToldWithItsLine(t *testing.T) {
	g, err := config.Parse("f", []byte(mixedLab), config.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problemsOf(checkLab(g, "f")) {
		text, _, _ := strings.Cut(p.String(), ",")
		got = append(got, text)
	}
	want := []string{
		`f:6: lab[0].share.tls-blackhole: is tls-blackhole`,
		`f:10: lab[0].schedule[1]: is "tls-silence"`,
		`f:13: lab[0].set.tls-slow.dealy: is "5s": setting "tls-slow.dealy": there is no such knob; there are: [delay]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAnEntryOfTheConfigurationReachesTheLabWhole(t *testing.T) {
	file := strings.NewReplacer("      tls-blackhole: 5%\n", "", "tls-silence", "tls-reset", "      tls-slow.dealy: 5s\n", "").Replace(mixedLab)
	g, err := config.Parse("f", []byte(file), config.Overrides{})
	if err == nil {
		err = checkLab(g, "f")
	}
	if err != nil {
		t.Fatal(err)
	}
	running, err := startLab(t.Context(), g, false)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	steps, _ := lab.ParseSchedule([]string{"at 1h: tls-silent for 30s", "at 2h: tls-reset"})
	want := lab.Entry{Name: "outage", Does: "healthy", Share: map[string]float64{"tls-close": 0.5}, Seed: 3, Schedule: steps,
		Set: map[string]string{"tls-slow.delay": "5s"}}
	if diff := cmp.Diff(want, running.Backends()[0].Entry); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := frontLab(g, running, "f"); err != nil || len(g.Proxies) != 1 || g.Proxies[0].BasePath != "/lab/outage" {
		t.Errorf("%v, %+v", err, g.Proxies)
	}
}

// The lab is started once; a reload must not pretend to have changed it.
func TestAReloadCannotChangeTheLab(t *testing.T) {
	running, err := lab.Start(t.Context(), lab.Options{Entries: []lab.Entry{{Name: "a", Does: "healthy"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	for text, want := range map[string]string{
		"lab: [{name: a, does: healthy}]":                        "",
		"lab: [{name: b, does: healthy}]":                        "was not asked for when the program started",
		"lab: [{name: a, does: tls-close}]":                      "was started with other settings; a restart applies these",
		"lab: [{name: a, does: healthy, share: {tls-slow: 5%}}]": "was started with other settings",
	} {
		g, err := config.Parse("f", []byte(text), config.Overrides{})
		if err != nil {
			t.Fatal(err)
		}
		err = frontLab(g, running, "f")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

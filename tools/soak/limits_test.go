package main

import (
	"os"
	"testing"
	"time"
)

func TestStuckHandshakesAreSpreadWhereFilesAreFew(t *testing.T) {
	for _, c := range []struct {
		name  string
		stuck int
		files uint64
		race  bool
		want  layout
	}{
		{"files enough", 20_000, 41_000, false, layout{41_000, false, 1, 8000, 4}},
		{"a low limit", 20_000, 20_000, false, layout{20_000, false, 3, 8000, 4}},
		{"the race detector's goroutines", 5000, 41_000, true, layout{41_000, true, 2, 8000, 1}},
		{"hardly any files", 10, 900, false, layout{900, false, 10, 2, 5}},
	} {
		if got := plan(c.stuck, c.files, c.race); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestTheLimitOfOpenFilesIsRaisedAsFarAsItGoes(t *testing.T) {
	got, err := raiseFiles(64)
	if err != nil || got < 64 {
		t.Errorf("%d, %v", got, err)
	}
}

func TestARaceBuildIsToldByTheProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raceBuild(self); err != nil {
		t.Error(err)
	}
	if _, err := raceBuild("/dev/null"); err == nil {
		t.Error("/dev/null was built with Go")
	}
}

func TestThePhasesFitIntoTheDuration(t *testing.T) {
	for _, whole := range []time.Duration{2 * time.Minute, 3 * time.Minute, 30 * time.Minute, 24 * time.Hour} {
		p := divide(whole)
		// Settling twice takes up to half a minute.
		if spent := p.warm + p.alone + p.ramp + p.timeout + p.after + p.rest + 30*time.Second; spent > whole {
			t.Errorf("%v: the phases take %v", whole, spent)
		}
		if p.ramp >= p.timeout {
			t.Errorf("%v: the first handshake times out before the last gets stuck", whole)
		}
	}
	if p := divide(30 * time.Minute); p.after != time.Minute || p.timeout != 55*time.Second {
		t.Errorf("%+v: the original's timeout, and a minute after the burst", p)
	}
}

package lab

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func scheduled(t *testing.T, lines ...string) *plan {
	t.Helper()
	steps, err := ParseSchedule(lines)
	if err != nil {
		t.Fatal(err)
	}
	return newPlan(Entry{Does: "healthy", Schedule: steps}, time.Now())
}

func TestOfTheStepsThatLastTheOneThatBeganLastIsInForce(t *testing.T) {
	p := scheduled(t, "at 20s: tls-reset for 5s", "at 10s: tls-silent for 30s", "at 20s: tls-close for 2s", "at 60s: status-503")
	for _, c := range []struct {
		at   time.Duration
		want string
		next time.Duration
	}{
		{0, "", 10}, {10*time.Second - 1, "", 10}, {10 * time.Second, "tls-silent", 20}, {20 * time.Second, "tls-close", 22},
		{22 * time.Second, "tls-reset", 25}, {25 * time.Second, "tls-silent", 40}, {40 * time.Second, "", 60},
		{60 * time.Second, "status-503", 0}, {time.Hour, "status-503", 0},
	} {
		if got := p.inForce(c.at).Does; got != c.want {
			t.Errorf("at %v: %q is in force, want %q", c.at, got, c.want)
		}
		if got := p.next(c.at); got != c.next*time.Second {
			t.Errorf("at %v: the next change is at %v, want %v", c.at, got, c.next*time.Second)
		}
	}
}

func TestASwitchLastsUntilItEndsOrAStepBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := scheduled(t, "at 10s: tls-silent for 10s")
		at := func(d time.Duration) string {
			time.Sleep(d - p.elapsed())
			return p.inForce(p.elapsed()).Does
		}
		var got []string
		p.override(Step{Does: "tls-close", For: 5 * time.Second})
		got = append(got, at(0), at(4*time.Second), at(5*time.Second))
		p.override(Step{Does: "tls-reset"}) // for good, but for the step
		got = append(got, at(9*time.Second), at(10*time.Second))
		got = append(got, at(20*time.Second))
		p.override(Step{})
		got = append(got, at(21*time.Second))
		want := []string{"tls-close", "tls-close", "", "tls-reset", "tls-silent", "tls-reset", ""}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestTheSameSeedDrawsTheSameWhateverIsInForceMeanwhile(t *testing.T) {
	draws := func(seed uint64) (list []string) {
		p := newPlan(Entry{Does: "healthy", Share: map[string]float64{"tls-silent": 0.05, "tls-close": 0.2}, Seed: seed}, time.Now())
		for range 2000 {
			list = append(list, p.draw())
		}
		return list
	}
	first := draws(1)
	if diff := cmp.Diff(first, draws(1)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if cmp.Equal(first, draws(2)) {
		t.Error("another seed draws the same")
	}
	count := map[string]int{}
	for _, d := range first {
		count[d]++
	}
	if count["tls-silent"] < 60 || count["tls-silent"] > 140 || count["tls-close"] < 340 || count["tls-close"] > 460 {
		t.Errorf("of 2000 connections: %v, want about 100 tls-silent and 400 tls-close", count)
	}
}

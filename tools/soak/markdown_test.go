package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// finished is a run of one gateway.
func finished() *report {
	s := &soak{began: time.Now().Add(-3 * time.Minute), layout: layout{files: 20_000, gateways: 1}, ledger: newLedger(),
		phases: divide(3 * time.Minute), receiver: &spanReceiver{spans: 12}, gateways: []*gateway{{child: &child{name: "gateway-1"}, reloads: 7}}}
	l := s.ledger
	for _, d := range []time.Duration{3, 1, 2} {
		l.took("alone", d*time.Millisecond)
	}
	l.sent("backend tls-silent")
	l.answered("backend tls-silent", "m-1", 502, badGateway)
	l.sent(stuckKind)
	return &report{soak: s, Ended: time.Now(), First: []footprint{{17, 16, 5 << 20, 40 << 20}}, Last: []footprint{{17, 16, 5 << 20, 41 << 20}},
		Burst: burst{asked: 20_000, atOnce: 20_000, peak: 900 << 20, each: 40 << 10, afterFor: time.Minute}, Books: *balanced()}
}

func TestTheReportShowsWhatHappened(t *testing.T) {
	text := finished().markdown()
	for _, want := range []string{"**Nothing was found.**", "| counted by the metrics | 4 |", "| faults by a backend of the lab | 1 | 1 | 0 | 0 |",
		"### 20,000 stuck handshakes", "| healthy traffic alone | 2.00 ms | 3.00 ms | 3 |", "| for each stuck handshake | 40.0 KB |",
		"reloads (7 in force, 0 refused", "| gateway-1 at the end | 17 | 16 | 5.0 MB | 41.0 MB |", "| `" + badGateway + "` | 1 |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestFindingsComeFirstInTheReport(t *testing.T) {
	r := finished()
	r.Findings = []string{"one thing", "another"}
	if text := r.markdown(); !strings.HasPrefix(text, "**2 findings**") || !strings.Contains(text, "* one thing\n* another\n") {
		t.Errorf("%.300s", text)
	}
}

func TestTheReportReplacesThePartBetweenTheMarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "soak.md")
	os.WriteFile(path, []byte("# Soak\n\n"+beginMark+"\nold\n"+endMark+"\nrest\n"), 0o644)
	var out bytes.Buffer
	for range 2 {
		if err := finished().publish(path, &out); err != nil {
			t.Fatal(err)
		}
	}
	page, _ := os.ReadFile(path)
	text := string(page)
	if strings.Contains(text, "old") || strings.Count(text, "Nothing was found") != 1 || !strings.HasSuffix(text, endMark+"\nrest\n") || out.Len() > 0 {
		t.Errorf("%s", text)
	}
	os.WriteFile(path, []byte("# Soak\n"), 0o644)
	if err := finished().publish(path, &out); err == nil || !strings.Contains(err.Error(), "has no part between") {
		t.Errorf("a page without marks: %v", err)
	}
	if err := finished().publish("", &out); err != nil || !strings.Contains(out.String(), "### At rest") {
		t.Errorf("to standard output: %v, %.100s", err, &out)
	}
}

func TestGrowthIsFoundAndNoiseIsNot(t *testing.T) {
	for _, c := range []struct {
		last footprint
		race bool
		want string
	}{
		{last: footprint{19, 18, 16 << 20, 70 << 20}},
		{last: footprint{21, 16, 5 << 20, 40 << 20}, want: "more goroutines at the end than after the warm-up: 21, 17"},
		{last: footprint{17, 20, 5 << 20, 40 << 20}, want: "more open files"},
		{last: footprint{17, 16, 20 << 20, 40 << 20}, want: "more bytes of heap"},
		{last: footprint{17, 16, 5 << 20, 80 << 20}, want: "more bytes of resident memory"},
		{last: footprint{17, 16, 5 << 20, 80 << 20}, race: true},
	} {
		r := finished()
		r.Last, r.soak.layout.race = []footprint{c.last}, c.race
		r.judgeGrowth()
		if got := strings.Join(r.Findings, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: found %q, want %q", c.last, got, c.want)
		}
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

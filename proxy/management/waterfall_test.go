package management

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing/session"
)

// The playbook's call: 55 s in the TLS handshake, everything else next to nothing.
func playbook() session.Summary {
	return session.Summary{DurationMS: 55_016, Steps: []session.Step{
		{Name: "request", DurationMS: 0.004}, {Name: "proxy", OffsetMS: 0.004, DurationMS: 0.02},
		{Name: "dns", OffsetMS: 1, DurationMS: 2}, {Name: "connect", OffsetMS: 3, DurationMS: 12},
		{Name: "tls handshake", OffsetMS: 15, DurationMS: 55_000, Failed: true},
		{Name: "response", OffsetMS: 55_015, DurationMS: 1},
	}}
}

func TestThePictureIsDrawnToScaleAndTheFailedStepStandsOut(t *testing.T) {
	w := draw(playbook())
	var names, notes []string
	for _, l := range w.Lanes {
		names, notes = append(names, l.Name), append(notes, l.Note)
	}
	if diff := cmp.Diff([]string{"client request", "proxy", "DNS", "connect", "TLS handshake", "send", "wait", "receive",
		"answer to client"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"< 0.01 ms", "0.02 ms", "2.00 ms", "12.0 ms", "failed after 55.0 s", "not reached", "not reached",
		"not reached", "1.00 ms"}, notes); diff != "" {
		t.Error(diff)
	}
	for i, l := range w.Lanes {
		if l.Failed != (i == 4) || l.Reached != (i < 5 || i == 8) {
			t.Errorf("%s: %+v", l.Name, l)
		}
	}
	handshake := w.Lanes[4]
	if math.Abs(handshake.X-100*15/55_016.0) > 0.001 || math.Abs(handshake.Width-100*55_000/55_016.0) > 0.001 {
		t.Errorf("from %v%%, %v%% wide", handshake.X, handshake.Width)
	}
	if words := w.Words(); !strings.Contains(words, "TLS handshake: failed after 55.0 s; send: not reached") {
		t.Error(words)
	}
}

func TestAKeptConnectionNeedsNoHandshake(t *testing.T) {
	w := draw(session.Summary{DurationMS: 10, Steps: []session.Step{{Name: "request", DurationMS: 1},
		{Name: "send", OffsetMS: 1, DurationMS: 1}, {Name: "wait", OffsetMS: 2, DurationMS: 8}}})
	for i, want := range map[int]string{1: "not needed", 2: "not needed", 4: "not needed", 7: "not reached", 8: "not reached"} {
		if w.Lanes[i].Note != want {
			t.Errorf("%s: %s, want %s", w.Lanes[i].Name, w.Lanes[i].Note, want)
		}
	}
}

func TestTheAxisHasRoundNumbersAtAnyScale(t *testing.T) {
	tests := map[float64]string{
		55_016: "0 10 s 20 s 30 s 40 s 50 s", 2001: "0 1 s 2 s", 1999: "0 0.5 s 1 s 1.5 s", 999: "0 200 ms 400 ms 600 ms 800 ms",
		0.31: "0 0.1 ms 0.2 ms 0.3 ms", 1: "0 0.5 ms 1 ms", 600_000: "0 200 s 400 s 600 s",
	}
	for total, want := range tests {
		var texts []string
		for _, tick := range ticks(total) {
			texts = append(texts, tick.Text)
			if tick.X < 0 || tick.X > 100 {
				t.Errorf("%v: a mark at %v%%", total, tick.X)
			}
		}
		if got := strings.Join(texts, " "); got != want {
			t.Errorf("%v: %s, want %s", total, got, want)
		}
	}
}

func TestAPictureOfNothingIsStillOne(t *testing.T) {
	w := draw(session.Summary{})
	if len(w.Lanes) != 9 || w.Height <= w.TickY() || w.AxisY() <= w.Lanes[8].BarY() || w.Lanes[1].TextY() <= w.Lanes[0].BarY() {
		t.Errorf("%+v", w)
	}
	for _, l := range draw(session.Summary{Steps: []session.Step{{Name: "dns", OffsetMS: -5, DurationMS: 1e12}}}).Lanes {
		if l.X < 0 || l.Width > 100 {
			t.Errorf("%+v", l)
		}
	}
}

func TestDurationsHaveThreeDigits(t *testing.T) {
	for ms, want := range map[float64]string{0: "0 ms", 0.001: "0 ms", 0.31: "0.31 ms", 9.994: "9.99 ms", 12.34: "12.3 ms", 123.4: "123 ms",
		999.4: "999 ms", 999.6: "1.00 s", 2001.3: "2.00 s", 55_221: "55.2 s", 600_000: "600.0 s"} {
		if got := milliseconds(ms); got != want {
			t.Errorf("%v: %s, want %s", ms, got, want)
		}
	}
}

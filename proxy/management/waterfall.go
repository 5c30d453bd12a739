package management

import (
	"math"
	"strconv"
	"strings"

	"message-processor/tracing"
	"message-processor/tracing/session"
)

// waterfall is the picture of a transaction's way: a lane for each step, drawn to scale over the whole time it took.
// Horizontal places are percentages, so that the picture fits every width without shrinking its text.
type waterfall struct {
	Lanes  []lane
	Ticks  []tick
	Height int // pixels
}

// lane is one step. Y is the top of its lane, in pixels.
type lane struct {
	Name, Note      string  // Note is how long it took, or why it is empty
	X, Width        float64 // percent
	Y               int
	Reached, Failed bool
}

// tick is a mark of the time axis.
type tick struct {
	X      float64 // percent
	Text   string
	Anchor string // start, middle or end
}

// laneNames are the steps in order, in the words of the page.
var laneNames = [...]struct{ step, name string }{
	{tracing.Request.String(), "client request"}, {tracing.Proxy.String(), "proxy"}, {tracing.DNS.String(), "DNS"},
	{tracing.Connect.String(), "connect"}, {tracing.Handshake.String(), "TLS handshake"},
	{tracing.Send.String(), "send"}, {tracing.Wait.String(), "wait"}, {tracing.Receive.String(), "receive"},
	{tracing.Respond.String(), "answer to client"},
}

const (
	laneHeight = 32 // pixels
	axisHeight = 22
)

func draw(s session.Summary) waterfall {
	total := s.DurationMS
	for _, step := range s.Steps {
		total = max(total, step.OffsetMS+step.DurationMS)
	}
	if total <= 0 {
		total = 0.001
	}
	picture := waterfall{Height: len(laneNames)*laneHeight + axisHeight, Ticks: ticks(total)}
	for i, known := range laneNames {
		l := lane{Name: known.name, Y: i * laneHeight, Note: missing(s.Steps, i)}
		if step, ok := find(s.Steps, known.step); ok {
			l.Reached, l.Failed, l.Note = true, step.Failed, atLeast(step.DurationMS)
			l.X, l.Width = percent(step.OffsetMS/total), percent(step.DurationMS/total)
		}
		if l.Failed {
			l.Note = "failed after " + l.Note
		}
		picture.Lanes = append(picture.Lanes, l)
	}
	return picture
}

// atLeast does not call a step timeless that took place.
func atLeast(ms float64) string {
	if ms < 0.01 {
		return "< 0.01 ms"
	}
	return milliseconds(ms)
}

func find(steps []session.Step, name string) (session.Step, bool) {
	for _, step := range steps {
		if step.Name == name {
			return step, true
		}
	}
	return session.Step{}, false
}

// missing says why the lane is empty: it was skipped if the way went on to the target after it, else never reached.
func missing(steps []session.Step, lane int) string {
	answered := len(laneNames) - 1
	for _, later := range laneNames[lane:answered] {
		if _, ok := find(steps, later.step); ok {
			return "not needed"
		}
	}
	return "not reached"
}

func percent(share float64) float64 { return math.Round(min(max(share, 0), 1)*1e5) / 1e3 }

// ticks are at most six marks, at round numbers.
func ticks(total float64) []tick {
	step := math.Pow(10, math.Floor(math.Log10(total)))
	switch { // the mantissa of total decides: 1 to 2, 2 to 6, 6 to 10
	case total < 2*step:
		step *= 0.5
	case total >= 6*step:
		step *= 2
	}
	unit, scale := " ms", 1.0
	if total >= 1000 {
		unit, scale = " s", 1000
	}
	list := []tick{{0, "0", "start"}}
	for n := 1.0; n*step <= total; n++ {
		t := tick{percent(n * step / total), strconv.FormatFloat(n*step/scale, 'g', 4, 64) + unit, "middle"}
		if t.X > 95 {
			t.Anchor = "end"
		}
		list = append(list, t)
	}
	return list
}

// Words tell the picture to those who cannot see it.
func (w waterfall) Words() string {
	var parts []string
	for _, l := range w.Lanes {
		parts = append(parts, l.Name+": "+l.Note)
	}
	return strings.Join(parts, "; ") + "."
}

// Places of a lane's parts, in pixels from the top of the picture.
func (l lane) TextY() int { return l.Y + 14 }
func (l lane) BarY() int  { return l.Y + 20 }

// AxisY is where the axis is, TickY the baseline of its text.
func (w waterfall) AxisY() int { return len(w.Lanes)*laneHeight + 4 }
func (w waterfall) TickY() int { return w.AxisY() + 15 }

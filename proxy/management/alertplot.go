package management

import (
	"fmt"
	"math"
	"strings"

	"message-processor/tracing/alert"
)

// The picture of a condition is drawn in a box of these units, which the browser stretches to the width there is.
const (
	plotWidth  = 600
	plotHeight = 72
)

// conditionView is one condition with its picture.
type conditionView struct {
	alert.ConditionStatus
	Links []link
	Plot  alertPlot
}

// Words are the condition and its value.
func (c conditionView) Words() string { return c.Violation.String() }

// alertPlot is the value of a condition over time, against its threshold.
type alertPlot struct {
	Line, Area string  // path data; "" without values
	Threshold  float64 // its height, from the top
	Top        string  // the value at the top
	Limit      string  // the threshold
	From, To   string  // times of the first and last value
	Words      string  // for those who cannot see the picture
}

func plot(c alert.ConditionStatus) alertPlot {
	top := c.Threshold
	for _, p := range c.Points {
		if p.Known {
			top = max(top, p.Value)
		}
	}
	if top *= 1.2; top == 0 {
		top = 1
	}
	p := alertPlot{Threshold: height(c.Threshold, top), Top: alert.FormatValue(math.Round(top*1000) / 1000),
		Limit: alert.FormatValue(c.Threshold)}
	n := len(c.Points)
	if n == 0 {
		p.Words = "No value yet."
		return p
	}
	p.From, p.To = clock(c.Points[0].Time), clock(c.Points[n-1].Time)
	p.Line, p.Area = lines(c.Points, top)
	p.Words = fmt.Sprintf("%d values from %s to %s UTC; the threshold is %s.", n, p.From, p.To, p.Limit)
	return p
}

func height(value, top float64) float64 {
	return math.Round((1-min(max(value/top, 0), 1))*plotHeight*10) / 10
}

// lines draws the values; where none is known there is a gap.
func lines(points []alert.Point, top float64) (line, area string) {
	var stroke, fill strings.Builder
	first, last := points[0].Time, points[len(points)-1].Time
	span := max(last.Sub(first).Seconds(), 1e-3)
	drawing, x := false, 0.0
	for _, p := range points {
		if !p.Known {
			if drawing {
				fmt.Fprintf(&fill, "V%d Z", plotHeight)
			}
			drawing = false
			continue
		}
		x = math.Round(p.Time.Sub(first).Seconds()/span*plotWidth*10) / 10
		y := height(p.Value, top)
		if drawing {
			fmt.Fprintf(&stroke, "L%g %g", x, y)
			fmt.Fprintf(&fill, "L%g %g", x, y)
		} else {
			fmt.Fprintf(&stroke, "M%g %g", x, y)
			fmt.Fprintf(&fill, "M%g %dV%g", x, plotHeight, y)
		}
		drawing = true
	}
	if drawing {
		fmt.Fprintf(&fill, "V%d Z", plotHeight)
	}
	return stroke.String(), fill.String()
}

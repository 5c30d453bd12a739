package management

import (
	"math"
	"strconv"
	"time"
)

// chart is a picture of numbers over time, drawn here as SVG. Horizontal places are percentages, so that it fits every
// width without shrinking its text. Every column is a link to its calls.
type chart struct {
	ID, Title string
	Columns   []column
	Layers    []layer // one above the other as bars, or lines
	Ticks     []level // of the scale
	Marks     []tick  // of the time axis
	Lines     bool
	Peak      string // the greatest value, in words
}

// column is one stretch of time.
type column struct {
	X, Width float64 // percent
	Start    time.Time
	Clock    string // the stretch in words
	Path     string // of the calls; "" if there are none
	Words    string // what a person who does not see the picture hears
	Calm     bool   // there is nothing to look for: reached by mouse and table only
	Bars     []bar
	Values   []string // of every layer, for the table
}

// bar is the part of a column that belongs to a layer, in pixels from the top.
type bar struct {
	Y, Height float64
	Class     string
}

// layer is one kind of numbers. Class says how it looks, Strokes are the pieces of its line.
type layer struct {
	Name, Class string
	Strokes     []string // points of polylines, in a space of chartSpace by chartHeight
	values      []float64
}

// level is a mark of the scale.
type level struct {
	Y, TextY float64
	Text     string
}

const (
	chartHeight = 150  // pixels
	chartSpace  = 1000 // the width lines are drawn in before they are stretched
)

// Height is that of the drawing with the time axis below.
func (chart) Height() int { return chartHeight + 20 }

// Floor is where the time axis is, Space what lines are drawn in.
func (chart) Floor() int { return chartHeight }
func (chart) Space() int { return chartSpace }

// Key names a column on the page, however the picture moves.
func (c column) Key() int64 { return c.Start.Unix() }

// place lays the columns out.
func (c *chart) place(starts []time.Time, step time.Duration) {
	width := 100 / float64(max(len(starts), 1))
	for i, start := range starts {
		c.Columns = append(c.Columns, column{X: round3(float64(i) * width), Width: round3(width), Start: start,
			Clock: start.UTC().Format("15:04") + "–" + start.Add(step).UTC().Format("15:04")})
		if marked(start, step, len(starts)) {
			mark := tick{X: round3(float64(i) * width), Text: start.UTC().Format("15:04"), Anchor: "start"}
			if mark.X > 85 {
				mark.Anchor = "end"
			}
			c.Marks = append(c.Marks, mark)
		}
	}
}

// marked tells whether a column begins at a time round enough for the axis, of which there are at most about six.
func marked(start time.Time, step time.Duration, columns int) bool {
	span := step * time.Duration(columns)
	for _, every := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour} {
		if span/every <= 5 {
			return start.Truncate(every).Equal(start)
		}
	}
	return false
}

// stack draws the layers as bars, one above the other.
func (c *chart) stack() {
	top := 0.0
	for i := range c.Columns {
		top = max(top, c.sum(i))
	}
	c.Peak = grouped(uint64(top))
	top = c.scale(top)
	for i := range c.Columns {
		col, floor := &c.Columns[i], float64(chartHeight)
		for _, l := range c.Layers {
			value := l.values[i]
			col.Values = append(col.Values, grouped(uint64(value)))
			if value <= 0 {
				continue
			}
			height := max(value/top*chartHeight, 1.5) // or one fault among thousands would not be seen
			floor = max(floor-height, 0)
			col.Bars = append(col.Bars, bar{round3(floor), round3(height), l.Class})
		}
	}
}

func (c *chart) sum(column int) (sum float64) {
	for _, l := range c.Layers {
		sum += l.values[column]
	}
	return sum
}

// scale makes the marks of a scale from 0 to at least top, and returns its end.
func (c *chart) scale(top float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(max(top, 1))))
	switch {
	case top > 5*step:
		step *= 2
	case top <= 2*step && step > 1:
		step /= 2
	}
	end := max(math.Ceil(top/step), 1) * step
	for value := 0.0; value <= end; value += step {
		c.level(value/end, grouped(uint64(value)))
	}
	return end
}

// level adds a mark at a share of the height.
func (c *chart) level(share float64, text string) {
	y := round3(chartHeight * (1 - share))
	c.Ticks = append(c.Ticks, level{y, min(max(y+4, 10), chartHeight), text})
}

// trace draws the layers as lines on a logarithmic scale of milliseconds: what is fast and what times out are decades
// apart.
func (c *chart) trace() {
	c.Lines = true
	least, most := math.Inf(1), 0.0
	for _, l := range c.Layers {
		for _, value := range l.values {
			if value > 0 {
				least, most = min(least, value), max(most, value)
			}
		}
	}
	c.Peak = milliseconds(most)
	if most == 0 {
		least, most = 1, 10
	}
	low, high := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))
	high = max(high, low+1)
	for exponent := low; exponent <= high; exponent++ {
		c.level((exponent-low)/(high-low), decade(exponent))
	}
	for i := range c.Layers {
		c.Layers[i].draw(low, high)
		for j, value := range c.Layers[i].values {
			text := "–"
			if !math.IsNaN(value) {
				text = milliseconds(value)
			}
			c.Columns[j].Values = append(c.Columns[j].Values, text)
		}
	}
}

// decade writes a power of ten of milliseconds.
func decade(exponent float64) string {
	if exponent >= 3 {
		return strconv.FormatFloat(math.Pow(10, exponent-3), 'f', -1, 64) + " s"
	}
	return strconv.FormatFloat(math.Pow(10, exponent), 'f', -1, 64) + " ms"
}

// draw makes the line, in pieces where there are no values. A value that stands alone becomes a dash.
func (l *layer) draw(low, high float64) {
	width := chartSpace / float64(len(l.values))
	piece, points := "", 0
	end := func() {
		if points > 0 {
			l.Strokes = append(l.Strokes, piece)
		}
		piece, points = "", 0
	}
	for i, value := range l.values {
		if math.IsNaN(value) {
			end()
			continue
		}
		y := chartHeight * (1 - (math.Log10(max(value, math.Pow(10, low)))-low)/(high-low))
		if points == 0 {
			piece += vertex(float64(i)*width, y)
		}
		piece += vertex((float64(i)+0.5)*width, y)
		if points++; i+1 == len(l.values) || math.IsNaN(l.values[i+1]) {
			piece += vertex(float64(i+1)*width, y)
		}
	}
	end()
}

func vertex(x, y float64) string {
	return strconv.FormatFloat(x, 'f', 1, 64) + "," + strconv.FormatFloat(y, 'f', 1, 64) + " "
}

func round3(n float64) float64 { return math.Round(n*1000) / 1000 }

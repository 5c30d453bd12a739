package management

import (
	"cmp"
	"math"
	"slices"

	"message-processor/tracing/monitor"
)

// summaryRow is one API proxy with one of its targets, over the whole stretch of time.
type summaryRow struct {
	Proxy, Target string
	ProxyPath     string // the timeline of this row alone
	CallsPath     string
	FaultsPath    string
	Calls, Faults uint64
	P50, P95, P99 string
	TargetP95     string
	Spark         []spark // faults over time, small
}

// spark is a stretch of time with faults.
type spark struct {
	X, Width  float64 // percent
	Y, Height float64 // pixels
}

// Share is how many of the calls ended in faults.
func (r summaryRow) Share() string { return share(r.Faults, r.Calls) }

// CallsText and FaultsText are the numbers for people.
func (r summaryRow) CallsText() string  { return grouped(r.Calls) }
func (r summaryRow) FaultsText() string { return grouped(r.Faults) }

const (
	shownRows   = 50
	sparkHeight = 18 // pixels
)

// summary are the rows, those with the most faults first, and how many there are more.
func (t *timeline) summary() (rows []summaryRow, more int) {
	by := []monitor.Dimension{monitor.Proxy, monitor.Target}
	found := t.p.o.Monitor.Series(monitor.Query{From: t.from, To: t.to, By: by, Where: t.where, Metrics: []monitor.Metric{
		{Kind: monitor.Faults}, {Kind: monitor.TotalLatency, Percentile: 50}, {Kind: monitor.TotalLatency, Percentile: 95},
		{Kind: monitor.TotalLatency, Percentile: 99}, {Kind: monitor.TargetLatency, Percentile: 95}}})
	for _, series := range found.Series {
		rows = append(rows, t.row(series))
	}
	slices.SortStableFunc(rows, func(a, b summaryRow) int {
		return cmp.Or(cmp.Compare(b.Faults, a.Faults), cmp.Compare(b.Calls, a.Calls))
	})
	if len(rows) > shownRows {
		rows, more = rows[:shownRows], len(rows)-shownRows
	}
	over := t.series(by, monitor.Metric{Kind: monitor.Faults})
	for i := range rows {
		for _, series := range over.Series {
			if series.Values[0] == rows[i].Proxy && series.Values[1] == rows[i].Target {
				rows[i].draw(series)
			}
		}
	}
	return rows, more
}

func (t *timeline) row(s monitor.Series) summaryRow {
	point := s.Points[0]
	r := summaryRow{Proxy: s.Values[0], Target: s.Values[1], Calls: s.Count, Faults: uint64(point[0]),
		P50: latencyText(point[1]), P95: latencyText(point[2]), P99: latencyText(point[3]), TargetP95: latencyText(point[4])}
	own := []string{"proxy", r.Proxy, "target", r.Target}
	r.ProxyPath = with(timelinePath, t.values, own...)
	r.CallsPath = with(callsPath, picks(t.values), append(stretch(t.from, t.to), own...)...)
	r.FaultsPath = r.CallsPath + "&only=faults"
	return r
}

func latencyText(ms float64) string {
	if math.IsNaN(ms) {
		return "–"
	}
	return milliseconds(ms)
}

// draw makes the small picture.
func (r *summaryRow) draw(s monitor.Series) {
	top := 0.0
	for _, point := range s.Points {
		top = max(top, point[0])
	}
	width := 100 / float64(len(s.Points))
	for i, point := range s.Points {
		if point[0] > 0 {
			height := max(point[0]/top*sparkHeight, 2)
			r.Spark = append(r.Spark, spark{round3(float64(i) * width), round3(max(width, 2)), round3(sparkHeight - height), round3(height)})
		}
	}
}

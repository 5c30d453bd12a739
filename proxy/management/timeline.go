package management

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"message-processor/tracing/monitor"
)

// timelineView is how traffic, faults and latencies went over time.
type timelineView struct {
	Head     head
	Controls controls
	By       []choice
	Charts   []chart
	Rows     []summaryRow
	More     int // rows that are not shown
	Kept     string
}

// timeline is what the page was asked for.
type timeline struct {
	p        *monitorPage
	values   url.Values
	window   window
	from, to time.Time
	where    []monitor.Condition
	by       monitor.Dimension // lines and layers stand for its values; "": for kinds of answers and percentiles
}

func (p *monitorPage) serveTimeline(w http.ResponseWriter, r *http.Request) {
	t := timeline{p: p, values: r.URL.Query()}
	t.window, t.where = readWindow(t.values), conditions(t.values)
	t.from, t.to = t.window.until(time.Now(), t.window.step)
	if by := monitor.Dimension(t.values.Get("by")); by == monitor.Proxy || by == monitor.Target {
		t.by = by
	}
	view := timelineView{Head: p.o.head("Timeline", "Timeline", changesPath), Kept: p.kept(),
		Controls: p.controls(timelinePath, t.values, t.from, t.to, "by"),
		By: choices(timelinePath, t.values, "by", string(t.by), [2]string{"", "answers"}, [2]string{"proxy", "API proxy"},
			[2]string{"target", "target"}),
		Charts: t.charts()}
	view.Rows, view.More = t.summary()
	render(w, http.StatusOK, p.timeline, view)
}

func (t *timeline) charts() []chart {
	if t.by == "" {
		return []chart{t.answers(), t.sources(), t.percentiles("latency", "Latency", monitor.TotalLatency),
			t.percentiles("target-latency", "Target latency", monitor.TargetLatency)}
	}
	return []chart{t.split("traffic", "Calls", monitor.Count), t.split("faults", "Faults", monitor.Faults),
		t.split("latency", "Latency, 95th percentile", monitor.TotalLatency),
		t.split("target-latency", "Target latency, 95th percentile", monitor.TargetLatency)}
}

func (t *timeline) series(by []monitor.Dimension, metrics ...monitor.Metric) monitor.Answer {
	return t.p.o.Monitor.Series(monitor.Query{From: t.from, To: t.to, Interval: t.window.step, By: by, Where: t.where, Metrics: metrics})
}

// kinds are the layers of a chart with what belongs to each.
type kinds []struct {
	name, class string
	holds       func(value string) bool
}

var answerKinds = kinds{
	{"fine", "fine", func(status string) bool { return status < "4" }},
	{"4xx", "error", func(status string) bool { return status[0] == '4' }},
	{"5xx", "fault", func(status string) bool { return status >= "5" }},
}

var sourceKinds = kinds{
	{"target", "fault", func(source string) bool { return source == "target" }},
	{"gateway", "error", func(source string) bool { return source != "target" && source != monitor.NotSet }},
}

// answers are the calls by what they were answered, sources the faults by where they come from.
func (t *timeline) answers() chart {
	return t.layered("traffic", "Calls", monitor.StatusCode, monitor.Count, answerKinds)
}

func (t *timeline) sources() chart {
	return t.layered("faults", "Faults, by source", monitor.FaultSource, monitor.Faults, sourceKinds)
}

func (t *timeline) layered(id, title string, by monitor.Dimension, kind monitor.Kind, kinds kinds) chart {
	found := t.series([]monitor.Dimension{by}, monitor.Metric{Kind: kind})
	c := chart{ID: id, Title: title}
	c.place(found.Starts, found.Interval)
	for _, kind := range kinds {
		l := layer{Name: kind.name, Class: kind.class, values: make([]float64, len(found.Starts))}
		for _, series := range found.Series {
			if kind.holds(series.Values[0]) {
				l.gather(series)
			}
		}
		c.Layers = append(c.Layers, l)
	}
	c.stack()
	t.link(&c, kind == monitor.Faults)
	return c
}

func (l *layer) gather(s monitor.Series) {
	for i, point := range s.Points {
		l.values[i] += point[0]
	}
}

// shownLayers is how many values of a dimension are told apart by colour.
const shownLayers = 5

var layerClasses = [shownLayers + 1]string{"one", "two", "three", "four", "five", "rest"}

// split draws a metric for each value of the dimension chosen: those with the most calls, and the rest of the counts.
func (t *timeline) split(id, title string, kind monitor.Kind) chart {
	found := t.series([]monitor.Dimension{t.by}, monitor.Metric{Kind: kind, Percentile: 95})
	slices.SortStableFunc(found.Series, func(a, b monitor.Series) int { return cmp.Compare(b.Count, a.Count) })
	c := chart{ID: id, Title: title}
	c.place(found.Starts, found.Interval)
	latency := kind == monitor.TotalLatency || kind == monitor.TargetLatency
	for i, series := range found.Series {
		if i > shownLayers || i == shownLayers && latency {
			break
		}
		l := layer{Name: series.Values[0], Class: layerClasses[i], values: make([]float64, len(found.Starts))}
		l.gather(series)
		if i == shownLayers {
			l.Name = "others"
			for _, rest := range found.Series[i+1:] {
				l.gather(rest)
			}
		}
		c.Layers = append(c.Layers, l)
	}
	if latency {
		c.trace()
	} else {
		c.stack()
	}
	t.link(&c, kind == monitor.Faults)
	return c
}

func (t *timeline) percentiles(id, title string, kind monitor.Kind) chart {
	found := t.series(nil, monitor.Metric{Kind: kind, Percentile: 50}, monitor.Metric{Kind: kind, Percentile: 95},
		monitor.Metric{Kind: kind, Percentile: 99})
	c := chart{ID: id, Title: title}
	c.place(found.Starts, found.Interval)
	for i, name := range []string{"p50", "p95", "p99"} {
		l := layer{Name: name, Class: name}
		for column := range found.Starts {
			value := math.NaN()
			if len(found.Series) > 0 {
				value = found.Series[0].Points[column][i]
			}
			l.values = append(l.values, value)
		}
		c.Layers = append(c.Layers, l)
	}
	c.trace()
	t.link(&c, false)
	return c
}

// link makes the columns lead to their calls. With the keyboard one gets to those with faults; all are in the table.
func (t *timeline) link(c *chart, faults bool) {
	for i := range c.Columns {
		col := &c.Columns[i]
		var words []string
		empty := true
		for j, l := range c.Layers {
			words = append(words, l.Name+" "+col.Values[j])
			empty = empty && !(l.values[i] > 0)
		}
		col.Words = col.Clock + ": " + strings.Join(words, ", ")
		col.Calm = !faults || empty
		if empty {
			continue
		}
		kind := ""
		if faults {
			kind = "faults"
		}
		col.Path = with(callsPath, picks(t.values), append(stretch(col.Start, col.Start.Add(t.window.step)), "only", kind)...)
	}
}

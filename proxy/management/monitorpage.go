package management

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"message-processor/tracing/monitor"
)

// monitorPage are the pages about many calls at once: how they went over time, where the faults are, and the last ones.
// Every number on them leads to the calls it counts, and those to their traces.
type monitorPage struct {
	o                            Options
	timeline, investigate, calls *template.Template
}

func newMonitorPage(o Options) *monitorPage {
	return &monitorPage{o, parsePage("timeline.html"), parsePage("investigate.html"), parsePage("monitorcalls.html")}
}

// The addresses of the pages. The guard drops the slash at the end of the first.
const (
	timelinePath    = "/monitoring/"
	investigatePath = "/monitoring/investigate"
	recentPath      = "/monitoring/recent"
	callsPath       = "/monitoring/calls"
	changesPath     = "/monitoring/events"
)

func (p *monitorPage) register(mux *http.ServeMux) {
	changes := &news{mark: p.mark, interval: 2 * time.Second}
	mux.Handle("/monitoring", readOnly(p.serveTimeline))
	mux.Handle(investigatePath, readOnly(p.serveInvestigate))
	mux.Handle(recentPath, readOnly(p.serveRecent))
	mux.Handle(callsPath, readOnly(p.serveCalls))
	mux.Handle(changesPath, readOnly(changes.serve))
}

// mark changes with every call, and every minute, by which the charts move on.
func (p *monitorPage) mark() string {
	return fmt.Sprint(p.o.Monitor.Observed(), time.Now().Unix()/60, p.o.Ready())
}

// window is a stretch of time that people can choose.
type window struct {
	Name, Words string
	span        time.Duration
	step        time.Duration // a column of a chart
	cell        time.Duration // a column of the matrix
}

var windows = []window{
	{"15m", "15 minutes", 15 * time.Minute, time.Minute, time.Minute},
	{"1h", "1 hour", time.Hour, time.Minute, 5 * time.Minute},
	{"6h", "6 hours", 6 * time.Hour, 5 * time.Minute, 30 * time.Minute},
	{"24h", "24 hours", 24 * time.Hour, 15 * time.Minute, 2 * time.Hour},
}

// usualWindow is what is shown to who has not chosen.
const usualWindow = 1

func readWindow(values url.Values) window {
	i := slices.IndexFunc(windows, func(w window) bool { return w.Name == values.Get("range") })
	if i < 0 {
		i = usualWindow
	}
	return windows[i]
}

// until is the stretch of time that ends with the column that is under way.
func (w window) until(now time.Time, column time.Duration) (from, to time.Time) {
	to = now.UTC().Truncate(column).Add(column)
	return to.Add(-w.span), to
}

// choice is a link to the same page with something else chosen, or a choice of a list.
type choice struct {
	Name, Path string
	Chosen     bool
}

// choices are links that set a parameter of a page to each of some values.
func choices(path string, values url.Values, name, chosen string, list ...[2]string) (links []choice) {
	for _, value := range list {
		links = append(links, choice{value[1], with(path, values, name, value[0]), value[0] == chosen})
	}
	return links
}

// with is the address of a page with its parameters, some of them changed. Empty ones are left out.
func with(path string, values url.Values, changes ...string) string {
	changed := url.Values{}
	for name := range values {
		changed.Set(name, values.Get(name))
	}
	for i := 0; i+1 < len(changes); i += 2 {
		changed.Set(changes[i], changes[i+1])
	}
	for name := range changed {
		if changed.Get(name) == "" {
			changed.Del(name)
		}
	}
	if len(changed) == 0 {
		return path
	}
	return path + "?" + changed.Encode()
}

// stretch is a part of time as the parameters of the page of calls have it.
func stretch(from, to time.Time) []string {
	return []string{"from", from.UTC().Format(time.RFC3339), "to", to.UTC().Format(time.RFC3339)}
}

// picks are the parameters that choose by a dimension.
func picks(values url.Values) url.Values {
	chosen := url.Values{}
	for _, d := range dimensions {
		if value := values.Get(string(d)); value != "" {
			chosen.Set(string(d), value)
		}
	}
	return chosen
}

// controls are what all the pages over time have at their top.
type controls struct {
	Path    string
	Ranges  []choice
	Keep    []choice // parameters that the form does not show: name and value
	Filters []filterList
	Picked  []choice // what is chosen by otherwise, with links that drop it
}

// filterList is a list to choose one value of a dimension from.
type filterList struct {
	Name, Label, All string
	Values           []string
	Chosen           string
}

// maxListed bounds a list to choose from.
const maxListed = 100

func (p *monitorPage) controls(path string, values url.Values, from, to time.Time, keep ...string) controls {
	c := controls{Path: path}
	var ranges [][2]string
	for _, w := range windows {
		ranges = append(ranges, [2]string{w.Name, w.Words})
	}
	c.Ranges = choices(path, values, "range", readWindow(values).Name, ranges...)
	for _, name := range append(keep, "range") {
		if value := values.Get(name); value != "" {
			c.Keep = append(c.Keep, choice{Name: name, Path: value})
		}
	}
	for _, list := range []filterList{{Name: "proxy", Label: "API proxy", All: "all"}, {Name: "target", Label: "Target", All: "all"}} {
		list.Chosen = values.Get(list.Name)
		list.Values = p.seen(monitor.Dimension(list.Name), from, to, list.Chosen)
		c.Filters = append(c.Filters, list)
	}
	for _, d := range dimensions[2:] {
		if value := values.Get(string(d)); value != "" {
			c.Picked = append(c.Picked, choice{Name: string(d) + " " + value, Path: with(path, values, string(d), "")})
			c.Keep = append(c.Keep, choice{Name: string(d), Path: value})
		}
	}
	return c
}

// seen are the values of a dimension, in order, with the one that is chosen.
func (p *monitorPage) seen(d monitor.Dimension, from, to time.Time, chosen string) (list []string) {
	found := p.o.Monitor.Series(monitor.Query{From: from, To: to, By: []monitor.Dimension{d}})
	for _, series := range found.Series {
		list = append(list, series.Values[0])
	}
	if chosen != "" && !slices.Contains(list, chosen) {
		list = append(list, chosen)
	}
	slices.Sort(list)
	return list[:min(len(list), maxListed)]
}

// kept says in words how far back the pages reach.
func (p *monitorPage) kept() string {
	since := p.o.Monitor.Since()
	if since.IsZero() {
		return "nothing yet"
	}
	return "since " + since.UTC().Format("2006-01-02 15:04") + " UTC"
}

// grouped writes a number for people: 12,345.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// share writes a part of a whole.
func share(part, whole uint64) string {
	switch {
	case whole == 0:
		return "–"
	case part == 0:
		return "0 %"
	case part*1000 < whole:
		return "< 0.1 %"
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + " %"
}

package management

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"message-processor/tracing/monitor"
)

// callsView are calls one by one: the last faults, or what is behind a number of another page.
type callsView struct {
	Head     head
	Controls controls
	Recent   bool     // the last faults of all
	Stretch  string   // the part of time in words
	Chosen   []choice // what they have in common, with links that drop it
	Counted  string   // how many there are in all
	Calls    []callRow
	Older    string // the page with those before them; "" if there are none
	Kept     string
}

// callRow is one call in the original's log view.
type callRow struct {
	monitor.Call
	Trace  string // its page; "" if the trace is not kept
	Jaeger string
}

// shownCalls is how many calls a page lists.
const shownCalls = 100

// Clock is when the call ended.
func (r callRow) Clock() string { return r.Ended.Format("15:04:05.000") }
func (r callRow) Day() string   { return r.Ended.Format("2006-01-02") }

// Duration is how long it took.
func (r callRow) Duration() string { return milliseconds(inMilliseconds(r.Took)) }

// Code, Source, API and To are the values of the call as all pages write them.
func (r callRow) Code() string   { return r.Value(monitor.FaultCode) }
func (r callRow) Source() string { return r.Value(monitor.FaultSource) }
func (r callRow) API() string    { return r.Value(monitor.Proxy) }
func (r callRow) To() string     { return r.Value(monitor.Target) }

// Tone is how it is to look, as on the trace page.
func (r callRow) Tone() string {
	switch {
	case r.Status >= 500 || r.IsFault() && r.FaultSource != "target":
		return "fault"
	case r.IsFault() || r.Status >= 400:
		return "error"
	}
	return "fine"
}

func (p *monitorPage) serveRecent(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	now := time.Now()
	view := callsView{Head: p.o.head("Recent", "Recent faults", changesPath), Recent: true, Kept: p.kept(),
		Controls: p.controls(recentPath, values, now.Add(-24*time.Hour), now)}
	view.Controls.Ranges = nil // the last ones are the last ones
	p.list(&view, recentPath, values, monitor.Selection{FaultsOnly: true})
	render(w, http.StatusOK, p.calls, view)
}

func (p *monitorPage) serveCalls(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	from, to, err := readSpan(values, time.Now().Add(time.Second), 25*time.Hour)
	if err != nil {
		refuse(w, http.StatusBadRequest, invalidParameter, err.Error())
		return
	}
	only := values.Get("only") == "faults"
	view := callsView{Head: p.o.head("", "Calls", changesPath), Kept: p.kept(), Chosen: chosen(values), Stretch: inWords(from, to)}
	view.Counted = p.counted(from, to, values, only)
	p.list(&view, callsPath, values, monitor.Selection{From: from, To: to, FaultsOnly: only})
	render(w, http.StatusOK, p.calls, view)
}

// list finds the calls of a page.
func (p *monitorPage) list(view *callsView, path string, values url.Values, which monitor.Selection) {
	which.Where, which.Limit = conditions(values), shownCalls+1
	which.Before, _ = strconv.ParseUint(values.Get("before"), 10, 64)
	found := p.o.Monitor.Calls(which)
	if len(found) > shownCalls {
		found = found[:shownCalls]
		view.Older = with(path, values, "before", strconv.FormatUint(found[shownCalls-1].Serial, 10))
	}
	for _, c := range found {
		view.Calls = append(view.Calls, p.row(c))
	}
}

// row finds the trace of a call among the kept faults.
func (p *monitorPage) row(c monitor.Call) callRow {
	r := callRow{Call: c}
	if _, err := p.o.Sessions.Fault(c.MessageID); err == nil {
		r.Trace = "/faults/" + url.PathEscape(c.MessageID)
	}
	if ui := p.o.TracingUI(); ui != "" {
		r.Jaeger = ui + "/trace/" + c.TraceID
	}
	return r
}

// counted is how many calls there were, kept or not.
func (p *monitorPage) counted(from, to time.Time, values url.Values, faults bool) string {
	kind, word := monitor.Count, "calls"
	if faults {
		kind, word = monitor.Faults, "faults"
	}
	found := p.o.Monitor.Series(monitor.Query{From: from, To: to, Where: conditions(values), Metrics: []monitor.Metric{{Kind: kind}}})
	sum := 0.0
	for _, series := range found.Series {
		sum += series.Points[0][0]
	}
	return grouped(uint64(sum)) + " " + word
}

// chosen are the dimensions that are chosen by, each with the page without it.
func chosen(values url.Values) (list []choice) {
	for _, d := range dimensions {
		if value := values.Get(string(d)); value != "" {
			list = append(list, choice{Name: string(d) + " " + value, Path: with(callsPath, values, string(d), "")})
		}
	}
	if values.Get("only") == "faults" {
		list = append(list, choice{Name: "only faults", Path: with(callsPath, values, "only", "")})
	}
	return list
}

// inWords writes a part of time for people.
func inWords(from, to time.Time) string {
	const day = "2006-01-02 15:04"
	from, to = from.UTC(), to.UTC()
	if from.YearDay() == to.YearDay() && from.Year() == to.Year() {
		return from.Format(day) + "–" + to.Format("15:04") + " UTC"
	}
	return from.Format(day) + " – " + to.Format(day) + " UTC"
}

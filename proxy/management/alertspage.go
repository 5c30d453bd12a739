package management

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"message-processor/config"
	"message-processor/tracing/alert"
)

// alertsPage shows the alerts to people: state, values against the thresholds, history, who was told. Alerts can be
// made and, if they were made here, deleted.
type alertsPage struct {
	o    Options
	page *template.Template
}

func newAlertsPage(o Options) *alertsPage {
	return &alertsPage{o, parsePage("alerts.html")}
}

func (p *alertsPage) register(mux *http.ServeMux) {
	changes := &news{mark: p.mark, interval: newsInterval}
	mux.Handle("/monitoring/alerts", methods{http.MethodGet: p.serve, http.MethodPost: p.create})
	mux.Handle("/monitoring/alerts/events", readOnly(changes.serve))
	mux.Handle("/monitoring/alerts/{uuid}", methods{http.MethodPost: p.remove})
	mux.Handle("/page/alerts.css", readOnly(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "page/alerts.css")
	}))
}

// alertsView is the page.
type alertsView struct {
	Head   head
	Form   alertForm
	Alerts []alertView
	Most   int
}

// Firing is how many alerts fire.
func (v alertsView) Firing() int {
	n := 0
	for _, a := range v.Alerts {
		if a.State == alert.Firing {
			n++
		}
	}
	return n
}

// alertView is one alert.
type alertView struct {
	alert.Status
	Conditions []conditionView
	kept       func(alert.Transaction) bool
}

// ShownState is in words of the page.
func (v alertView) ShownState() string { return shownState(v.Status) }

// Tone is how the state looks.
func (v alertView) Tone() string {
	switch {
	case !v.Applies:
		return "off"
	case v.State == alert.Firing:
		return "fault"
	}
	return "fine"
}

// Path is where the alert is deleted.
func (v alertView) Path() string { return "/monitoring/alerts/" + url.PathEscape(v.UUID) }

// PlaybookURL is the playbook if it is a link, else "".
func (v alertView) PlaybookURL() string {
	if p := v.Alert.Playbook; strings.HasPrefix(p, "https://") || strings.HasPrefix(p, "http://") {
		return p
	}
	return ""
}

// Throttle is the throttle interval in words.
func (v alertView) Throttle() string {
	if v.Alert.ThrottleIntervalSeconds == 0 {
		return "one notice each time it fires"
	}
	return "at most one notice in " + (time.Duration(v.Alert.ThrottleIntervalSeconds) * time.Second).String()
}

// Channels are who is told, without what may be secret in an URL.
func (v alertView) Channels() []string {
	list := []string{"system.log"}
	for _, n := range v.Alert.Notifications {
		u, err := url.Parse(n.Destination)
		if err == nil {
			list = append(list, n.Channel+" "+u.Scheme+"://"+u.Host)
		}
	}
	return list
}

const shownEpisodes = 5 // of history and notices

// Episodes are the last times it fired.
func (v alertView) Episodes() []episodeView {
	var list []episodeView
	for _, e := range v.History[:min(len(v.History), shownEpisodes)] {
		list = append(list, episodeView{e, v.links(e.Transactions)})
	}
	return list
}

// Notices are the last messages to webhooks and Alertmanagers.
func (v alertView) Notices() []noticeView {
	var list []noticeView
	for _, d := range v.Deliveries[:min(len(v.Deliveries), shownEpisodes)] {
		list = append(list, noticeView{d})
	}
	return list
}

// link leads to a transaction's trace, if that is still kept.
type link struct {
	alert.Transaction
	Path string // "" if there is none
}

func (v alertView) links(transactions []alert.Transaction) []link {
	var list []link
	for _, t := range transactions {
		l := link{Transaction: t}
		if v.kept(t) {
			l.Path = "/faults/" + url.PathEscape(t.MessageID)
		}
		list = append(list, l)
	}
	return list
}

type episodeView struct {
	alert.Episode
	Links []link
}

// When is the time it began; Lasted how long it fired.
func (e episodeView) When() string { return clock(e.Started) }
func (e episodeView) Lasted() string {
	if e.Ended.IsZero() {
		return "still firing"
	}
	return e.Ended.Sub(e.Started).Round(time.Second / 10).String()
}

// Reached are the values farthest beyond the thresholds.
func (e episodeView) Reached() string {
	var list []string
	for _, w := range e.Worst {
		list = append(list, alert.FormatValue(w))
	}
	return strings.Join(list, ", ")
}

// Told says whether anybody was.
func (e episodeView) Told() string {
	switch {
	case e.Notices == 0:
		return "nobody: throttled"
	case e.Notices == 1:
		return "1 notice"
	}
	return fmt.Sprintf("%d notices", e.Notices)
}

type noticeView struct{ alert.Delivery }

// When is the time of the notice; Result how its delivery ended.
func (n noticeView) When() string { return clock(n.At) }
func (n noticeView) Result() string {
	result := "delivered"
	switch {
	case n.Pending:
		result = "trying again: " + n.Err
	case n.Err != "":
		result = "lost: " + n.Err
	}
	if n.Attempts > 1 {
		result += fmt.Sprintf(", attempts: %d", n.Attempts)
	}
	return result
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func (p *alertsPage) serve(w http.ResponseWriter, _ *http.Request) {
	p.render(w, http.StatusOK, newAlertForm())
}

func (p *alertsPage) render(w http.ResponseWriter, status int, f alertForm) {
	f.Routes = p.o.Routes()
	view := alertsView{Form: f, Most: config.MostAlerts,
		Head: p.o.head("Alerts", "Alerts", "/monitoring/alerts/events")}
	for _, s := range p.o.Alerts.List() {
		v := alertView{Status: s, kept: p.isKept}
		for _, c := range s.Conditions {
			v.Conditions = append(v.Conditions, conditionView{c, v.links(c.Transactions), plot(c)})
		}
		view.Alerts = append(view.Alerts, v)
	}
	render(w, status, p.page, view)
}

func (p *alertsPage) isKept(t alert.Transaction) bool {
	if !t.Kept {
		return false
	}
	_, err := p.o.Sessions.Fault(t.MessageID)
	return err == nil
}

// mark differs whenever the page does.
func (p *alertsPage) mark() string {
	var text strings.Builder
	for _, s := range p.o.Alerts.List() {
		fmt.Fprint(&text, s.UUID, s.State, s.Applies, len(s.Deliveries), ";")
		for _, c := range s.Conditions {
			if n := len(c.Points); n > 0 {
				fmt.Fprint(&text, c.Points[n-1].Time.UnixMilli(), ",")
			}
		}
		for _, d := range s.Deliveries[:min(len(s.Deliveries), 1)] {
			fmt.Fprint(&text, d.At.UnixMilli(), d.Destination, d.Attempts, d.Pending, ";")
		}
	}
	fmt.Fprint(&text, p.o.Ready())
	return text.String()
}

func (p *alertsPage) remove(w http.ResponseWriter, r *http.Request) {
	if err := p.o.Alerts.Delete(r.PathValue("uuid")); err != nil {
		f := newAlertForm()
		f.Problem = "The alert was not deleted: " + err.Error() + "."
		status, _ := statusOf(err)
		p.render(w, status, f)
		return
	}
	http.Redirect(w, r, "/monitoring/alerts", http.StatusSeeOther)
}

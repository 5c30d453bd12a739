package management

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"message-processor/tracing/session"
)

// startView is the start page: a form, what is recorded, what has failed, what is deployed.
type startView struct {
	Head     head
	Form     form
	Sessions []sessionView
	Faults   []call
	Routes   []Route
	PProf    bool
}

// Choices are the API proxies a session can be started for.
func (v startView) Choices() []session.Scope {
	var list []session.Scope
	for _, route := range v.Routes {
		list = append(list, session.Scope{API: route.API, Revision: route.Revision})
	}
	slices.SortFunc(list, func(a, b session.Scope) int {
		return cmp.Or(strings.Compare(a.API, b.API), cmp.Compare(a.Revision, b.Revision))
	})
	return slices.Compact(list)
}

// EnvironmentsPath is the local API's list of environments.
func (v startView) EnvironmentsPath() string {
	return "/v1/runtime/organizations/" + url.PathEscape(v.Head.Organization) + "/environments"
}

// FaultsPath is the list of kept faults for programs.
func (v startView) FaultsPath() string {
	return environmentPath(v.Head.Organization, v.Head.Environment) + "/faults"
}

// RevisionsPath is the local API's answer about one API proxy.
func (v startView) RevisionsPath(api string) string {
	return v.EnvironmentsPath() + "/" + url.PathEscape(v.Head.Environment) + "/apis/" + url.PathEscape(api) + "/revisions"
}

func environmentPath(organization, environment string) string {
	return "/v1/organizations/" + url.PathEscape(organization) + "/environments/" + url.PathEscape(environment)
}

// shownFaults is how many kept faults the start page lists; the API has them all.
const shownFaults = 100

func (p *tracePage) serveStart(w http.ResponseWriter, _ *http.Request) {
	p.renderStart(w, http.StatusOK, form{Timeout: "600"})
}

func (p *tracePage) renderStart(w http.ResponseWriter, status int, f form) {
	f.complete()
	view := startView{Head: p.head("Trace", "/events"), Form: f, Routes: p.o.Routes(), PProf: p.o.PProf}
	for _, info := range slices.Backward(p.o.Sessions.All()) {
		view.Sessions = append(view.Sessions, sessionView{Info: info})
	}
	kept := p.o.Sessions.Faults()
	for _, t := range kept[:min(len(kept), shownFaults)] {
		s := t.Summary()
		view.Faults = append(view.Faults, call{s, "/faults/" + url.PathEscape(s.ID)})
	}
	render(w, status, p.start, view)
}

// form is what a person has filled in, to be shown again if it is refused.
type form struct {
	Proxy   string // revision, a blank, name
	Timeout string // seconds
	Filters []formFilter
	Problem string
}

type formFilter struct {
	Kind, Name, Value string // Kind is header or qparam
	Row               int
}

const filterRows = 3

// complete adds empty filters up to the number of rows.
func (f *form) complete() {
	for row := len(f.Filters); row < filterRows; row++ {
		f.Filters = append(f.Filters, formFilter{Kind: []string{"header", "qparam"}[row%2], Row: row + 1})
	}
}

// Timeouts are the choices, in seconds and in words.
func (f form) Timeouts() []struct{ Seconds, Words string } {
	return []struct{ Seconds, Words string }{
		{"60", "1 minute"}, {"120", "2 minutes"}, {"300", "5 minutes"}, {"600", "10 minutes"},
	}
}

// Proxied tells whether the scope is the one that was chosen.
func (f form) Proxied(s session.Scope) bool { return f.Proxy == strconv.Itoa(s.Revision)+" "+s.API }

// startSession takes the form. The session is named by the time, as the original's UI names its own.
func (p *tracePage) startSession(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		p.renderStart(w, http.StatusBadRequest, form{Problem: "The form could not be read."})
		return
	}
	f := readForm(r.PostForm)
	info, err := p.open(f)
	if err != nil {
		f.Problem = "The session was not started: " + err.Error()
		status, _ := statusOf(err)
		p.renderStart(w, status, f)
		return
	}
	http.Redirect(w, r, sessionPath(info.Scope, info.Name), http.StatusSeeOther)
}

func readForm(values url.Values) form {
	f := form{Proxy: values.Get("proxy"), Timeout: values.Get("timeout")}
	kinds, names, texts := values["kind"], values["name"], values["value"]
	for i := range min(len(kinds), len(names), len(texts), filterRows) {
		f.Filters = append(f.Filters, formFilter{kinds[i], names[i], texts[i], i + 1})
	}
	return f
}

var errNotDeployed = errors.New("this API proxy is not deployed")

func (p *tracePage) open(f form) (session.Info, error) {
	spec := session.Spec{Name: strconv.FormatInt(time.Now().UnixMilli(), 10)}
	var err error
	if spec.Scope, err = p.chosen(f.Proxy); err != nil {
		return session.Info{}, err
	}
	if spec.Timeout, err = parseTimeout(f.Timeout); err != nil {
		return session.Info{}, err
	}
	for _, row := range f.Filters {
		if row.Name == "" && row.Value == "" {
			continue
		}
		if row.Name == "" {
			return session.Info{}, fmt.Errorf("%w: the value %q has no name", session.ErrInvalidFilter, row.Value)
		}
		spec.Filters = append(spec.Filters, session.Filter{Query: row.Kind == "qparam", Name: row.Name, Value: row.Value})
	}
	return p.o.Sessions.Create(spec)
}

// chosen reads what the form's list holds: revision and name.
func (p *tracePage) chosen(text string) (session.Scope, error) {
	for _, route := range p.o.Routes() {
		if text == strconv.Itoa(route.Revision)+" "+route.API {
			return session.Scope{Organization: p.o.Organization(), Environment: p.o.Environment(), API: route.API,
				Revision: route.Revision}, nil
		}
	}
	return session.Scope{}, errNotDeployed
}

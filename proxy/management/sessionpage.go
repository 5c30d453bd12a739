package management

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"message-processor/tracing/session"
)

// sessionView is a session, in a list or on its own page.
type sessionView struct {
	Head head
	session.Info
	Calls []call
	Try   string // a command that causes a call to record; "" if none can be made
}

// Path is the session's page.
func (v sessionView) Path() string { return sessionPath(v.Scope, v.Name) }

// APIPath is the session in the API.
func (v sessionView) APIPath() string { return sessionAPIPath(v.Scope, v.Name) }

// EndsIn is the time left, in words.
func (v sessionView) EndsIn() string {
	left := time.Until(v.Ends).Round(time.Second)
	if left >= time.Minute {
		return fmt.Sprintf("%d min %02d s", left/time.Minute, left%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d s", max(left, 0)/time.Second)
}

func sessionPath(s session.Scope, name string) string {
	return "/sessions/" + url.PathEscape(s.API) + "/" + strconv.Itoa(s.Revision) + "/" + url.PathEscape(name)
}

func sessionAPIPath(s session.Scope, name string) string {
	return environmentPath(s.Organization, s.Environment) + "/apis/" + url.PathEscape(s.API) + "/revisions/" +
		strconv.Itoa(s.Revision) + "/debugsessions/" + url.PathEscape(name)
}

// call is a transaction in a list.
type call struct {
	session.Summary
	Path string // of its page
}

// Clock is the time of day at which the request began.
func (c call) Clock() string { return c.Time.UTC().Format("15:04:05.000") }

// Took is how long it lasted.
func (c call) Took() string { return milliseconds(c.DurationMS) }

// URI is the request's path and query.
func (c call) URI() string { return c.Summary.Path }

// Tone says how it is to look: fault, error (the target's own) or fine.
func (c call) Tone() string { return tone(c.Summary) }

func tone(s session.Summary) string {
	switch {
	case s.Status >= 500 || s.Fault != "" && s.FaultSource != "target":
		return "fault"
	case s.Fault != "" || s.Status >= 400:
		return "error"
	}
	return "fine"
}

// scope is the session's scope as the page's path names it. It need not be deployed any more.
func (p *tracePage) scope(r *http.Request) session.Scope {
	revision, err := strconv.Atoi(r.PathValue("r"))
	if err != nil {
		revision = -1 // which no session has
	}
	return session.Scope{Organization: p.o.Organization(), Environment: p.o.Environment(), API: r.PathValue("a"),
		Revision: revision}
}

func (p *tracePage) serveSession(w http.ResponseWriter, r *http.Request) {
	scope, name := p.scope(r), r.PathValue("s")
	info, err := p.o.Sessions.Find(scope, name)
	if err != nil {
		p.gone(w)
		return
	}
	transactions, err := p.o.Sessions.Transactions(scope, name)
	if err != nil {
		p.gone(w)
		return
	}
	view := sessionView{Head: p.head("Session "+name, sessionAPIPath(scope, name)+"/events"), Info: info, Try: p.try(info)}
	for _, t := range transactions {
		s := t.Summary()
		view.Calls = append(view.Calls, call{s, view.Path() + "/" + url.PathEscape(s.ID)})
	}
	render(w, http.StatusOK, p.session, view)
}

// gone answers for a session or transaction that is not there, most likely not any more.
func (p *tracePage) gone(w http.ResponseWriter) {
	p.renderStart(w, http.StatusNotFound, form{Timeout: "600",
		Problem: "This trace is not there any more: a session's data is discarded when the session ends."})
}

// try is a command that makes a call of the kind the session records.
func (p *tracePage) try(info session.Info) string {
	m := session.Message{Verb: http.MethodGet}
	query := url.Values{}
	for _, f := range info.Filters {
		if f.Query {
			query.Add(f.Name, f.Value)
		} else {
			m.Headers = append(m.Headers, session.Property{Name: f.Name, Value: f.Value})
		}
	}
	for _, route := range p.o.Routes() {
		if route.API == info.API && route.Revision == info.Revision {
			m.URI = route.BasePath
		}
	}
	if len(query) > 0 {
		m.URI += "?" + query.Encode()
	}
	return curl(p.o.Gateway(), m).Command
}

func (p *tracePage) stopSession(w http.ResponseWriter, r *http.Request) {
	if err := p.o.Sessions.Delete(p.scope(r), r.PathValue("s")); err != nil {
		p.gone(w)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

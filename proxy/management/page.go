package management

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
)

//go:embed page
var files embed.FS

// tracePage is what people see: a start page, a page for each session and one for each transaction. Everything is
// rendered here; the script only asks for it again when something has changed.
type tracePage struct {
	o                           Options
	start, session, transaction *template.Template
}

func newTracePage(o Options) *tracePage {
	return &tracePage{o, parsePage("start.html"), parsePage("session.html"), parsePage("transaction.html")}
}

// parsePage returns the template of a page within the layout.
func parsePage(name string) *template.Template {
	functions := template.FuncMap{"visible": visible}
	return template.Must(template.New(name).Funcs(functions).ParseFS(files,
		"page/layout.html", "page/calls.html", "page/charts.html", "page/"+name))
}

func (p *tracePage) register(mux *http.ServeMux) {
	changes := &news{mark: p.o.sessionsMark, interval: newsInterval}
	mux.Handle("/{$}", methods{http.MethodGet: p.serveStart, http.MethodPost: p.startSession})
	mux.Handle("/sessions/{a}/{r}/{s}", methods{http.MethodGet: p.serveSession, http.MethodPost: p.stopSession})
	mux.Handle("/sessions/{a}/{r}/{s}/{t}", readOnly(p.serveRecorded))
	mux.Handle("/faults/{t}", readOnly(p.serveFault))
	mux.Handle("/captures/{id}", readOnly(captures{p.o}.serve))
	mux.Handle("/events", readOnly(changes.serve))
	for _, asset := range []string{"style.css", "trace.js", "icon.svg"} {
		mux.Handle("/page/"+asset, readOnly(func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, files, "page/"+asset)
		}))
	}
}

// head is what every page shows around its content.
type head struct {
	Title                     string
	Organization, Environment string
	Ready                     bool
	Events                    string // address of the events that announce changes; "" if nothing changes
	Section                   string // the one of Sections the page belongs to
}

// section is an entry of the navigation that all pages share.
type section struct{ Name, Path string }

// Sections are the entries.
func (head) Sections() []section {
	return []section{{"Traces", "/"}, {"Timeline", "/monitoring/"}, {"Investigate", "/monitoring/investigate"},
		{"Recent", "/monitoring/recent"}, {"Alerts", "/monitoring/alerts"}}
}

func (p *tracePage) head(title, events string) head {
	return p.o.head("Traces", title, events)
}

func (o Options) head(section, title, events string) head {
	return head{title, o.Organization(), o.Environment(), o.Ready(), events, section}
}

// render answers with a page, or not at all: half a page would be worse.
func render(w http.ResponseWriter, status int, page *template.Template, data any) {
	var out bytes.Buffer
	if err := page.ExecuteTemplate(&out, "layout", data); err != nil {
		refuse(w, http.StatusInternalServerError, "emulator.InternalError", "The page could not be made")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

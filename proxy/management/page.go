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
	parse := func(name string) *template.Template {
		functions := template.FuncMap{"visible": visible}
		return template.Must(template.New(name).Funcs(functions).ParseFS(files,
			"page/layout.html", "page/calls.html", "page/"+name))
	}
	return &tracePage{o, parse("start.html"), parse("session.html"), parse("transaction.html")}
}

func (p *tracePage) register(mux *http.ServeMux) {
	changes := &news{o: p.o}
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
}

func (p *tracePage) head(title, events string) head {
	return head{title, p.o.Organization(), p.o.Environment(), p.o.Ready(), events}
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

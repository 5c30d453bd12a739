package management

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed page
var pages embed.FS

type front struct {
	Organization, Environment string
	Ready, PProf              bool
	Routes                    []Route
}

// Revisions is the address of the local API's answer about one API proxy.
func (f front) Revisions(api string) string {
	return "/v1/runtime/organizations/" + url.PathEscape(f.Organization) +
		"/environments/" + url.PathEscape(f.Environment) + "/apis/" + url.PathEscape(api) + "/revisions"
}

// Environments is the address of the local API's list of environments.
func (f front) Environments() string {
	return "/v1/runtime/organizations/" + url.PathEscape(f.Organization) + "/environments"
}

// frontPage lists what the listener serves and what is deployed.
func frontPage(o Options) http.HandlerFunc {
	page := template.Must(template.ParseFS(pages, "page/index.html"))
	return func(w http.ResponseWriter, r *http.Request) {
		var out bytes.Buffer
		data := front{o.Organization(), o.Environment(), o.Ready(), o.PProf, o.Routes()}
		if err := page.Execute(&out, data); err != nil {
			refuse(w, http.StatusInternalServerError, "emulator.InternalError", "The page could not be made")
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(out.Bytes())
	}
}

func styleSheet(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pages, "page/style.css")
}

package management

import (
	"maps"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"time"
)

const (
	maxHeader = 16 << 10 // bytes
	maxBody   = 1 << 20  // bytes; nothing served here takes more
)

// NewServer returns the listener's server, ready for Serve. Its timeouts bound what a slow or silent peer can hold.
func NewServer(o Options) *http.Server {
	return &http.Server{
		Handler:           Handler(o),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // a CPU profile runs 30 s by default before its first byte
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    maxHeader,
	}
}

// Handler returns everything the listener serves, guards included.
func Handler(o Options) http.Handler {
	o = o.withDefaults()
	var h http.Handler = routes(o)
	h = tolerateSlashes(h)
	h = http.MaxBytesHandler(h, maxBody)
	h = refuseForeignPages(h)
	h = requirePassword(o.Username, o.Password, h)
	h = requireKnownHost(o.Hosts, h)
	return withSecurityHeaders(h)
}

func routes(o Options) *http.ServeMux {
	mux := http.NewServeMux()
	read := func(path string, h http.HandlerFunc) { mux.Handle(path, readOnly(h)) }

	newTracePage(o).register(mux)
	newMonitorPage(o).register(mux)
	apiMonitoring{o}.register(mux)
	read("/healthz", alive)
	read("/readyz", ready(o.Ready))
	if o.Metrics != nil {
		read("/metrics", o.Metrics.ServeHTTP)
	}

	local := localAPI{o}
	read("/v1/runtime/organizations/{o}/environments", local.environments)
	read("/v1/runtime/organizations/{o}/environments/{e}/apis/{a}/revisions", local.revisions)
	read("/v1/classification/tree", local.tree)
	read("/v1/runtime/about", about(o))
	for _, organization := range []string{"/v1/organizations/{o}", "/v1/o/{o}"} {
		for _, environment := range []string{"/environments/{e}", "/e/{e}"} {
			registerTraces(mux, o, organization+environment)
		}
	}

	registerAlerts(mux, o)
	newAlertsPage(o).register(mux)

	if o.Lab != nil {
		mux.Handle("/lab/", http.StripPrefix("/lab", o.Lab))
	}
	if o.PProf {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "emulator.management.NotFound", "Nothing is served at this path")
	})
	return mux
}

// registerTraces adds the API of trace sessions and kept faults below an environment.
func registerTraces(mux *http.ServeMux, o Options, environment string) {
	local, sessions, faults := localAPI{o}, debugSessions{o}, keptFaults{o}

	base := environment + "/apis/{a}/revisions/{r}/debugsessions"
	mux.Handle(base, methods{http.MethodGet: local.scoped(sessions.list), http.MethodPost: local.scoped(sessions.create)})
	mux.Handle(base+"/{s}", methods{http.MethodGet: local.scoped(sessions.show), http.MethodDelete: local.scoped(sessions.remove)})
	mux.Handle(base+"/{s}/data", readOnly(local.scoped(sessions.data)))
	mux.Handle(base+"/{s}/events", readOnly(local.scoped(sessions.events)))
	mux.Handle(base+"/{s}/trace.xml", readOnly(local.scoped(sessions.file)))

	mux.Handle(environment+"/apis/{a}/revisions/{r}/settings", readOnly(settings(o)))
	mux.Handle(environment+"/faults", readOnly(local.environmentOnly(faults.list)))
	anywhere := lookup{o}
	transaction := environment + "/transactions/{t}"
	mux.Handle(transaction+"/curl", readOnly(local.environmentOnly(anywhere.view(anywhere.curl))))
	mux.Handle(transaction+"/log", readOnly(local.environmentOnly(anywhere.log)))
	for suffix, view := range transactionForms {
		mux.Handle(base+"/{s}/data/{t}"+suffix, readOnly(local.scoped(sessions.view(view))))
		mux.Handle(environment+"/faults/{t}"+suffix, readOnly(local.environmentOnly(faults.view(view))))
		mux.Handle(transaction+suffix, readOnly(local.environmentOnly(anywhere.view(view))))
	}
}

// readOnly refuses every method but GET and HEAD.
func readOnly(h http.HandlerFunc) http.Handler { return methods{http.MethodGet: h} }

// methods serves one path by method. HEAD is served where GET is.
type methods map[string]http.HandlerFunc

func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if serve := m[method]; serve != nil {
		serve(w, r)
		return
	}
	w.Header().Set("Allow", m.allowed())
	refuse(w, http.StatusMethodNotAllowed, "emulator.management.MethodNotAllowed", "This path answers only "+m.allowed())
}

func (m methods) allowed() string {
	list := slices.Sorted(maps.Keys(m))
	if m[http.MethodGet] != nil {
		list = slices.Insert(list, slices.Index(list, http.MethodGet)+1, http.MethodHead)
	}
	return strings.Join(list, ", ")
}

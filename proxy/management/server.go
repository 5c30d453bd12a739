package management

import (
	"net/http"
	"net/http/pprof"
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
	var h http.Handler = routes(o)
	h = tolerateSlashes(h)
	h = http.MaxBytesHandler(h, maxBody)
	h = requirePassword(o.Username, o.Password, h)
	h = requireKnownHost(o.Hosts, h)
	return withSecurityHeaders(h)
}

func routes(o Options) *http.ServeMux {
	mux := http.NewServeMux()
	read := func(path string, h http.HandlerFunc) { mux.Handle(path, readOnly(h)) }

	read("/{$}", frontPage(o))
	read("/page/style.css", styleSheet)
	read("/healthz", alive)
	read("/readyz", ready(o.Ready))

	local := localAPI{o}
	read("/v1/runtime/organizations/{o}/environments", local.environments)
	read("/v1/runtime/organizations/{o}/environments/{e}/apis/{a}/revisions", local.revisions)
	read("/v1/classification/tree", local.tree)

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

// readOnly refuses every method but GET and HEAD.
func readOnly(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "emulator.management.MethodNotAllowed", "This path can only be read")
			return
		}
		h(w, r)
	})
}

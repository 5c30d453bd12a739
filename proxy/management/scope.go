package management

import (
	"fmt"
	"net/http"
	"strconv"

	"message-processor/tracing/session"
)

// scoped serves paths below an API proxy's revision: the handler is called only if that revision is deployed.
func (l localAPI) scoped(serve func(http.ResponseWriter, *http.Request, session.Scope)) http.HandlerFunc {
	return l.environmentOnly(func(w http.ResponseWriter, r *http.Request) {
		if scope, ok := l.deployed(w, r); ok {
			serve(w, r, scope)
		}
	})
}

// environmentOnly serves paths below an environment, if it is this gateway's.
func (l localAPI) environmentOnly(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if l.knowsOrganization(w, r) && l.knowsEnvironment(w, r) {
			serve(w, r)
		}
	}
}

func (l localAPI) deployed(w http.ResponseWriter, r *http.Request) (session.Scope, bool) {
	api, text := r.PathValue("a"), r.PathValue("r")
	revision, err := strconv.Atoi(text)
	known := false
	for _, route := range l.o.Routes() {
		if route.API != api {
			continue
		}
		if err == nil && route.Revision == revision {
			return session.Scope{Organization: l.o.Organization(), Environment: l.o.Environment(), API: api,
				Revision: revision}, true
		}
		known = true
	}
	if known {
		refuse(w, http.StatusNotFound, noRevision, fmt.Sprintf("Revision %s of APIProxy %s is not deployed here", text, api))
	} else {
		refuse(w, http.StatusNotFound, noApplication, fmt.Sprintf("APIProxy %s is not deployed here", api))
	}
	return session.Scope{}, false
}

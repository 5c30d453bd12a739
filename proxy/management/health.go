package management

import (
	"io"
	"net/http"
)

// alive says that the process runs and can answer; nothing that a restart would not mend is asked here.
func alive(w http.ResponseWriter, r *http.Request) {
	plain(w, http.StatusOK, "ok\n")
}

// ready turns 503 while the gateway drains, so that load balancers send nothing new.
func ready(isReady func() bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if isReady() {
			plain(w, http.StatusOK, "ok\n")
			return
		}
		plain(w, http.StatusServiceUnavailable, "draining\n")
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text)
}

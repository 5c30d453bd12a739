package management

import (
	"net/http"

	"message-processor/tracing/session"
)

// lookup serves one transaction wherever it was recorded, for who has nothing but its message id. What it serves goes
// into archives for others, so it has no secrets even where sessions keep them. The original has nothing like it.
type lookup struct{ o Options }

// view serves the transaction whose transaction id or message id the path holds.
func (l lookup) view(serve transactionForm) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := l.o.Sessions.Lookup(r.PathValue("t"))
		if err != nil {
			refuseError(w, err)
			return
		}
		serve(w, r, t.Masked())
	}
}

// curl answers with the command that repeats the call, with variables where its secrets were.
func (l lookup) curl(w http.ResponseWriter, _ *http.Request, t *session.Transaction) {
	answer(w, http.StatusOK, script(curl(l.o.Gateway(), t.Received())))
}

// log answers with the lines of system.log that have the id, whether or not the transaction is still recorded.
func (l lookup) log(w http.ResponseWriter, r *http.Request) {
	lines := []string{}
	if l.o.LogLines != nil {
		lines = append(lines, l.o.LogLines(r.PathValue("t"))...)
	}
	answer(w, http.StatusOK, lines)
}

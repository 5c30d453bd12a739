package management

import (
	"net/http"

	"message-processor/tracing/session"
)

// keptFaults serves the flight recorder: the last faulty transactions, whether or not a session was open. The original
// has nothing like it.
type keptFaults struct{ o Options }

// list answers with summaries, newest first.
func (k keptFaults) list(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, summaries(k.o.Sessions.Faults()))
}

// summaries is never nil.
func summaries(transactions []*session.Transaction) []session.Summary {
	list := []session.Summary{}
	for _, t := range transactions {
		list = append(list, t.Summary())
	}
	return list
}

// view serves the transaction whose transaction id or message id the path holds.
func (k keptFaults) view(serve transactionForm) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, err := k.o.Sessions.Fault(r.PathValue("t"))
		if err != nil {
			refuseError(w, err)
			return
		}
		serve(w, r, t)
	}
}

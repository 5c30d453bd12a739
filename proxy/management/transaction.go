package management

import (
	"net/http"
	"time"

	"message-processor/tracing/session"
)

// transactionForm serves one transaction in some form.
type transactionForm func(http.ResponseWriter, *http.Request, *session.Transaction)

// transactionForms are the forms in which one transaction is served, by what follows its path. The first is the
// original's, the others our own.
var transactionForms = map[string]transactionForm{
	"":           serveTransaction,
	"/summary":   serveSummary,
	"/trace.xml": serveFile,
}

// serveTransaction answers in the form the client prefers.
func serveTransaction(w http.ResponseWriter, r *http.Request, t *session.Transaction) {
	w.Header().Set("Vary", "Accept")
	if prefersXML(r.Header.Values("Accept")) {
		w.Header().Set("Content-Type", "application/xml")
		w.Write(t.AppendXML(nil))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(t.AppendJSON(nil))
}

// serveSummary answers with the transaction in short, its verdict included.
func serveSummary(w http.ResponseWriter, _ *http.Request, t *session.Transaction) {
	answer(w, http.StatusOK, t.Summary())
}

// serveFile answers with the transaction as the only one of a trace file.
func serveFile(w http.ResponseWriter, _ *http.Request, t *session.Transaction) {
	attach(w, t.AppendFile(nil))
}

// attach answers with a trace file for the browser to save, not to show.
func attach(w http.ResponseWriter, file []byte) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+session.FileName(time.Now())+`"`)
	w.Write(file)
}

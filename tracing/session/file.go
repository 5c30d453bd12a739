package session

import (
	"strconv"
	"time"
)

// FileName is the name the Edge UI gives to a trace file retrieved at t.
func FileName(t time.Time) string { return "trace-" + strconv.FormatInt(t.UnixMilli(), 10) + ".xml" }

// retrieved has exactly three fraction digits: the original's UI refuses more.
const retrieved = "2006-01-02T15:04:05.000Z"

// AppendFile appends a session as the file that the Edge UI downloads, named FileName. ErrUnknownSession.
func (s *Store) AppendFile(dst []byte, scope Scope, name string) ([]byte, error) {
	list, err := s.Transactions(scope, name)
	if err != nil {
		return dst, err
	}
	return appendFile(dst, scope, name, list), nil
}

// AppendFile appends the transaction alone as a file like the one the Edge UI downloads.
func (t *Transaction) AppendFile(dst []byte) []byte {
	api := &t.record.API
	return appendFile(dst, Scope{api.Organization, api.Environment, api.Name, api.Revision}, "", []*Transaction{t})
}

func appendFile(dst []byte, scope Scope, name string, list []*Transaction) []byte {
	w := xmlWriter{append(dst, xmlHeader+"<DebugSession>\n"...)}
	w.element("", "Retrieved", time.Now().UTC().Format(retrieved))
	w.element("", "Organization", scope.Organization)
	w.element("", "Environment", scope.Environment)
	w.element("", "API", scope.API)
	w.element("", "Revision", strconv.Itoa(scope.Revision))
	w.element("", "SessionId", name)
	w.raw("<Messages>\n")
	for _, t := range list {
		w.raw("<Message>\n")
		w.element("", "DebugId", t.id)
		w.out = t.appendData(append(w.out, '\n'))
		w.raw("</Message>\n")
	}
	w.raw("</Messages>\n</DebugSession>\n")
	return w.out
}

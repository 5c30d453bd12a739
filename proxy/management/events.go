package management

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"message-processor/tracing/session"
)

// events sends a session's transactions as they are recorded: an event "transaction" with the summary of each, and
// "end" when the session has ended. Who reconnects gets those after the one it saw last.
func (d debugSessions) events(w http.ResponseWriter, r *http.Request, scope session.Scope) {
	feed, cancel, err := d.o.Sessions.Subscribe(scope, r.PathValue("s"))
	if err != nil {
		refuseError(w, err)
		return
	}
	defer cancel()
	s, err := openStream(w)
	if err == nil && r.Method != http.MethodHead {
		s.follow(r, feed)
	}
}

// follow sends what comes out of feed until the peer leaves or the session ends.
func (s *stream) follow(r *http.Request, feed <-chan *session.Transaction) {
	seen := serial(r.Header.Get("Last-Event-ID"))
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			err = s.beat()
		case t, open := <-feed:
			if !open {
				s.send("end", "", struct{}{})
				return
			}
			if serial(t.ID()) > seen {
				err = s.send("transaction", t.ID(), t.Summary())
			}
		}
		if err != nil {
			return
		}
	}
}

// serial is the number at the end of a transaction id; they rise. 0 stands for none.
func serial(id string) uint64 {
	_, text, _ := strings.Cut(id, "__")
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

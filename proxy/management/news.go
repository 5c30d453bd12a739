package management

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const (
	newsInterval = 500 * time.Millisecond // between looks at what has changed
	maxReaders   = 32                     // of news at a time
)

// news tells pages that something they show has changed: an event "changed", without content. A page then fetches
// itself anew, so that there is one place that renders.
type news struct {
	mark     func() string // differs whenever the pages do
	interval time.Duration // between looks at it
	readers  atomic.Int32
}

func (n *news) serve(w http.ResponseWriter, r *http.Request) {
	if n.readers.Add(1) > maxReaders {
		n.readers.Add(-1)
		refuse(w, http.StatusTooManyRequests, "emulator.management.TooManyReaders", "Too many pages are open")
		return
	}
	defer n.readers.Add(-1)
	s, err := openStream(w)
	if err == nil && r.Method != http.MethodHead {
		n.watch(s, r)
	}
}

// watch compares marks: no other part of the gateway has to know that somebody is looking.
func (n *news) watch(s *stream, r *http.Request) {
	tick := time.NewTicker(n.interval)
	defer tick.Stop()
	last, silent := "", time.Now()
	for {
		var err error
		now := n.mark()
		switch {
		case now != last:
			last, silent = now, time.Now()
			err = s.send("changed", "", struct{}{})
		case time.Since(silent) > streamBeat:
			silent = time.Now()
			err = s.beat()
		}
		if err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// sessionsMark differs whenever the start page does.
func (o Options) sessionsMark() string {
	var text strings.Builder
	for _, info := range o.Sessions.All() {
		fmt.Fprint(&text, info.API, info.Revision, info.Name, info.Transactions, ";")
	}
	if faults := o.Sessions.Faults(); len(faults) > 0 {
		fmt.Fprint(&text, faults[0].ID())
	}
	fmt.Fprint(&text, o.Ready())
	return text.String()
}

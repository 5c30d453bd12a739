package management

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	streamWrite = 10 * time.Second // for one event; a peer that takes longer is gone
	streamBeat  = 15 * time.Second // between signs of life, by which a peer that has gone is noticed
)

// stream is an answer that goes on: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// openStream sends the head. The server's timeouts for whole requests and answers stop to apply.
func openStream(w http.ResponseWriter) (*stream, error) {
	s := &stream{w, http.NewResponseController(w)}
	if err := s.control.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // or an nginx in front holds events back
	return s, s.write("retry: 2000\n\n")
}

// send writes one event. v is written as JSON, which has no line breaks.
func (s *stream) send(event, id string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var text strings.Builder
	if id != "" {
		fmt.Fprintf(&text, "id: %s\n", id)
	}
	fmt.Fprintf(&text, "event: %s\ndata: %s\n\n", event, data)
	return s.write(text.String())
}

func (s *stream) beat() error { return s.write(":\n\n") }

func (s *stream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

package systemlog

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// ErrNoEvent is what Parse returns for text that does not begin with an event, such as a line of an exception.
var ErrNoEvent = errors.New("no event of system.log")

// StartsEvent reports whether line begins an event; otherwise it continues the exception of the event before it. A reader
// that collects lines up to the next one that starts an event has what Parse wants.
func StartsEvent(line string) bool {
	if strings.HasPrefix(line, "{") {
		return true
	}
	_, ok := splitHead(line)
	return ok
}

// Parse reads one event: its line in the text or JSON format, of ours or of the original, and below it, if any, the lines of
// its exception. The timestamp may be missing, as in quoted lines; blanks may have been collapsed. The error is ErrNoEvent or
// says what is wrong with the timestamp.
func Parse(text string) (Event, error) {
	line, exception, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "\n")
	line = strings.TrimSuffix(line, "\r")
	if strings.HasPrefix(line, "{") {
		return parseJSON(line)
	}
	h, ok := splitHead(line)
	if !ok {
		return Event{}, ErrNoEvent
	}
	e := h.event()
	e.Exception = parseException(exception)
	if h.time == "" {
		return e, nil
	}
	t, err := time.ParseInLocation(timestampLayout, h.time, time.Local)
	if err != nil {
		return Event{}, fmt.Errorf("timestamp of system.log: %w", err)
	}
	e.Time = t
	return e, nil
}

func parseJSON(line string) (Event, error) {
	var r record
	if !r.decode([]byte(line)) {
		return Event{}, ErrNoEvent
	}
	if r.level == zerolog.NoLevel {
		r.level = zerolog.InfoLevel
	}
	return r.event(), nil
}

func parseException(text string) string {
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		if line != "" && line[0] == '\t' && posesAsEvent(line) {
			line = line[1:]
		}
		lines[i] = unescape(line)
	}
	return strings.Join(lines, "\n")
}

// posesAsEvent reports whether line, rid of its indent, would start an event. Such lines of an exception get a tab when they
// are written and lose one when they are read.
func posesAsEvent(line string) bool { return StartsEvent(strings.TrimLeft(line, "\t")) }

// contextKeys stand in this order, each only if known.
var contextKeys = [...]string{"org:", "env:", "api:", "rev:", "messageid:"}

// head is the line's parts as they are written.
type head struct {
	time, thread, logger, message string
	context                       [len(contextKeys)]string
	level                         zerolog.Level
}

func splitHead(line string) (h head, ok bool) {
	if startsWithTimestamp(line) {
		h.time, line = line[:len(timestampLayout)], strings.TrimLeft(line[len(timestampLayout):], " ")
	}
	for i, key := range contextKeys {
		if strings.HasPrefix(line, key) {
			h.context[i], line = cutWord(line[len(key):])
		}
	}
	var level string
	h.thread, line = cutWord(line)
	level, line = cutWord(line)
	h.logger, line = cutWord(line)
	if level != strings.ToUpper(level) || !isThread(h.thread) || h.logger == "" {
		return head{}, false
	}
	if h.level, ok = parseLevel(level); !ok {
		return head{}, false
	}
	if line == "-" { // an empty message whose last blank an editor removed
		return h, true
	}
	h.message, ok = strings.CutPrefix(line, "- ")
	return h, ok
}

func (h *head) event() Event {
	return Event{
		Level: h.level, Logger: unescape(h.logger), Thread: unescape(h.thread),
		Org: unescape(h.context[0]), Env: unescape(h.context[1]), API: unescape(h.context[2]),
		Revision: unescape(h.context[3]), MessageID: unescape(h.context[4]),
		Message: unescape(h.message),
	}
}

// startsWithTimestamp looks at the shape only: digits where the layout has digits, and its own signs between them.
func startsWithTimestamp(line string) bool {
	if len(line) <= len(timestampLayout) || line[len(timestampLayout)] != ' ' {
		return false
	}
	for i := range len(timestampLayout) {
		if isDigit(timestampLayout[i]) != isDigit(line[i]) || !isDigit(line[i]) && line[i] != timestampLayout[i] {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// isThread tells a thread's name from the first word of an exception's line, which ends in a colon or is indented.
func isThread(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r == ':' || r < ' ' })
}

// cutWord splits line after its first word and skips the blanks that follow it.
func cutWord(line string) (word, rest string) {
	word, rest, _ = strings.Cut(line, " ")
	return word, strings.TrimLeft(rest, " ")
}

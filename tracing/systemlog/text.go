package systemlog

import (
	"bytes"
	"time"
)

// The timestamp has no zone: the original writes local time. It is rendered in two parts.
const (
	timestampLayout = secondsLayout + "000"
	secondsLayout   = "2006-01-02 15:04:05,"
)

// Format renders e in the original's layout, without the final newline: one line, and one more for each line of the
// exception. Parse reads it back.
func Format(e Event) string { return string(recordOf(e).appendText(nil)) }

func (r *record) appendText(dst []byte) []byte {
	dst = append(r.appendTimestamp(dst), "  "...)
	dst = appendPair(dst, "org:", r.org)
	dst = appendPair(dst, "env:", r.env)
	dst = appendPair(dst, "api:", r.api)
	dst = appendPair(dst, "rev:", r.rev)
	dst = appendPair(dst, "messageid:", r.messageID)
	dst = appendWord(dst, r.thread, inThread, defaultThread)
	dst = appendLevel(append(dst, ' '), levelName(r.level))
	dst = appendWord(append(dst, ' '), r.logger, inWord, defaultLogger)
	dst = append(dst, " - "...)
	dst = r.appendMessage(dst)
	return appendException(dst, r.exception)
}

// appendTimestamp renders date, hours, minutes and seconds only when they are not those of the line before.
func (r *record) appendTimestamp(dst []byte) []byte {
	t := time.UnixMilli(r.millis)
	if r.millis == 0 || t.Unix() != r.stamped.second || len(r.stamped.text) == 0 {
		t = r.time()
		r.stamped.second, r.stamped.text = t.Unix(), t.AppendFormat(r.stamped.text[:0], secondsLayout)
	}
	millis := t.Nanosecond() / int(time.Millisecond)
	return append(append(dst, r.stamped.text...), byte('0'+millis/100), byte('0'+millis/10%10), byte('0'+millis%10))
}

func appendPair(dst []byte, key string, value []byte) []byte {
	if len(value) == 0 {
		return dst
	}
	dst = appendVisible(append(dst, key...), value, inWord)
	return append(dst, ' ')
}

func appendWord(dst, value []byte, p place, absent string) []byte {
	if len(value) == 0 {
		return append(dst, absent...)
	}
	return appendVisible(dst, value, p)
}

func appendLevel(dst []byte, name string) []byte {
	dst = append(dst, name...)
	if len(name) < len("ERROR") {
		dst = append(dst, ' ')
	}
	return dst
}

// appendMessage appends the message and, if there is one, zerolog's error.
func (r *record) appendMessage(dst []byte) []byte {
	dst = appendVisible(dst, r.message, inMessage)
	for _, f := range r.fields {
		if string(f.name) != `"`+fieldError+`"` {
			continue
		}
		if len(r.message) > 0 {
			dst = append(dst, ": "...)
		}
		dst = appendVisible(dst, r.text(f.value), inMessage)
	}
	return dst
}

// appendException appends each line of text on a line of its own. A line that a reader would take for an event of its own is
// indented by a tab: an exception's text may quote what a peer sent.
func appendException(dst, text []byte) []byte {
	text = bytes.TrimRight(text, "\n")
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		dst = append(dst, '\n')
		start := len(dst)
		dst = appendExceptionLine(dst, line)
		if posesAsEvent(string(dst[start:])) {
			dst = append(dst, 0)
			copy(dst[start+1:], dst[start:])
			dst[start] = '\t'
		}
		text = rest
	}
	return dst
}

// appendExceptionLine keeps the tabs that indent a stack frame.
func appendExceptionLine(dst, line []byte) []byte {
	frame := bytes.TrimLeft(line, "\t")
	dst = append(dst, line[:len(line)-len(frame)]...)
	return appendVisible(dst, frame, inMessage)
}

package systemlog

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/rs/zerolog"
)

// record is an event as bytes, on its way to a line. It is reused; its slices point into the decoded event or into scratch.
type record struct {
	millis int64 // Unix milliseconds; 0: now
	level  zerolog.Level

	logger, thread                []byte
	org, env, api, rev, messageID []byte
	message, exception            []byte
	fields                        []rawField
	scratch                       []byte // texts whose JSON escapes were undone
	line                          []byte // the rendered event, final newline included

	stamped struct { // the last second that was rendered
		second int64
		text   []byte
	}
}

// rawField is a further field as JSON text: name with its quotes, value as it came.
type rawField struct{ name, value []byte }

func (r *record) reset() {
	*r = record{level: zerolog.NoLevel, fields: r.fields[:0], scratch: r.scratch[:0], line: r.line[:0], stamped: r.stamped}
}

// slot returns where the text field called name is kept, or nil if there is none.
func (r *record) slot(name []byte) *[]byte {
	switch string(name) {
	case fieldMessage:
		return &r.message
	case FieldLogger:
		return &r.logger
	case FieldThread:
		return &r.thread
	case FieldOrg:
		return &r.org
	case FieldEnv:
		return &r.env
	case FieldAPI:
		return &r.api
	case FieldRevision:
		return &r.rev
	case FieldMessageID:
		return &r.messageID
	case FieldException:
		return &r.exception
	}
	return nil
}

// add keeps a further field. zerolog repeats a name that was set twice; the last one counts, as for the fixed fields.
func (r *record) add(name, value []byte) {
	for i := range r.fields {
		if bytes.Equal(r.fields[i].name, name) {
			r.fields[i].value = value
			return
		}
	}
	r.fields = append(r.fields, rawField{name, value})
}

// time is the event's time in the local zone. A year the layout has no room for is no time.
func (r *record) time() time.Time {
	if t := time.UnixMilli(r.millis); r.millis != 0 && t.Year() >= 1 && t.Year() <= 9999 {
		return t
	}
	return time.Now()
}

func recordOf(e Event) *record {
	r := &record{
		level: e.Level, logger: []byte(e.Logger), thread: []byte(e.Thread),
		org: []byte(e.Org), env: []byte(e.Env), api: []byte(e.API), rev: []byte(e.Revision), messageID: []byte(e.MessageID),
		message: []byte(e.Message), exception: []byte(e.Exception),
	}
	if !e.Time.IsZero() {
		r.millis = e.Time.UnixMilli()
	}
	for _, f := range e.Fields {
		if json.Valid([]byte(f.Value)) {
			r.add(appendJSONString(nil, []byte(f.Name)), bytes.TrimSpace([]byte(f.Value)))
		}
	}
	return r
}

func (r *record) event() Event {
	e := Event{
		Level: r.level, Logger: string(r.logger), Thread: string(r.thread),
		Org: string(r.org), Env: string(r.env), API: string(r.api), Revision: string(r.rev), MessageID: string(r.messageID),
		Message: string(r.message), Exception: string(r.exception),
	}
	if r.millis != 0 {
		e.Time = time.UnixMilli(r.millis)
	}
	for _, f := range r.fields {
		e.Fields = append(e.Fields, Field{string(r.text(f.name)), string(f.value)})
	}
	return e
}

// parseMillis reads a timestamp in either spelling: zerolog's number of milliseconds or the JSON format's RFC 3339 text.
// 0 means that it is neither.
func parseMillis(value []byte) int64 {
	if len(value) > 0 && value[0] == '"' {
		t, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(value))
		if err != nil {
			return 0
		}
		return t.UnixMilli()
	}
	ms, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0
	}
	return ms
}

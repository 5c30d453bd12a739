package systemlog

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

func FuzzARenderedEventIsOneLineThatReadsBackTheSame(f *testing.F) {
	f.Add("acme", "test", "orders", "3", "mp1-1-1-1", "NIOThread@1", "HTTP.CLIENT", handshakeMessage, "", int8(3))
	f.Add("o env:x", "\n", "a:b", " ", "\x85", "org:x", "- ", "- x\u2028\\n", "E: x\n\tat y\n{\n2026-11-22 10:15:42,330  T INFO L - m", int8(0))
	f.Add("", "", "", "", "", "{", "\xff", "\r", "\n\n\tT INFO L - \n\t\tT INFO L - m\n", int8(-1))
	f.Fuzz(func(t *testing.T, org, env, api, rev, id, thread, logger, message, exception string, level int8) {
		want := Event{Time: moment, Level: zerolog.Level(level&3) + zerolog.Level(level&1), Org: org, Env: env, API: api, Revision: rev,
			MessageID: id, Thread: thread, Logger: logger, Message: message, Exception: strings.TrimRight(exception, "\n")}
		want.Level = min(want.Level, zerolog.ErrorLevel)
		text := Format(want)
		lines := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) })
		if len(lines) > 1+strings.Count(want.Exception, "\n")+1 || strings.ContainsAny(lines[0], "\x00\x1b") || !utf8.ValidString(text) {
			t.Fatalf("%q", text)
		}
		for _, line := range strings.Split(text, "\n")[1:] {
			if StartsEvent(line) {
				t.Fatalf("a line of the exception starts an event: %q", line)
			}
		}
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		if want.Thread == "" {
			want.Thread = defaultThread
		}
		if want.Logger == "" {
			want.Logger = defaultLogger
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}

func FuzzWhateverIsWrittenBecomesOneEvent(f *testing.F) {
	f.Add([]byte(`{"level":"error","org":"acme","message":"m","x":{"a":[1,"}"]},"error":"e"}` + "\n"))
	f.Add([]byte("plain\ntext\xff"))
	f.Add([]byte(`{"message":"\ud83d\u2028","timestamp":"2026-11-22T10:15:42.330Z","rev":3}`))
	f.Add([]byte("{\"raw\":{\n\"k\":\"\x7f\"}}"))
	f.Fuzz(func(t *testing.T, p []byte) {
		var r record
		if ok := r.decode(p); ok != isObject(p) {
			t.Fatalf("decoded %v, encoding/json says %v: %q", ok, !ok, p)
		} else if !ok {
			return
		}
		r.exception = nil
		text := string(r.appendText(nil))
		if e, err := Parse(text); err != nil || strings.Contains(text, "\n") || e.Org != strings.ToValidUTF8(string(r.org), "\ufffd") && utf8.Valid(p) {
			t.Fatalf("%v: %q", err, text)
		}
		line := string(r.appendJSON(nil))
		if !json.Valid([]byte(line)) || strings.ContainsAny(line, "\n\r\u0085\u2028\u2029") {
			t.Fatalf("%q from %q", line, p)
		}
		if _, err := Parse(line); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
	})
}

func isObject(p []byte) bool {
	p = bytes.Trim(p, " \t\r\n")
	return len(p) > 0 && p[0] == '{' && json.Valid(p)
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add("2026-11-22 10:15:42,330  org:acme NIOThread@1 ERROR HTTP.CLIENT - " + handshakeMessage + "\n\tat x")
	f.Add(`{"error":"\u","message":"ClientChannel[C:a Remote host:b]@1 useCount="}`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		ParseChannel(e.Message)
		if e.Time.IsZero() {
			e.Time = time.UnixMilli(1)
		}
		if again, err := Parse(Format(e)); err != nil || again.Message != e.Message && len(e.Fields) == 0 {
			t.Fatalf("%q becomes %q, %v", e.Message, again.Message, err)
		}
	})
}

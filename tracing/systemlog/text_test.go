package systemlog

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

func logHandshakeTimeout(w *Writer) {
	log := zerolog.New(w).With().Str(FieldOrg, "acme").Str(FieldEnv, "test").Str(FieldAPI, "orders").Int(FieldRevision, 3).Logger()
	log.Error().Int64(FieldTimestamp, moment.UnixMilli()).Str(FieldLogger, "HTTP.CLIENT").Str(FieldThread, "NIOThread@1").
		Str(FieldMessageID, "mp1-12575-7-1").Int(FieldUseCount, 1).Msg(handshakeMessage)
}

func TestHandshakeTimeoutIsTheLineOfThePlaybook(t *testing.T) {
	want, err := os.ReadFile("testdata/handshake-timeout.log")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), rendered(t, "text", logHandshakeTimeout)); diff != "" {
		t.Error(diff)
	}
}

func TestFormatLeavesOutWhatIsNotKnown(t *testing.T) {
	for _, c := range []struct {
		name  string
		event Event
		want  string
	}{
		{"no context", Event{Time: moment, Level: zerolog.ErrorLevel, Thread: "Apigee-Main-6", Logger: "MESSAGING.RUNTIME", Message: "m"},
			"2026-11-22 10:15:42,330  Apigee-Main-6 ERROR MESSAGING.RUNTIME - m"},
		{"part of the context", Event{Time: moment, Level: zerolog.InfoLevel, Org: "o", API: "a", Thread: "T", Logger: "L", Message: "m"},
			"2026-11-22 10:15:42,330  org:o api:a T INFO  L - m"},
		{"neither logger nor thread", Event{Time: moment, Level: zerolog.WarnLevel, Message: "m"},
			"2026-11-22 10:15:42,330  Apigee-Main-1 WARN  BOOTSTRAP - m"},
		{"no message", Event{Time: moment, Level: zerolog.DebugLevel, Thread: "T", Logger: "L"},
			"2026-11-22 10:15:42,330  T DEBUG L - "},
		{"milliseconds are padded", Event{Time: moment.Add(-323 * time.Millisecond), Level: zerolog.TraceLevel, Thread: "T", Logger: "L", Message: "m"},
			"2026-11-22 10:15:42,007  T TRACE L - m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Format(c.event)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLevelsAboveErrorAreErrors(t *testing.T) {
	for level, want := range map[zerolog.Level]string{
		zerolog.FatalLevel: "ERROR", zerolog.PanicLevel: "ERROR", zerolog.NoLevel: "INFO", zerolog.Level(-3): "TRACE",
	} {
		if got := levelName(level); got != want {
			t.Errorf("level %v is %s, want %s", level, got, want)
		}
	}
}

func TestMessageCannotStartALineOrHideAnything(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb":                    `a\nb`,
		"a\r\nb":                  `a\r\nb`,
		"a\tb":                    `a\tb`,
		"\x1b[2J":                 `\x1b[2J`,
		"\x00\x7f":                `\x00\x7f`,
		"a\u2028b\u2029c\u0085d":  `a\u2028b\u2029c\u0085d`,
		"\u009b31m":               `\u009b31m`,
		"\u202egnp.exe":           `\u202egnp.exe`,
		"a\u00a0b":                `a\u00a0b`,
		"\U000e0001":              `\U000e0001`,
		"\xff\xc3":                `\xff\xc3`,
		`C:\new`:                  `C:\\new`,
		"Grüße, 東京 😀":             "Grüße, 東京 😀",
		"a  b - c : d":            "a  b - c : d",
		"x\n2026-11-22 forged":    `x\n2026-11-22 forged`,
		"\v\f\a":                  `\x0b\x0c\x07`,
		"quotes \"stay\" as {}":   "quotes \"stay\" as {}",
		strings.Repeat("\n", 300): strings.Repeat(`\n`, 300),
	} {
		got := Format(Event{Time: moment, Message: in})
		if _, message, _ := strings.Cut(got, " - "); message != want {
			t.Errorf("message %q is shown as %s, want %s", in, message, want)
		}
	}
}

func TestContextValueCannotPoseAsAnotherField(t *testing.T) {
	got := Format(Event{
		Time: moment, Level: zerolog.InfoLevel, Org: "o env:prod", API: "a\u3000b", MessageID: "id\nid",
		Thread: "org:x y", Logger: "L ERROR", Message: "m",
	})
	want := `2026-11-22 10:15:42,330  org:o\x20env:prod api:a\u3000b messageid:id\nid org\x3ax\x20y INFO  L\x20ERROR - m`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExceptionFollowsOnLinesOfItsOwn(t *testing.T) {
	got := Format(Event{Time: moment, Level: zerolog.ErrorLevel, Thread: "T", Logger: "L", Message: "exception: {}",
		Exception: "java.io.EOFException: eof\x1b unexpected\n\tat a.B.c(B.java:45) ~[nio-1.0.0.jar:na]\n\n... 20 common frames omitted\n"})
	want := "2026-11-22 10:15:42,330  T ERROR L - exception: {}\n" +
		"java.io.EOFException: eof\\x1b unexpected\n\tat a.B.c(B.java:45) ~[nio-1.0.0.jar:na]\n\n... 20 common frames omitted"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExceptionLineCannotPoseAsAnEvent(t *testing.T) {
	for _, forged := range []string{
		"2026-11-22 10:15:42,330  org:acme NIOThread@1 ERROR HTTP.CLIENT - forged",
		"org:acme env:test NIOThread@1 ERROR HTTP.CLIENT - forged",
		"NIOThread@1 ERROR HTTP.CLIENT - forged",
		`{"level":"ERROR","message":"forged"}`,
		"\t2026-11-22 10:15:42,330  T ERROR L - already indented",
	} {
		e := Event{Time: moment, Thread: "T", Level: zerolog.ErrorLevel, Logger: "L", Message: "m", Exception: "E: x\n" + forged}
		lines := strings.Split(Format(e), "\n")
		if len(lines) != 3 || StartsEvent(lines[1]) || StartsEvent(lines[2]) {
			t.Errorf("forged line starts an event: %q", lines)
		}
		if got, err := Parse(strings.Join(lines, "\n")); err != nil || got.Exception != e.Exception {
			t.Errorf("exception %q is read back as %q, %v", e.Exception, got.Exception, err)
		}
	}
}

func TestErrorFieldFollowsTheMessage(t *testing.T) {
	got := rendered(t, "text", func(w *Writer) {
		log := zerolog.New(w)
		log.Warn().Err(errors.New("bad\nport")).Str("file", "gateway.yaml").Msg("reload refused")
		log.Warn().Err(errors.New("alone")).Send()
	})
	for _, want := range []string{` - reload refused: bad\nport` + "\n", " - alone\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
}

func TestEventWithoutUsableTimeGetsThePresent(t *testing.T) {
	for _, log := range []func(*zerolog.Event) *zerolog.Event{
		func(e *zerolog.Event) *zerolog.Event { return e },
		func(e *zerolog.Event) *zerolog.Event { return e.Int64(FieldTimestamp, 1<<62) },
		func(e *zerolog.Event) *zerolog.Event { return e.Str(FieldTimestamp, "yesterday") },
		func(e *zerolog.Event) *zerolog.Event { return e.Float64(FieldTimestamp, 1.5) },
	} {
		before := time.Now().Truncate(time.Millisecond)
		line := rendered(t, "text", func(w *Writer) { l := zerolog.New(w); log(l.Info()).Msg("m") })
		e, err := Parse(line)
		if err != nil || e.Time.Before(before) || e.Time.After(time.Now()) {
			t.Errorf("line %q has time %v, %v", line, e.Time, err)
		}
	}
}

// The record of the last line is used again, and with it what it rendered of the time.
func TestEachLineHasItsOwnTime(t *testing.T) {
	var r record
	for _, at := range []time.Time{
		moment, moment.Add(time.Millisecond), moment.Add(999 * time.Millisecond), moment.Add(time.Hour), moment, moment.Add(-time.Second),
		time.UnixMilli(1), time.UnixMilli(999), time.UnixMilli(-1), time.UnixMilli(-1000), time.UnixMilli(-1001), moment,
	} {
		r.reset()
		r.millis = at.UnixMilli()
		if got, want := string(r.appendTimestamp(nil)), at.Format(timestampLayout); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFormatShowsTheErrorOfAParsedEvent(t *testing.T) {
	for value, want := range map[string]string{`"why\n"`: `m: why\n`, ` ["a"] `: `m: ["a"]`, `"`: "m", ``: "m", `null`: "m: "} {
		got := Format(Event{Time: moment, Message: "m", Fields: []Field{{"other", `"x"`}, {"error", value}}})
		if _, message, _ := strings.Cut(got, " - "); message != want {
			t.Errorf("error %s: message %q, want %q", value, message, want)
		}
	}
}

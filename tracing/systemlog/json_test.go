package systemlog

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// object reads the one line that log makes in the JSON format.
func object(t *testing.T, log func(*Writer)) map[string]any {
	t.Helper()
	line := rendered(t, "json", log)
	if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
		t.Fatalf("not one line: %q", line)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return got
}

func TestJSONHasTheFixedFieldsAndTheChannelsByName(t *testing.T) {
	got := object(t, func(w *Writer) {
		log := zerolog.New(w)
		log.Error().Int64(FieldTimestamp, moment.UnixMilli()).Str(FieldLogger, "HTTP.CLIENT").Str(FieldThread, "NIOThread@1").
			Str(FieldOrg, "acme").Str(FieldEnv, "test").Str(FieldAPI, "orders").Str(FieldRevision, "3").Str(FieldMessageID, "mp1-1-1-1").
			Str(FieldException, "a: b\n\tat c").Int64(FieldAge, 55221).Bool(FieldIsOpen, true).
			Dict("nested", zerolog.Dict().Str("k", "]}\"")).Strs("list", []string{"x", "y"}).Msg("handshake timeout")
	})
	want := map[string]any{
		"timestamp": moment.Format("2006-01-02T15:04:05.000-07:00"), "level": "ERROR", "logger": "HTTP.CLIENT", "thread": "NIOThread@1",
		"org": "acme", "env": "test", "api": "orders", "rev": "3", "messageid": "mp1-1-1-1", "message": "handshake timeout",
		"exception": "a: b\n\tat c", "age": 55221.0, "isOpen": true, "nested": map[string]any{"k": "]}\""}, "list": []any{"x", "y"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := time.Parse(time.RFC3339, got["timestamp"].(string)); err != nil {
		t.Error(err)
	}
}

func TestJSONLeavesOutWhatIsNotKnown(t *testing.T) {
	got := object(t, func(w *Writer) { l := zerolog.New(w); l.Info().Msg("m") })
	delete(got, "timestamp")
	want := map[string]any{"level": "INFO", "logger": "BOOTSTRAP", "thread": "Apigee-Main-1", "message": "m"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestJSONStaysOnOneVisibleLine(t *testing.T) {
	hostile := "a\nb\u2028c\u0085d\x1b\x7f\"\\\u202e\U000e0001e"
	line := rendered(t, "json", func(w *Writer) {
		l := zerolog.New(w)
		l.Info().Str("further", hostile).RawJSON("raw", []byte("{\n\t\"k\": \"\x7f\u2028\"\r\n}")).Msg(hostile)
	})
	for _, r := range strings.TrimSuffix(line, "\n") {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x202e || r == 0xe0001 {
			t.Errorf("%q is not escaped in %q", r, line)
		}
	}
	var got struct {
		Message, Further string
		Raw              map[string]string
	}
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	if got.Message != hostile || got.Further != hostile || got.Raw["k"] != "\x7f\u2028" {
		t.Errorf("values changed: %+q", got)
	}
}

func TestJSONNamesAFieldOnceWithItsLastValue(t *testing.T) {
	line := rendered(t, "json", func(w *Writer) {
		l := zerolog.New(w).With().Str(FieldAPI, "first").Int("n", 1).Logger()
		l.Info().Str(FieldAPI, "second").Int("n", 2).Msg("m")
	})
	if strings.Count(line, `"api":`) != 1 || !strings.Contains(line, `"api":"second"`) ||
		strings.Count(line, `"n":`) != 1 || !strings.Contains(line, `"n":2`) {
		t.Error(line)
	}
}

func TestInvalidUTF8NeverReachesJSON(t *testing.T) {
	if got := string(appendJSONString(nil, []byte("a\xffb"))); got != `"a\ufffdb"` {
		t.Errorf("string: %s", got)
	}
	if got := string(appendRaw(nil, []byte("\"a\xffb\""))); got != `"a\ufffdb"` {
		t.Errorf("raw: %s", got)
	}
}

func TestEveryLevelIsSpelledInUpperCase(t *testing.T) {
	for level, want := range map[zerolog.Level]string{
		zerolog.TraceLevel: "TRACE", zerolog.DebugLevel: "DEBUG", zerolog.InfoLevel: "INFO", zerolog.WarnLevel: "WARN", zerolog.ErrorLevel: "ERROR",
	} {
		line := rendered(t, "json", func(w *Writer) { write(w, level, "m") })
		e, err := Parse(line)
		if err != nil || e.Level != level || !strings.Contains(line, `"level":"`+want+`"`) {
			t.Errorf("%v: %v %v %s", level, e.Level, err, line)
		}
	}
}

func TestJSONWithoutALevelIsInfo(t *testing.T) {
	if e, err := Parse("{}"); err != nil || e.Level != zerolog.InfoLevel || e.Message != "" {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestWritersOwnLinesAreJSONToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := newGate()
		stream.open()
		w := open(t, Options{Stdout: stream, QueueBytes: 1000, Format: "json"})
		write(w, zerolog.ErrorLevel, strings.Repeat("x", 1000))
		synctest.Wait()
		e, err := Parse(stream.lines()[0])
		if err != nil || e.Level != zerolog.WarnLevel || !strings.Contains(e.Message, "lost here: 1,") {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}

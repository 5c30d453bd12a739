package systemlog

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

func TestParseReadsLinesOfTheOriginal(t *testing.T) {
	at := func(y int, m time.Month, d, hh, mm, ss, ms int) time.Time {
		return time.Date(y, m, d, hh, mm, ss, ms*1e6, time.Local)
	}
	for _, c := range []struct {
		line string
		want Event
	}{
		{"org:xxx env:xxx api:xxx rev:x messageid:<MESSAGE_ID> NIOThread@1 ERROR HTTP.CLIENT - HTTPClient$Context.handshakeTimeout() : tail",
			Event{Level: zerolog.ErrorLevel, Org: "xxx", Env: "xxx", API: "xxx", Revision: "x", MessageID: "<MESSAGE_ID>",
				Thread: "NIOThread@1", Logger: "HTTP.CLIENT", Message: "HTTPClient$Context.handshakeTimeout() : tail"}},
		{"Apigee-Timer-7 WARN  ADAPTORS.HTTP.FLOW - LBServer.incrementFailureCount() : Max failure count(10) reached",
			Event{Level: zerolog.WarnLevel, Thread: "Apigee-Timer-7", Logger: "ADAPTORS.HTTP.FLOW",
				Message: "LBServer.incrementFailureCount() : Max failure count(10) reached"}},
		{"2017-12-22 00:13:49,057 Apigee-Main-87446 INFO MESSAGING.CONFIGURATION - Impl.configure() : [{a='b'}]",
			Event{Time: at(2017, 12, 22, 0, 13, 49, 57), Level: zerolog.InfoLevel, Thread: "Apigee-Main-87446",
				Logger: "MESSAGING.CONFIGURATION", Message: "Impl.configure() : [{a='b'}]"}},
		{"2017-11-23 09:11:04,499  Apigee-Main-6 ERROR MESSAGING.RUNTIME - Application.sync() :  sync error\r\n",
			Event{Time: at(2017, 11, 23, 9, 11, 4, 499), Level: zerolog.ErrorLevel, Thread: "Apigee-Main-6",
				Logger: "MESSAGING.RUNTIME", Message: "Application.sync() :  sync error"}},
		{"2018-01-30 12:04:38,248 org:mynonprod env:uat  qtp2007599722-712162 ERROR REST - x",
			Event{Time: at(2018, 1, 30, 12, 4, 38, 248), Level: zerolog.ErrorLevel, Org: "mynonprod", Env: "uat",
				Thread: "qtp2007599722-712162", Logger: "REST", Message: "x"}},
		{`{"level":"INFO","thread":"NIOThread@4","message":"Keep alive is false","severity":"INFO","logger":"HTTP.SERVER"}`,
			Event{Level: zerolog.InfoLevel, Thread: "NIOThread@4", Logger: "HTTP.SERVER", Message: "Keep alive is false",
				Fields: []Field{{"severity", `"INFO"`}}}},
		{"T INFO L -", Event{Level: zerolog.InfoLevel, Thread: "T", Logger: "L"}},
		{`T INFO L - a \/ \q \`, Event{Level: zerolog.InfoLevel, Thread: "T", Logger: "L", Message: `a \/ \q \`}},
	} {
		got, err := Parse(c.line)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
	}
}

func TestParseCollectsTheExceptionBelowTheLine(t *testing.T) {
	got, err := Parse("T ERROR L - exception: {}\r\njava.io.EOFException: eof unexpected\r\n\tat a.B.c(B.java:45) ~[nio.jar:na]\n")
	if want := "java.io.EOFException: eof unexpected\n\tat a.B.c(B.java:45) ~[nio.jar:na]"; err != nil || got.Exception != want {
		t.Errorf("got %q, %v", got.Exception, err)
	}
}

func TestLinesOfAnExceptionStartNoEvent(t *testing.T) {
	for _, line := range []string{
		"", " ", "-", "java.io.EOFException: eof unexpected", "\tat com.apigee.nio.X.y(X.java:45) ~[nio-1.0.0.jar:na]",
		"        at com.apigee.nio.X.y(X.java:45)", "Caused by: java.lang.X: y", "... 20 common frames omitted",
		"2026-11-22 10:15:42,330", "2026-11-22 10:15:42,330  ", "java.io.X: ERROR L - m", "T error L - m", "T ERROR L m",
	} {
		if StartsEvent(line) {
			t.Errorf("%q starts an event", line)
		}
		if _, err := Parse(line); !errors.Is(err, ErrNoEvent) {
			t.Errorf("%q: error %v", line, err)
		}
	}
}

func TestParseRefusesWhatOnlyLooksLikeAnEvent(t *testing.T) {
	if _, err := Parse("2026-13-22 10:15:42,330  T ERROR L - m"); err == nil || !strings.Contains(err.Error(), "timestamp") {
		t.Errorf("month 13: error %v", err)
	}
	if _, err := Parse(`{"level":`); !errors.Is(err, ErrNoEvent) {
		t.Errorf("half an object: error %v", err)
	}
}

func TestParseReadsBothFormatsOfTheWriterAlike(t *testing.T) {
	want := Event{Time: moment, Level: zerolog.ErrorLevel, Org: "acme", Env: "test", API: "orders", Revision: "3",
		MessageID: "mp1-12575-7-1", Thread: "NIOThread@1", Logger: "HTTP.CLIENT", Message: handshakeMessage}
	for format, fields := range map[string][]Field{"text": nil, "json": {{FieldUseCount, "1"}}} {
		got, err := Parse(rendered(t, format, logHandshakeTimeout))
		if err != nil {
			t.Fatal(err)
		}
		want.Fields = fields
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

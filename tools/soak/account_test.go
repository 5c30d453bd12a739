package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	badGateway = "messaging.adaptors.http.BadGateway"
	passedOn   = "messaging.adaptors.http.flow.ErrorResponseCode"
)

// balanced are books that agree: a good answer, a fault, a target's own 503, and a client that left.
func balanced() *books {
	return &books{
		log: map[string]logged{"good": {lines: 1, api: "tls"}, "stuck": {lines: 1, errors: 1, api: "stuck-1"},
			"down": {lines: 1, api: "status-503"}, "left": {lines: 1, api: "tls"}},
		spans: map[string]serverSpan{"good": {servers: 1, others: 4, api: "tls", status: 200},
			"stuck": {servers: 1, others: 3, api: "stuck-1", fault: badGateway, status: 502},
			"down":  {servers: 1, others: 5, api: "status-503", fault: passedOn, status: 503},
			"left":  {servers: 1, api: "tls", status: 499}},
		answers: map[string]answer{"good": {"GET", 200, "", 1}, "stuck": {"stuck handshakes", 502, badGateway, 1},
			"down": {"backend status-503", 503, passedOn, 1}},
		sessions: []string{"good"},
		requests: map[string]int{"tls": 2, "stuck-1": 1, "status-503": 1},
		faults:   map[string]int{badGateway: 1, passedOn: 1},
	}
}

func TestBooksThatAgreeBalance(t *testing.T) {
	if got := balanced().balance(); len(got) > 0 {
		t.Errorf("found %q", got)
	}
}

func TestEveryDisagreementIsFound(t *testing.T) {
	for _, c := range []struct {
		name    string
		disturb func(*books)
		want    string
	}{
		{"a line missing", func(b *books) { delete(b.log, "left") }, "have a span but no line"},
		{"a line twice", func(b *books) { b.log["good"] = logged{lines: 2, api: "tls"} }, "more than one line"},
		{"a fault without its ERROR line", func(b *books) { b.log["stuck"] = logged{lines: 1, api: "stuck-1"} }, "have 0 ERROR lines instead of 1"},
		{"an ERROR line without a fault", func(b *books) { b.log["good"] = logged{lines: 1, errors: 1, api: "tls"} }, "have 1 ERROR lines instead of 0"},
		{"a line of another API proxy", func(b *books) { b.log["good"] = logged{lines: 1, api: "plain"} }, "another API proxy"},
		{"a span missing", func(b *books) { delete(b.spans, "left") }, "no SERVER span"},
		{"only the spans below", func(b *books) { b.spans["left"] = serverSpan{others: 3, api: "tls"} }, "no SERVER span"},
		{"a span twice", func(b *books) { b.spans["good"] = serverSpan{servers: 2, api: "tls", status: 200} }, "more than one SERVER span"},
		{"a request counted twice", func(b *books) { b.requests["tls"]++ }, "requests of API proxy tls: 3 in the metrics, 2 lines"},
		{"a fault not counted", func(b *books) { delete(b.faults, badGateway) }, "faults " + badGateway + ": 0 in the metrics, 1 SERVER spans"},
		{"an answer from nowhere", func(b *books) { b.answers["new"] = answer{"GET", 200, "", 1} }, "not in system.log, such as [new]"},
		{"an id used twice", func(b *books) { b.answers["good"] = answer{"GET", 200, "", 2} }, "answered more than once"},
		{"another fault", func(b *books) { b.answers["stuck"] = answer{"stuck handshakes", 504, "x", 1} }, "(stuck handshakes: 504 x, span: 502 " + badGateway},
		{"a session's own", func(b *books) { b.sessions = append(b.sessions, "new") }, "in a trace session but not in system.log"},
	} {
		b := balanced()
		c.disturb(b)
		if got := strings.Join(b.balance(), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhatWasDroppedAndCountedIsNotMissed(t *testing.T) {
	b := balanced()
	delete(b.log, "left")
	delete(b.spans, "good")
	b.linesDropped, b.spansDropped = 1, 5
	if got := b.balance(); len(got) > 0 {
		t.Errorf("found %q", got)
	}
	if want := []string{"1 lines of system.log were dropped", "5 spans were dropped"}; !cmp.Equal(b.dropped(), want) {
		t.Errorf("dropped: %q", b.dropped())
	}
	delete(b.log, "stuck")
	if got := strings.Join(b.balance(), "\n"); !strings.Contains(got, "1 transactions have a span but no line") {
		t.Errorf("a second line is missing, found %q", got)
	}
}

func TestThreeExamplesAreEnough(t *testing.T) {
	b := balanced()
	for _, id := range []string{"a", "b", "c", "d"} {
		b.answers[id] = answer{"GET", 200, "", 1}
	}
	got := strings.Join(b.balance(), "\n")
	if !strings.HasPrefix(got, "4 transactions were answered but are not in system.log") || strings.Count(got, " ") > 16 {
		t.Errorf("found %q", got)
	}
}

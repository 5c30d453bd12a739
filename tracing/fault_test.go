package tracing

import (
	"testing"
	"time"

	"message-processor/faults"
)

func TestAFaultIsNamedAsTheAnswerNamesIt(t *testing.T) {
	handshake, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	answered := func(status, recorded int) *Record {
		r := &Record{Status: recorded, Passed: true}
		r.Messages.ResponseHead = []byte("HTTP/1.1 " + statusText(status) + " X\r\n\r\n")
		return r
	}
	for name, test := range map[string]struct {
		record       *Record
		code, source string
	}{
		"ours":                             {&Record{Status: 502, Failure: &Failure{Fault: handshake}}, "messaging.adaptors.http.BadGateway", "target"},
		"without a code":                   {&Record{Failure: &Failure{Fault: faults.Fault{ID: "odd", Source: "apigee"}}}, "odd", "apigee"},
		"the target's own":                 {answered(404, 404), passedCode, "target"},
		"none":                             {answered(200, 200), "", ""},
		"the client left in a good answer": {answered(200, StatusClientClosed), "", ""},
		"the client left in a bad answer":  {answered(503, StatusClientClosed), passedCode, "target"},
		"the client left before an answer": {&Record{Status: StatusClientClosed}, "", ""},
	} {
		if code, source := test.record.Fault(); code != test.code || source != test.source || test.record.isFault() != (code != "") {
			t.Errorf("%s: %q from %q", name, code, source)
		}
	}
}

func TestTheTimeOfTheTargetEndsWithItsLastStep(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	r := &Record{Start: start, End: at(100)}
	r.Steps[Request] = Interval{at(0), at(3)}
	if _, ok := r.TargetTime(); ok {
		t.Error("a target that was never asked took time")
	}
	r.Steps[Send], r.Steps[Wait] = Interval{at(10), at(12)}, Interval{at(12), at(70)}
	if spent, ok := r.TargetTime(); !ok || spent.Duration() != 60*time.Millisecond {
		t.Errorf("kept connection: %v", spent.Duration())
	}
	r.Steps[DNS], r.Steps[Receive] = Interval{at(5), at(6)}, Interval{Start: at(70)}
	if spent, _ := r.TargetTime(); spent.Duration() != 95*time.Millisecond {
		t.Errorf("a step that nobody ended: %v", spent.Duration())
	}
}

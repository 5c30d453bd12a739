package faults

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fact is one row of testdata/faults.json. A missing or null member is "" or 0.
type fact struct {
	ID            string `json:"id"`
	Status        int    `json:"status"`
	Reason        string `json:"reason_phrase"`
	String        string `json:"faultstring"`
	Code          string `json:"errorcode"`
	TraceCode     string `json:"trace_fault_code"`
	Source        string `json:"fault_source"`
	ReasonCode    string `json:"reason"`
	Cause         string `json:"cause"`
	Trigger       string `json:"trigger"`
	GovernedBy    string `json:"governed_by"`
	Confidence    string `json:"confidence"`
	Logger        string `json:"log_logger"`
	Level         string `json:"log_level"`
	Text          string `json:"log_template"`
	LogConfidence string `json:"log_confidence"`
	EmittedBy     string `json:"emitted_by"`
}

func facts(t *testing.T) []fact {
	t.Helper()
	data, err := os.ReadFile("testdata/faults.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []fact
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) < 50 {
		t.Fatalf("only %d facts read", len(rows))
	}
	return rows
}

func TestEveryFactHasItsRowAndEveryRowItsFact(t *testing.T) {
	known := map[ID]bool{}
	for _, want := range facts(t) {
		f, ok := Find(ID(want.ID))
		if !ok {
			t.Errorf("no row for %s", want.ID)
			continue
		}
		known[f.ID] = true
		if diff := cmp.Diff(answerOf(want), rowOf(f)); diff != "" {
			t.Errorf("%s differs from the table of facts (-fact +row):\n%s", want.ID, diff)
		}
	}
	for _, f := range All() {
		if !known[f.ID] {
			t.Errorf("row %s has no fact", f.ID)
		}
	}
}

// answerOf drops what is compared by other tests: the log line, and who emits the answer.
func answerOf(want fact) fact {
	want.Logger, want.Level, want.Text, want.LogConfidence, want.EmittedBy = "", "", "", "", ""
	want.Trigger = strings.TrimPrefix(want.Trigger, "-")
	return want
}

// defaults fill the placeholders that stand for a value printed in the facts.
func defaults(id ID) Vars {
	switch id {
	case TargetLineTooBig:
		return Vars{"limit": Limit(2048)}
	case RequestLineTooBig:
		return Vars{"limit": Limit(7168)}
	case TargetHeadersTooBig, RequestHeadersTooBig:
		return Vars{"limit": Limit(25600)}
	}
	return nil
}

func rowOf(f Fault) fact {
	return fact{
		ID: string(f.ID), Status: f.Status, Reason: f.Reason, String: f.Message(defaults(f.ID)), Code: f.Code,
		TraceCode: f.TraceCode, Source: f.Source, ReasonCode: f.ReasonCode, Cause: f.Cause, Trigger: f.Trigger,
		GovernedBy: f.GovernedBy, Confidence: string(f.Confidence),
	}
}

// channelForms are both descriptions of a channel that the facts show; this gateway always writes the newer one.
var channelForms = regexp.MustCompile(`(SSL)?ClientChannel\[[^]]*\]@\{channel_id\} useCount=\{n\} bytesRead=\{n\} ` +
	`bytesWritten=\{n\} age=\{ms\}ms +lastIO=\{ms\}ms( +isOpen=\{true\|false\})?`)

func TestKnownLogLinesKeepTheOriginalsWords(t *testing.T) {
	compared := 0
	for _, want := range facts(t) {
		f, _ := Find(ID(want.ID))
		if f.ID == NoActiveTargets {
			continue // the known line is about a server, not about a request
		}
		if want.Text == "" {
			if f.Log.Confidence != "" && f.Log.Confidence != Inferred && f.Log.Confidence != Ours {
				t.Errorf("%s claims a %s log line, no fact knows one", f.ID, f.Log.Confidence)
			}
			continue
		}
		compared++
		confidence, _, _ := strings.Cut(want.LogConfidence, " ")
		text := channelForms.ReplaceAllString(want.Text, "{channel}")
		text = strings.ReplaceAll(text, "{exception message}", "{exception}")
		level := want.Level
		if f.ID == TargetPrematureClose {
			level = "ERROR" // the one deviation, explained beside the row
		}
		got := []string{f.Log.Logger, f.Log.Level, f.Log.Text, string(f.Log.Confidence)}
		if diff := cmp.Diff([]string{want.Logger, level, text, confidence}, got); diff != "" {
			t.Errorf("log line of %s (-fact +row):\n%s", f.ID, diff)
		}
	}
	if compared < 10 {
		t.Errorf("only %d log lines compared", compared)
	}
}

func TestOnlyFaultsOfTheMessageProcessorAreProduced(t *testing.T) {
	for _, want := range facts(t) {
		if f, _ := Find(ID(want.ID)); f.Produced && want.EmittedBy == "router" {
			t.Errorf("%s is the router's, but marked as produced", f.ID)
		}
	}
}

func TestEveryProducedFaultWritesOneErrorLine(t *testing.T) {
	for _, f := range All() {
		if !f.Produced || f.ID == ErrorResponseCode { // the target's own answer, passed through, is no error of ours
			continue
		}
		if f.Log.Level != "ERROR" || f.Log.Logger == "" || f.Log.Text == "" || f.Log.Confidence == "" {
			t.Errorf("%s: incomplete log line %+v", f.ID, f.Log)
		}
		if strings.ContainsAny(f.Log.Text, "\r\n") {
			t.Errorf("%s: log text spans lines", f.ID)
		}
		if f.Status < 400 || f.Reason == "" || f.String == "" || f.Code == "" || f.TraceCode == "" || f.Source == "" {
			t.Errorf("%s cannot be answered: %+v", f.ID, f)
		}
	}
}

func TestIDsAreUnique(t *testing.T) {
	seen := map[ID]bool{}
	for _, f := range All() {
		if seen[f.ID] {
			t.Errorf("%s stands twice", f.ID)
		}
		seen[f.ID] = true
	}
}

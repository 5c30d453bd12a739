package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/config"
)

// checkJSON runs check --json and returns its document, strictly read, and the exit code.
func checkJSON(t *testing.T, args ...string) (doc checkDocument, code int) {
	t.Helper()
	cmd := exec.Command("message-processor", append([]string{"check", "--json"}, args...)...)
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if decoder.More() {
		t.Errorf("more than one document:\n%s", out)
	}
	return doc, cmd.ProcessState.ExitCode()
}

// checkDocument is contract section 9's shape, and what was added to it.
type checkDocument struct {
	OK       *bool
	Problems []checkProblem
	Warnings []checkProblem
}

type checkProblem struct {
	File    string
	Line    *int
	Key     *string
	Message string
}

func TestCheckTellsTheSameAsADocument(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "organization: bank\nlisten: 9001\nlimits:\n  request_line: 0\n")
	doc, code := checkJSON(t, "--config", file)
	if code != exitFailed || doc.OK == nil || *doc.OK {
		t.Errorf("exit code %d, ok %v", code, doc.OK)
	}
	lines := ""
	for _, p := range doc.Problems {
		lines += problemJSON{p.File, *p.Line, *p.Key, p.Message}.text() + "\n"
	}
	text, _ := exec.Command("message-processor", "check", "--config", file).Output()
	if diff := cmp.Diff(string(text), lines); diff != "" || len(doc.Problems) != 2 {
		t.Errorf("text (-) and document (+) differ:\n%s", diff)
	}
}

func (p problemJSON) text() string {
	return (config.Problem)(p).String()
}

func TestCheckOfAGoodFileIsAnEmptyListNotNull(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "organization: bank\n")
	doc, code := checkJSON(t, "--config", file)
	if code != exitGood || doc.OK == nil || !*doc.OK || doc.Problems == nil || len(doc.Problems) != 0 {
		t.Errorf("exit code %d, %+v", code, doc)
	}
	if len(doc.Warnings) != 1 || !strings.Contains(doc.Warnings[0].Message, "404") {
		t.Errorf("no warning of a gateway without proxies: %+v", doc.Warnings)
	}
}

func TestAWrongFlagIsWrongUsageHoweverItIsTold(t *testing.T) {
	t.Parallel()
	doc, code := checkJSON(t, "--io-timeout", "0s", "--log-level", "loud")
	if code != exitUsage || len(doc.Problems) != 2 {
		t.Errorf("exit code %d, %+v", code, doc)
	}
	for i, flag := range []string{"--log-level", "--io-timeout"} {
		if p := doc.Problems[i]; p.File != flag || *p.Line != 0 || *p.Key != "" {
			t.Errorf("problem %d: %+v", i, p)
		}
	}
}

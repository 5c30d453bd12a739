package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing/systemlog"
)

const calls = "a messageid:mp1-1-7-1 ERROR first\n" +
	"b messageid:mp1-1-7-12 ERROR another\n" +
	"c messageid:amp1-1-7-1 ERROR another\n" +
	"d mp1-1-7-12 and messageid:mp1-1-7-1\n" +
	"e {\"messageid\":\"mp1-1-7-1\"}\n"

var ofFirst = []string{"a messageid:mp1-1-7-1 ERROR first", "d mp1-1-7-12 and messageid:mp1-1-7-1", "e {\"messageid\":\"mp1-1-7-1\"}"}

func TestTheLinesOfACallAreFoundInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	file := openLogAt(t, systemlog.Options{Path: path})
	if err := os.WriteFile(path, []byte(calls), 0o600); err != nil {
		t.Fatal(err)
	}
	search := logSearch{path: path, recent: &recentLines{}}
	if diff := cmp.Diff(ofFirst, search.lines(file, "mp1-1-7-1")); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", "mp1-1-7", "nope"} {
		if got := search.lines(file, id); got != nil {
			t.Errorf("%q: %q", id, got)
		}
	}
}

func TestTheLinesOfACallAreFoundInWhatWentToStandardOutput(t *testing.T) {
	var out bytes.Buffer
	recent := &recentLines{to: &out}
	file := openLogAt(t, systemlog.Options{Path: "-", Stdout: recent})
	recent.Write([]byte(calls))
	if diff := cmp.Diff(ofFirst, (logSearch{"-", recent}).lines(file, "mp1-1-7-1")); diff != "" {
		t.Error(diff)
	}
	if out.String() != calls {
		t.Errorf("passed on: %q", out.String())
	}
}

func TestOnlyTheEndOfStandardOutputIsKept(t *testing.T) {
	recent := &recentLines{to: &bytes.Buffer{}}
	for i := range 300_000 {
		fmt.Fprintf(recent, "line %d\n", i)
		if len(recent.kept) > 2*recentLog {
			t.Fatalf("%d bytes are kept", len(recent.kept))
		}
	}
	text := recent.text()
	if len(text) < recentLog/2 || !strings.HasPrefix(text, "line ") || !strings.HasSuffix(text, "line 299999\n") {
		t.Errorf("%d bytes, from %.20q", len(text), text)
	}
}

func TestOnlyTheEndOfALargeFileIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := endOfFile(path, 4); got != "6789" {
		t.Errorf("got %q", got)
	}
	if got := endOfFile(path+".missing", 4); got != "" {
		t.Errorf("got %q", got)
	}
}

func openLogAt(t *testing.T, o systemlog.Options) *systemlog.Writer {
	t.Helper()
	file, err := systemlog.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

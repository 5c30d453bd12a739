package gather

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// eventLine is a line of system.log.
func eventLine(id, message string) string {
	return "2026-11-22 10:15:42,330  org:acme env:test api:orders rev:3 messageid:" + id + " NIOThread@1 ERROR HTTP.CLIENT - " + message
}

// logFile writes lines into a file.
func logFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "system.log")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustSearch(t *testing.T, path, id string) logExcerpt {
	t.Helper()
	found, err := searchLogs(t.Context(), path, id)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOnlyLinesOfTheWholeIDAreFound(t *testing.T) {
	path := logFile(t, eventLine("mp1-1-7-1", "ours"), eventLine("mp1-1-7-11", "longer"), eventLine("xmp1-1-7-1", "longer too"), eventLine("mp1-1-7-1", "ours too"))
	found := mustSearch(t, path, "mp1-1-7-1")
	if len(found.lines) != 2 || !strings.HasSuffix(found.lines[0], "ours") || !strings.HasSuffix(found.lines[1], "ours too") {
		t.Errorf("%q", found.lines)
	}
}

func TestAnExceptionBelongsToItsEvent(t *testing.T) {
	path := logFile(t, eventLine("a-1-1-1", "before"), eventLine("b-1-1-1", "failed"), "java.lang.X: y", "\tat z", eventLine("c-1-1-1", "after"))
	found := mustSearch(t, path, "b-1-1-1")
	if len(found.lines) != 3 || found.lines[1] != "java.lang.X: y" || found.lines[2] != "\tat z" {
		t.Errorf("%q", found.lines)
	}
}

func TestTheSurroundingsAreTwentyLinesEachAndNeverTwice(t *testing.T) {
	var lines []string
	for n := 1; n <= 200; n++ {
		id := fmt.Sprintf("other-1-%d-1", n)
		if n == 50 || n == 60 || n == 150 {
			id = "mp1-1-7-1"
		}
		lines = append(lines, eventLine(id, "x"))
	}
	around := mustSearch(t, logFile(t, lines...), "mp1-1-7-1").around
	var numbers []int
	for _, line := range around {
		numbers = append(numbers, line.Number)
	}
	if len(numbers) != 51+41 || numbers[0] != 30 || numbers[50] != 80 || numbers[51] != 130 || numbers[91] != 170 {
		t.Errorf("%v", numbers)
	}
	for i := 1; i < len(numbers); i++ {
		if numbers[i] <= numbers[i-1] {
			t.Errorf("line %d after %d", numbers[i], numbers[i-1])
		}
	}
	if !around[20].Hit || around[19].Hit || !around[30].Hit {
		t.Error("the wrong lines are marked")
	}
}

func TestAnEndlessLineAndManyLinesAreCut(t *testing.T) {
	found := mustSearch(t, logFile(t, eventLine("mp1-1-7-1", strings.Repeat("x", 3*maxLine)), eventLine("mp1-1-7-1", "next")), "mp1-1-7-1")
	if len(found.lines) != 2 || len(found.lines[0]) != maxLine {
		t.Errorf("%d lines, the first of %d bytes", len(found.lines), len(found.lines[0]))
	}
	many := strings.Split(strings.TrimSuffix(strings.Repeat(eventLine("mp1-1-7-1", "x")+"\n", 2*maxHits), "\n"), "\n")
	if got := len(mustSearch(t, logFile(t, many...), "mp1-1-7-1").lines); got != maxHits {
		t.Errorf("%d lines", got)
	}
}

func TestWhatIsNoFileIsNotReadAndASearchCanBeEnded(t *testing.T) {
	if _, err := searchLogs(t.Context(), t.TempDir(), "x"); err == nil || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("%v", err)
	}
	if _, err := searchLogs(t.Context(), filepath.Join(t.TempDir(), "none"), "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lines := strings.Split(strings.Repeat("line\n", 5000), "\n")
	if _, err := searchLogs(ctx, logFile(t, lines...), "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

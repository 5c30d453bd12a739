package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

func shell(t *testing.T, ctx context.Context, script string) *child {
	t.Helper()
	c, err := launch(ctx, t.TempDir(), "shell", nil, []string{"WORD=ready"}, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAChildIsAwaitedAndStopped(t *testing.T) {
	c := shell(t, t.Context(), `trap 'exit 0' TERM; echo "$WORD listen=here" >&2; while :; do sleep 0.01; done`)
	match, err := c.await(regexp.MustCompile(`ready listen=(\S+)`))
	if err != nil || match[1] != "here" {
		t.Errorf("%q, %v", match, err)
	}
	if err := c.stop(); err != nil {
		t.Error(err)
	}
}

func TestAChildThatEndsBadlyIsTold(t *testing.T) {
	c := shell(t, t.Context(), "echo sorry >&2; exit 3")
	if _, err := c.await(regexp.MustCompile("ready")); err == nil || !strings.Contains(err.Error(), "exit status 3\nsorry") {
		t.Errorf("await: %v", err)
	}
	if err := c.stop(); err == nil || !strings.Contains(err.Error(), "shell ended with exit status 3") {
		t.Errorf("stop: %v", err)
	}
	if _, err := launch(t.Context(), t.TempDir(), "nothing", nil, nil, "/no/such/program"); err == nil {
		t.Error("a program that is not there starts")
	}
}

func TestAChildEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := shell(t, ctx, "exec sleep 1000")
	cancel()
	<-c.ended
}

func TestAlarmsAreFoundOnStandardError(t *testing.T) {
	c := shell(t, t.Context(), "")
	<-c.ended
	text := "warning: nothing\nWARNING: DATA RACE\npanic: nil map\nno panic: here\nfatal error: all goroutines are asleep\n"
	if err := os.WriteFile(c.stderr, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if n, first, err := c.alarms(); n != 3 || first != "WARNING: DATA RACE" || err != nil {
		t.Errorf("%d, %q, %v", n, first, err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"message-processor/tracing"
	"message-processor/tracing/systemlog"
)

// record writes a line about a transaction.
func record(w *systemlog.Writer, level zerolog.Level, api, id, exception string) {
	log := zerolog.New(w)
	e := log.WithLevel(level).Str(systemlog.FieldLogger, "HTTP.CLIENT").Str(systemlog.FieldThread, "NIOThread@1").
		Str(systemlog.FieldOrg, "acme").Str(systemlog.FieldEnv, "test").Str(systemlog.FieldAPI, api).
		Str(systemlog.FieldRevision, "1").Str(systemlog.FieldMessageID, id)
	if exception != "" {
		e = e.Str(systemlog.FieldException, exception)
	}
	e.Int64(systemlog.FieldTimestamp, time.Now().UnixMilli()).Msg("something\nhappened")
}

func TestTheLogIsReadAcrossRotatedAndMovedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	for i, name := range []string{"system.log.1", "moved-1.log", "system.log"} {
		w, err := systemlog.Open(systemlog.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		record(w, zerolog.DebugLevel, "tls", "good", "")
		record(w, zerolog.ErrorLevel, "eof-in-body", []string{"a", "b", "c"}[i], "java.io.EOFException: eof unexpected\n\tat com.example.Reader.read(Reader.java:1)")
		tracing.Line(new(zerolog.New(w)).Info(), "BOOTSTRAP", "Apigee-Main-1", "about itself")
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	b := logBook{byID: map[string]logged{}}
	if err := b.readLogs(dir); err != nil {
		t.Fatal(err)
	}
	fault := logged{lines: 1, errors: 1, api: "eof-in-body"}
	want := map[string]logged{"good": {lines: 3, api: "tls"}, "a": fault, "b": fault, "c": fault}
	if !cmp.Equal(b.byID, want, cmp.AllowUnexported(logged{})) || b.lines != 9 || b.files != 3 || len(b.strange) > 0 {
		t.Errorf("%v, %d lines, %d files, strange %q", b.byID, b.lines, b.files, b.strange)
	}
}

func TestATornLineIsTold(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "system.log"), []byte("2026-11-2"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := logBook{byID: map[string]logged{}}
	if err := b.readLogs(dir); err != nil || len(b.strange) != 1 {
		t.Errorf("%v, strange %q", err, b.strange)
	}
}

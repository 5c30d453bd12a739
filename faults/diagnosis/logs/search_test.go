package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing/systemlog"
)

const stamp = "2026-11-25 10:00:00,000  "

// line is an event of a message id.
func line(id, message string) string {
	return stamp + "org:acme env:test api:orders rev:1 messageid:" + id + " NIOThread@1 ERROR HTTP.CLIENT - " + message
}

// searched are the events that Search finds in windows of a size.
func searched(t testing.TB, log, id string, size int) (all []string) {
	t.Helper()
	word := []byte(id)
	err := scan(context.Background(), strings.NewReader(log), size, func(w []byte) int { return IndexID(w, word) }, func(event []byte) error {
		all = append(all, string(event))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEventsAreFoundWholeWhereverAWindowEnds(t *testing.T) {
	first, second := line("mp1-1-1-1", "one\n\tat a.b.C.d(E.java:1)\nCaused by: x"), line("mp1-1-1-1", "two")
	log := "the rest of an event\n" + line("mp1-1-1-11", "another") + "\n" + first + "\n" + line("amp1-1-1-1", "x") + "\n" +
		`{"timestamp":"2026-11-25T10:00:00.000Z","level":"ERROR","messageid":"mp1-1-1-1","message":"json"}` + "\n" + second + "\n"
	want := []string{first, `{"timestamp":"2026-11-25T10:00:00.000Z","level":"ERROR","messageid":"mp1-1-1-1","message":"json"}`, second}
	for size := 1; size < len(log)+2; size++ {
		if diff := cmp.Diff(want, searched(t, log, "mp1-1-1-1", size)); diff != "" {
			t.Fatalf("windows of %d bytes: %s", size, diff)
		}
	}
	if got := searched(t, log, "mp1-1-1", 100); got != nil {
		t.Errorf("a part of an id finds %q", got)
	}
}

func TestAnEventWithoutEndComesInParts(t *testing.T) {
	log := line("mp1-1-1-1", strings.Repeat("x", 3*maxEvent)) + "\n" + line("mp1-1-1-1", "next") + "\n"
	got := searched(t, log, "mp1-1-1-1", piece)
	if len(got) < 2 || len(got[0]) > maxEvent || !strings.HasSuffix(got[len(got)-1], "next") {
		t.Errorf("%d events", len(got))
	}
}

func TestASearchEndsWithItsContextAndTellsErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Search(ctx, strings.NewReader("x"), "x", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	broken := io.MultiReader(strings.NewReader(line("a", "b")+"\n"), &failing{})
	if err := Search(t.Context(), broken, "x", nil); err == nil || err.Error() != "disk" {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("disk") }

func TestFilesAreReadFromTheOldestOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	want := []string{"-20261123.gz", "-20261124", ".10", ".2.gz", ".1", ""}
	for _, suffix := range append([]string{".bak", ".1.tmp", "x", ".1.gz.part"}, want...) {
		if err := os.WriteFile(path+suffix, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range want {
		want[i] = path + want[i]
	}
	if diff := cmp.Diff(want, Files(path)); diff != "" {
		t.Error(diff)
	}
	if got := Files(filepath.Join(dir, "none", "system.log")); len(got) != 0 {
		t.Error(got)
	}
}

func TestGzippedFilesAreUnpacked(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprintln(w, line("mp1-1-1-1", "packed"))
	w.Close()
	path := filepath.Join(t.TempDir(), "system.log.1") // whatever its name says
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	read := 0
	r, err := Open(path, func(n int) { read += n })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	found := 0
	if err := Search(t.Context(), r, "mp1-1-1-1", func([]byte) error { found++; return nil }); err != nil || found != 1 || read != packed.Len() {
		t.Errorf("%d found, %d bytes read of %d, %v", found, read, packed.Len(), err)
	}
}

// naive is Search one line at a time.
func naive(log, id string) (all []string) {
	for _, event := range SplitEvents(log) {
		if IndexID([]byte(event), []byte(id)) >= 0 {
			all = append(all, strings.TrimRight(event, "\r\n"))
		}
	}
	return all
}

func FuzzSearch(f *testing.F) {
	f.Add(line("mp1-1-1-1", "one\n\tat x\n")+"\n"+line("mp1-1-1-2", "two"), "mp1-1-1-1", uint8(7))
	f.Add("a\n\nmp1\n{\n", "mp1", uint8(1))
	f.Fuzz(func(t *testing.T, log, id string, size uint8) {
		if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r > 0x7e || !PartOfID(byte(r)) }) {
			t.Skip()
		}
		if diff := cmp.Diff(naive(log, id), searched(t, log, id, int(size)+1)); diff != "" {
			t.Error(diff)
		}
		for _, event := range naive(log, id) {
			if e, err := systemlog.Parse(event); err == nil {
				Diagnose(e)
			}
		}
		if err := Sum(e0).Read(t.Context(), strings.NewReader(log)); err != nil {
			t.Error(err)
		}
	})
}

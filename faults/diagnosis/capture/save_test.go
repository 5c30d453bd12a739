package capture

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOnlyMessageIDsFindACapture(t *testing.T) {
	dir := t.TempDir()
	for _, id := range []string{"mp1-12575-7-1", "gw.example.com-1-2-3"} {
		if err := save(dir, id, nil, nil); err != nil {
			t.Fatal(err)
		}
		if path, found := Find(dir, id); !found || path != filepath.Join(dir, id+".pcapng") {
			t.Errorf("%s: %q %v", id, path, found)
		}
	}
	os.WriteFile(filepath.Join(dir, "notes.pcapng"), nil, 0o600)
	os.Symlink("/etc/passwd", filepath.Join(dir, "mp1-1-1-1.pcapng"))
	os.Mkdir(filepath.Join(dir, "mp1-1-1-2.pcapng"), 0o700)
	inner := filepath.Base(dir)
	for _, id := range []string{"", ".", "..", "notes", "mp1-1-1-1", "mp1-1-1-2", "mp1-12575-7-2", "../" + inner + "/mp1-12575-7-1",
		"mp1-12575-7-1.pcapng", "mp1-12575-7-1\x00", "*-12575-7-1", "/mp1-12575-7-1", "..-1-2-3", strings.Repeat("a", 300) + "-1-2-3"} {
		if path, found := Find(dir, id); found {
			t.Errorf("%q finds %s", id, path)
		}
		if err := save(dir, id, nil, nil); err == nil && !strings.HasPrefix(id, "mp1-1") {
			t.Errorf("%q is written", id)
		}
	}
	if _, found := Find("", "mp1-12575-7-1"); found {
		t.Error("found without a directory")
	}
}

func TestTheOldestCapturesAreDeletedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		name := filepath.Join(dir, fmt.Sprintf("mp1-1-1-%d.pcapng", i))
		os.WriteFile(name, make([]byte, 1000), 0o600)
		at := time.Unix(int64(1000+i), 0)
		os.Chtimes(name, at, at)
	}
	for _, mine := range []string{"holiday.pcapng", "mp1-1-1-1.txt"} {
		os.WriteFile(filepath.Join(dir, mine), make([]byte, 1e6), 0o600)
	}
	left := func() string {
		entries, _ := os.ReadDir(dir)
		var names []string
		for _, e := range entries {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(e.Name(), "mp1-1-1-"), ".pcapng"))
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		bytes int64
		files int
		want  string
	}{
		{1e6, 100, "holiday 0 1 1.txt 2 3 4 5 6 7 8 9"},
		{7000, 100, "holiday 1.txt 3 4 5 6 7 8 9"},
		{7000, 3, "holiday 1.txt 7 8 9"},
		{0, 3, "holiday 1.txt"},
		{0, 0, "holiday 1.txt"},
	} {
		if err := prune(dir, c.bytes, c.files); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != c.want {
			t.Errorf("within %d bytes and %d files there is %s, want %s", c.bytes, c.files, got, c.want)
		}
	}
}

func TestWhatASuddenEndHasLeftIsRemovedAtTheNextStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "captures")
	if err := openDirectory(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{unfinished + "mp1-1-1-1.pcapng", "mp1-1-1-2.pcapng", unfinished + "mine"} {
		os.WriteFile(filepath.Join(dir, name), nil, 0o600)
	}
	if err := openDirectory(dir); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%v", entries)
	}
}

func TestKeysAreKeptBySessionAndWithinABound(t *testing.T) {
	keys := NewKeys()
	random := func(i int) []byte { return bytes.Repeat([]byte{byte(i >> 8), byte(i)}, randomSize/2) }
	for i := range keptSessions + 10 {
		for _, label := range []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"} {
			fmt.Fprintf(keys, "%s %s %064x\n", label, hex.EncodeToString(random(i)), i)
		}
	}
	if got := keys.of(random(0)); got != nil {
		t.Errorf("the first session is still there: %s", got)
	}
	if got := string(keys.of(random(100))); strings.Count(got, "\n") != 2 || !strings.Contains(got, "SECRET_0") {
		t.Errorf("%q", got)
	}
	for range 100 {
		fmt.Fprintf(keys, "AGAIN %s 00\n", hex.EncodeToString(random(100)))
	}
	if got := bytes.Count(keys.of(random(100)), []byte("\n")); got != keptLines {
		t.Errorf("%d lines of one session", got)
	}
	if n, err := keys.Write([]byte("nonsense\n")); n != 9 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if len(keys.lines) != keptSessions || len(keys.count) != keptSessions {
		t.Errorf("%d and %d sessions", len(keys.lines), len(keys.count))
	}
}

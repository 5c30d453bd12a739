package systemlog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// rotatedLines returns the lines of path and everything rotated from it, oldest first.
func rotatedLines(t *testing.T, path string) (lines []string) {
	t.Helper()
	names := []string{path}
	for n := 1; exists(fmt.Sprintf("%s.%d", path, n)); n++ {
		names = append(names, fmt.Sprintf("%s.%d", path, n))
	}
	slices.Reverse(names)
	for _, name := range names {
		lines = append(lines, strings.Split(strings.TrimSuffix(read(t, name), "\n"), "\n")...)
	}
	return lines
}

// fill writes n lines of about 1 KiB, numbered from first.
func fill(t *testing.T, w *Writer, first, n int) {
	t.Helper()
	for i := range n {
		write(w, zerolog.InfoLevel, fmt.Sprint(first+i, " ", strings.Repeat("z", 960)))
	}
	flush(t, w)
}

func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		names = append(names, entry.Name())
	}
	return names
}

func TestRotationKeepsEveryLineAndNoFileIsTooLarge(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	w := open(t, Options{Path: path, MaxSizeMB: 1, MaxFiles: 5})
	fill(t, w, 0, 3500)
	for i, line := range rotatedLines(t, path) {
		if !strings.Contains(line, fmt.Sprint(" - ", i, " z")) {
			t.Fatalf("line %d is %.80q", i, line)
		}
	}
	if got := entries(t, dir); !slices.Equal(got, []string{"system.log", "system.log.1", "system.log.2", "system.log.3"}) {
		t.Error(got)
	}
	for _, name := range entries(t, dir) {
		if size := len(read(t, filepath.Join(dir, name))); size > 1<<20 || size == 0 {
			t.Errorf("%s has %d bytes", name, size)
		}
	}
}

func TestRotationRemovesTheOldestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	for _, left := range []string{".3", ".4"} { // from a time when more files were kept
		os.WriteFile(path+left, []byte("old\n"), 0o640)
	}
	w := open(t, Options{Path: path, MaxSizeMB: 1, MaxFiles: 2})
	fill(t, w, 0, 5000)
	if got := entries(t, dir); !slices.Equal(got, []string{"system.log", "system.log.1", "system.log.2"}) {
		t.Error(got)
	}
	lines := rotatedLines(t, path)
	if first := 5000 - len(lines); !strings.Contains(lines[0], fmt.Sprint(" - ", first, " z")) || len(lines) < 1800 {
		t.Errorf("%d lines, from %.80q", len(lines), lines[0])
	}
}

func TestAFileThatExistsIsContinuedAndCountsItsSize(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	if err := os.WriteFile(path, []byte(strings.Repeat("old line\n", 1<<20/9)), 0o640); err != nil {
		t.Fatal(err)
	}
	w := open(t, Options{Path: path, MaxSizeMB: 1})
	fill(t, w, 0, 1)
	if !strings.HasPrefix(read(t, path+".1"), "old line\n") || !strings.Contains(read(t, path), " - 0 z") {
		t.Error(entries(t, dir))
	}
}

func TestRotationLeavesASymbolicLinkInPlace(t *testing.T) {
	dir, logs := t.TempDir(), t.TempDir()
	link := filepath.Join(dir, "system.log")
	if err := os.Symlink(filepath.Join(logs, "system.log"), link); err != nil {
		t.Fatal(err)
	}
	w := open(t, Options{Path: link, MaxSizeMB: 1})
	fill(t, w, 0, 1500)
	if got := entries(t, logs); !slices.Equal(got, []string{"system.log", "system.log.1"}) {
		t.Error(got)
	}
	if !strings.Contains(read(t, link), " - 1499 z") || len(entries(t, dir)) != 1 {
		t.Errorf("through the link: %v", entries(t, dir))
	}
}

func TestReopenContinuesInANewFileAfterLogrotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	w := open(t, Options{Path: path})
	fill(t, w, 0, 1)
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	fill(t, w, 1, 1)
	if err := w.Reopen(); err != nil {
		t.Fatal(err)
	}
	fill(t, w, 2, 1)
	moved, now := read(t, path+".moved"), read(t, path)
	// A slow machine gives the writer the time to notice the move by itself before line 1.
	if !strings.Contains(moved, " - 0 z") || strings.Count(moved+now, " - 1 z") != 1 || !strings.Contains(now, " - 2 z") {
		t.Errorf("moved file has %d lines, new one %d", strings.Count(moved, "\n"), strings.Count(now, "\n"))
	}
}

func TestAFileThatWasRemovedIsThereAgainWithoutBeingToldTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	w := open(t, Options{Path: path})
	fill(t, w, 0, 1)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for n := 1; ; n++ {
		fill(t, w, n, 1)
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the file did not come back")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if now := read(t, path); strings.Count(now, "\n") != 1 {
		t.Errorf("the new file begins with\n%s", now)
	}
}

func TestReopenWithoutAMoveRotatesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "system.log")
	w := open(t, Options{Path: path, MaxSizeMB: 1})
	fill(t, w, 0, 1)
	for range 3 { // nobody has to write in between
		if err := w.Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, w, 1, 1)
	if len(entries(t, dir)) != 1 || strings.Count(read(t, path), "\n") != 2 {
		t.Error(entries(t, dir))
	}
}

func TestReopenThatFailsKeepsTheOldFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "system.log")
	w := open(t, Options{Path: path})
	if err := os.Rename(dir, dir+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := w.Reopen(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	fill(t, w, 0, 1)
	if !strings.Contains(read(t, filepath.Join(dir+".moved", "system.log")), " - 0 z") {
		t.Error("line is lost")
	}
}

func TestReopenAfterCloseIsRefused(t *testing.T) {
	w := open(t, Options{Path: filepath.Join(t.TempDir(), "system.log")})
	w.Close()
	if err := w.Reopen(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v", err)
	}
	if err := open(t, Options{Stdout: newGate()}).Reopen(); err != nil {
		t.Errorf("a stream: %v", err)
	}
}

func TestARotationThatFailsIsReportedAndLosesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	w := open(t, Options{Path: filepath.Join(dir, "system.log"), MaxSizeMB: 1})
	if err := os.Rename(dir, dir+".moved"); err != nil {
		t.Fatal(err)
	}
	fill(t, w, 0, 1500)
	w.Close()
	data := read(t, filepath.Join(dir+".moved", "system.log"))
	if strings.Count(data, " z") != 1500 || w.Dropped() != 0 {
		t.Errorf("%d lines, %d dropped", strings.Count(data, " z"), w.Dropped())
	}
	if n := strings.Count(data, "Writer.drain() : system.log could not be written as usual"); n == 0 || n > 5 || !strings.Contains(data, "rotation: ") {
		t.Errorf("reported %d times", n)
	}
}

func TestAFileThatRefusesIsReplacedWhenThePathIsRepaired(t *testing.T) {
	if !exists("/dev/full") {
		t.Skip("needs /dev/full, a device that is always full")
	}
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "system.log")
		if err := os.Symlink("/dev/full", path); err != nil {
			t.Fatal(err)
		}
		w := open(t, Options{Path: path, QueueBytes: 4096, MaxSizeMB: 1})
		for range 100 {
			write(w, zerolog.InfoLevel, "line")
		}
		time.Sleep(10 * time.Second)
		lost := w.Dropped()
		os.Remove(path)
		time.Sleep(retryAfter + 5*rest) // batches and reports follow each other
		synctest.Wait()
		data := read(t, path)
		if strings.Count(data, " - line\n") != 100-int(lost) || lost == 0 {
			t.Errorf("%d lines written, %d lost", strings.Count(data, " - line\n"), lost)
		}
		for _, want := range []string{"no space left on device", fmt.Sprintf("lines of system.log lost here: %d,", lost)} {
			if strings.Count(data, want) != 1 {
				t.Errorf("%q is not said once:\n%s", want, data)
			}
		}
	})
}

func TestAFileThatEndsInsideALineIsContinuedOnTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	for _, c := range []struct{ before, want string }{{"", ""}, {"whole\n", "whole\n"}, {"half of a li", "half of a li\n"}} {
		if err := os.WriteFile(path, []byte(c.before), 0o640); err != nil {
			t.Fatal(err)
		}
		w := open(t, Options{Path: path})
		write(w, zerolog.InfoLevel, "m")
		w.Close()
		if got := read(t, path); !strings.HasPrefix(got, c.want+"2") || strings.Count(got, "\n") != strings.Count(c.want, "\n")+1 {
			t.Errorf("after %q: %q", c.before, got)
		}
	}
}

func TestARotationThatFindsNoRoomGoesOnInTheSameFile(t *testing.T) {
	for _, blockedBy := range []string{".1", ".2"} { // a directory that cannot be replaced by a file
		dir := t.TempDir()
		path := filepath.Join(dir, "system.log")
		files := int(blockedBy[1] - '0')
		if err := os.MkdirAll(filepath.Join(path+blockedBy, "full"), 0o750); err != nil {
			t.Fatal(err)
		}
		if files == 2 {
			os.WriteFile(path+".1", []byte("older\n"), 0o640)
		}
		w := open(t, Options{Path: path, MaxSizeMB: 1, MaxFiles: files})
		fill(t, w, 0, 1500)
		w.Close()
		data := read(t, path)
		if strings.Count(data, " z") != 1500 || !strings.Contains(data, "rotation: rename ") || w.Dropped() != 0 {
			t.Errorf("%s: %d lines, %d dropped", blockedBy, strings.Count(data, " z"), w.Dropped())
		}
		if files == 2 && read(t, path+".1") != "older\n" {
			t.Error("the file that could not be moved has changed")
		}
	}
}

func TestAStreamThatTakesLessThanItWasGivenIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		short := &broken{takes: 7, err: nil}
		w := open(t, Options{Stdout: shortWriter{short}})
		write(w, zerolog.InfoLevel, "m")
		time.Sleep(time.Minute)
		if got := short.String(); !strings.HasSuffix(strings.SplitAfter(got, "\n")[0], " - m\n") || w.Dropped() != 0 {
			t.Errorf("got %q", got)
		}
	})
}

// shortWriter takes at most 7 bytes and, against the rules of io.Writer, calls that a success.
type shortWriter struct{ to *broken }

func (s shortWriter) Write(p []byte) (int, error) { return s.to.Write(p[:min(s.to.takes, len(p))]) }

func TestADeviceIsNeverRotated(t *testing.T) {
	w := open(t, Options{Path: os.DevNull, MaxSizeMB: 1})
	fill(t, w, 0, 2500)
	if exists(os.DevNull + ".1") {
		t.Error("renamed")
	}
}

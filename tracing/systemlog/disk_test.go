//go:build unix

package systemlog

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// limitFiles makes every write behind the first n bytes of a file fail, in the middle of the write if need be, as a full disk
// does, until the returned function is called.
func limitFiles(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limited := before
	limited.Cur = n
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	lift = func() { syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before) }
	t.Cleanup(lift)
	return lift
}

// numbered checks that data holds whole lines with the numbers from first to last, and lines of the writer's own.
func numbered(t *testing.T, data string, first, last int) {
	t.Helper()
	next := first
	for _, line := range strings.Split(strings.TrimSuffix(data, "\n"), "\n") {
		e, err := Parse(line)
		if err != nil {
			t.Fatalf("not a whole line: %.120q", line)
		}
		if strings.HasPrefix(e.Message, "Writer.drain()") {
			continue
		}
		if want := fmt.Sprint("number ", next); e.Message != want {
			t.Fatalf("message %q, want %q", e.Message, want)
		}
		next++
	}
	if next != last+1 || !strings.HasSuffix(data, "\n") {
		t.Errorf("ends before number %d, want %d, with %.20q", next, last, data[max(0, len(data)-20):])
	}
}

func TestAFullDiskLeavesNoHalfLineBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "system.log")
		w := open(t, Options{Path: path, MaxSizeMB: 1})
		lift := limitFiles(t, 5003) // inside a line
		for i := range 200 {
			write(w, zerolog.InfoLevel, fmt.Sprint("number ", i))
		}
		time.Sleep(2500 * time.Millisecond)
		if size := len(read(t, path)); size != 5003 {
			t.Fatalf("the disk took %d bytes", size)
		}
		lift()
		time.Sleep(time.Second)
		synctest.Wait()
		data := read(t, path)
		numbered(t, data, 0, 199)
		if !strings.Contains(data, "could not be written as usual for 3s: write "+path+": file too large") || w.Dropped() != 0 {
			t.Errorf("%d dropped, last line %q", w.Dropped(), data[strings.LastIndex(data[:len(data)-1], "\n"):])
		}
	})
}

func TestAnOperatorMovesTheFullFileAwayAndLinesGoOnWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "system.log")
		w := open(t, Options{Path: path, MaxSizeMB: 1})
		lift := limitFiles(t, 5003)
		for i := range 90 {
			write(w, zerolog.InfoLevel, fmt.Sprint("number ", i))
		}
		time.Sleep(1500 * time.Millisecond)
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // and no word to the writer
		synctest.Wait()
		lift()
		old, now := read(t, path+".old"), read(t, path)
		whole := strings.Count(old, "\n")
		numbered(t, now, whole, 89)
		numbered(t, old[:strings.LastIndex(old, "\n")+1], 0, whole-1)
	})
}

func TestCloseOnAFullDiskSaysHowManyLinesAreMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	w := open(t, Options{Path: path})
	limitFiles(t, 5003)
	for i := range 200 {
		write(w, zerolog.InfoLevel, fmt.Sprint("number ", i))
	}
	err := w.Close()
	missing := 200 - strings.Count(read(t, path), "\n")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("lines not written: %d: write %s", missing, path)) {
		t.Errorf("%d missing, error %v", missing, err)
	}
	if w.Dropped() != uint64(missing) {
		t.Errorf("%d missing, %d counted", missing, w.Dropped())
	}
}

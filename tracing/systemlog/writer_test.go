package systemlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		options Options
		want    []string
		is      error
	}{
		{Options{Path: filepath.Join(dir, "missing", "system.log")}, []string{filepath.Join(dir, "missing", "system.log"), "directory", "missing"}, fs.ErrNotExist},
		{Options{Path: dir}, []string{dir, "is a directory"}, syscall.EISDIR},
		{Options{Format: "xml"}, []string{`"xml"`, "text", "json"}, nil},
	} {
		_, err := Open(c.options)
		if err == nil || c.is != nil && !errors.Is(err, c.is) {
			t.Fatalf("%+v: error %v", c.options, err)
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %v does not say %s", c.options, err, want)
			}
		}
	}
}

func TestALineIsVisibleWithoutAFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := newGate()
		stream.open()
		w := open(t, Options{Stdout: stream})
		write(w, zerolog.InfoLevel, "here")
		synctest.Wait() // no time passes
		if lines := stream.lines(); !strings.HasSuffix(lines[0], " - here") {
			t.Errorf("got %q", lines)
		}
	})
}

func TestTextThatIsNoEventBecomesAMessage(t *testing.T) {
	got := rendered(t, "text", func(w *Writer) {
		if n, err := w.Write([]byte("plain\ntext\n")); n != 11 || err != nil {
			t.Errorf("Write returned %d, %v", n, err)
		}
		w.WriteLevel(zerolog.ErrorLevel, []byte(`{"broken`))
	})
	for _, want := range []string{`Apigee-Main-1 INFO  BOOTSTRAP - plain\ntext` + "\n", `Apigee-Main-1 ERROR BOOTSTRAP - {"broken` + "\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
}

func TestLevelsComeFromTheEventToo(t *testing.T) {
	got := rendered(t, "text", func(w *Writer) {
		l := zerolog.New(struct{ *Writer }{w}) // still a LevelWriter
		l.Debug().Msg("d")
		l = zerolog.New(zerolog.LevelWriterAdapter{Writer: w}) // hides WriteLevel
		l.Warn().Msg("w")
		l.Log().Msg("n")
	})
	for _, want := range []string{" DEBUG BOOTSTRAP - d\n", " WARN  BOOTSTRAP - w\n", " INFO  BOOTSTRAP - n\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
}

func TestConcurrentWritersLoseNothingAndMixNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	w := open(t, Options{Path: path, MaxSizeMB: 1, MaxFiles: 20})
	const writers, each = 8, 1000
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			log := zerolog.New(w).With().Str(FieldThread, fmt.Sprintf("NIOThread@%d", n)).Logger()
			for i := range each {
				log.Info().Str(FieldLogger, "HTTP.CLIENT").Msgf("%d %s", i, strings.Repeat("y", 300))
				if i%250 == 0 {
					w.Reopen()
				}
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	next := map[string]int{}
	for _, line := range rotatedLines(t, path) {
		e, err := Parse(line)
		if err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		if want := fmt.Sprintf("%d %s", next[e.Thread], strings.Repeat("y", 300)); e.Message != want {
			t.Fatalf("%s wrote %q, want %q", e.Thread, e.Message, want)
		}
		next[e.Thread]++
	}
	for thread, n := range next {
		if len(next) != writers || n != each {
			t.Errorf("%s: %d lines, %d threads", thread, n, len(next))
		}
	}
}

func TestCloseWritesEverythingQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stream := blocked(t, 0)
		for range 100 {
			write(w, zerolog.InfoLevel, "queued")
		}
		time.AfterFunc(closeWithin/2, stream.open)
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if n := len(stream.lines()); n != 101 {
			t.Errorf("%d lines", n)
		}
	})
}

func TestCloseGivesUpOnAHangingDiskAndSaysWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stream := blocked(t, 0)
		write(w, zerolog.ErrorLevel, "never written")
		start := time.Now()
		err := w.Close()
		if took := time.Since(start); took != closeWithin {
			t.Errorf("Close took %v", took)
		}
		if err == nil || !strings.Contains(err.Error(), "lines not written within 5s: 2") || w.Dropped() != 2 {
			t.Errorf("error %v, %d dropped", err, w.Dropped())
		}
		if again := w.Close(); again != err {
			t.Errorf("second Close returned %v", again)
		}
		stream.open()
	})
}

func TestCloseDoesNotWaitForADiskThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &broken{err: syscall.ENOSPC}
		w := open(t, Options{Stdout: disk})
		write(w, zerolog.InfoLevel, "lost")
		synctest.Wait()
		start := time.Now()
		err := w.Close()
		if took := time.Since(start); took != 0 {
			t.Errorf("Close took %v", took)
		}
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "lines not written: 1") || w.Dropped() != 1 {
			t.Errorf("error %v, %d dropped", err, w.Dropped())
		}
	})
}

func TestLinesAfterCloseAreCountedAsLost(t *testing.T) {
	var out bytes.Buffer
	w := open(t, Options{Stdout: &out})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(w, zerolog.InfoLevel, "late")
	if w.Dropped() != 1 || out.Len() != 0 {
		t.Errorf("%d dropped, written %q", w.Dropped(), out.String())
	}
}

func TestAFullDiskLosesNothingWhileTheQueueHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &broken{err: syscall.ENOSPC, takes: 10}
		w := open(t, Options{Stdout: disk})
		write(w, zerolog.ErrorLevel, "one")
		time.Sleep(3500 * time.Millisecond)
		write(w, zerolog.ErrorLevel, "two")
		disk.mend()
		time.Sleep(time.Second)
		synctest.Wait()

		lines := strings.Split(disk.String(), "\n")
		if len(lines) != 4 || !strings.HasSuffix(lines[0], " - one") || !strings.HasSuffix(lines[2], " - two") {
			t.Fatalf("got %q", lines)
		}
		if want := "WARN  BOOTSTRAP - Writer.drain() : system.log could not be written as usual for 4s: no space left on device"; !strings.HasSuffix(lines[1], want) {
			t.Errorf("report is %q", lines[1])
		}
		if w.Dropped() != 0 {
			t.Errorf("%d dropped", w.Dropped())
		}
	})
}

func TestFileIsCreatedForOwnerAndGroupOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	open(t, Options{Path: path})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&^0o640 != 0 || mode&0o600 != 0o600 {
		t.Errorf("mode %v", mode)
	}
}

func TestEverythingMayHappenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "system.log")
	w := open(t, Options{Path: path, MaxSizeMB: 1, QueueBytes: 64 << 10})
	const writers, each = 4, 500
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				write(w, zerolog.ErrorLevel, "m")
				w.Dropped()
			}
		})
	}
	all.Go(func() {
		for w.Reopen() == nil { // until it is closed
			w.Flush(t.Context())
		}
	})
	all.Go(func() {
		for w.queue.wait(t.Context()) == nil && !w.isClosing() {
			if info, err := os.Stat(path); err == nil && info.Size() > 10_000 {
				w.Close()
			}
		}
	})
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(read(t, path), " - m\n"); uint64(n)+w.Dropped() != writers*each {
		t.Errorf("%d lines written and %d lost of %d", n, w.Dropped(), writers*each)
	}
}

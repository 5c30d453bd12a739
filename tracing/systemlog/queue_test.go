package systemlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// blocked opens a Writer on a stream that hangs, with its goroutine already caught in the first write.
func blocked(t *testing.T, queueBytes int) (*Writer, *gate) {
	t.Helper()
	stream := newGate()
	w := open(t, Options{Stdout: stream, QueueBytes: queueBytes})
	write(w, zerolog.InfoLevel, "first")
	synctest.Wait()
	return w, stream
}

func write(w *Writer, l zerolog.Level, message string) {
	log := zerolog.New(w)
	log.WithLevel(l).Msg(message)
}

func TestWriteDoesNotWaitForAHangingDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stream := blocked(t, 0)
		start := time.Now()
		for i := range 1000 {
			write(w, zerolog.ErrorLevel, fmt.Sprint("line ", i))
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("1000 lines took %v", took)
		}
		stream.open()
		flush(t, w)
		lines := stream.lines()
		if len(lines) != 1001 || w.Dropped() != 0 {
			t.Fatalf("%d lines written, %d dropped", len(lines), w.Dropped())
		}
		for i, line := range lines[1:] {
			if !strings.HasSuffix(line, fmt.Sprint(" - line ", i)) {
				t.Fatalf("line %d is %q", i, line)
			}
		}
	})
}

func TestLessSevereLinesGiveWayFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stream := blocked(t, 64<<10)
		var kept [4]int
		for i, l := range []zerolog.Level{zerolog.DebugLevel, zerolog.InfoLevel, zerolog.WarnLevel, zerolog.ErrorLevel} {
			before := w.Dropped()
			for w.Dropped() == before {
				write(w, l, strings.Repeat("x", 100))
				kept[i]++
			}
			kept[i]--
		}
		for i, n := range kept {
			if n == 0 {
				t.Errorf("no room was left for level %d: %v", i, kept)
			}
		}
		if kept[0] < kept[1]+kept[2]+kept[3]-5 {
			t.Errorf("debug may fill half of the queue, got %v", kept)
		}
		stream.open()
	})
}

func TestALossIsReportedOnceAfterRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stream := blocked(t, 16<<10)
		for range 500 {
			write(w, zerolog.InfoLevel, strings.Repeat("x", 100))
		}
		lost := w.Dropped()
		stream.open()
		time.Sleep(3 * rest) // the first batch, the rest, the report
		write(w, zerolog.InfoLevel, "after")
		time.Sleep(rest)
		synctest.Wait()

		lines := stream.lines()
		want := fmt.Sprintf(" WARN  BOOTSTRAP - Writer.drain() : lines of system.log lost here: %d, the queue of 16384 bytes was full", lost)
		if got := lines[len(lines)-2]; lost == 0 || !strings.HasSuffix(got, want) {
			t.Errorf("report is %q, want %q", got, want)
		}
		if !strings.HasSuffix(lines[len(lines)-1], " - after") || strings.Count(strings.Join(lines, "\n"), "WARN") != 1 {
			t.Errorf("after recovery: %q", lines[len(lines)-3:])
		}
		if len(lines) != 501+2-int(lost) {
			t.Errorf("%d lines written, %d lost", len(lines), lost)
		}
	})
}

func TestAnEventLargerThanTheQueueIsLostAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := newGate()
		stream.open()
		w := open(t, Options{Stdout: stream, QueueBytes: 1000})
		synctest.Wait() // nothing else wakes the goroutine up
		write(w, zerolog.ErrorLevel, strings.Repeat("x", 1000))
		synctest.Wait()
		if lines := stream.lines(); len(lines) != 1 || !strings.Contains(lines[0], "lines of system.log lost here: 1,") {
			t.Errorf("got %q", lines)
		}
	})
}

func TestFlushEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stream := blocked(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		stream.open()
		flush(t, w)
	})
}

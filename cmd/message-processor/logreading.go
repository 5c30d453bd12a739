package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"message-processor/faults/diagnosis/logs"
	"message-processor/faults/verdict"
)

// logReading reads the files of a log one after the other, and shows on a terminal how far it is.
type logReading struct {
	s     streams
	files []string
	began time.Time
	shown time.Time

	total, read int64 // bytes on disk; total is 0 where it is not known
}

// measure adds up the sizes.
func (l *logReading) measure() {
	for _, path := range l.files {
		info, err := os.Stat(path)
		if path == "-" || err != nil || !info.Mode().IsRegular() {
			l.total = 0
			return
		}
		l.total += info.Size()
	}
}

// each calls use with every file.
func (l *logReading) each(use func(file string, r io.Reader) error) error {
	defer l.clear()
	for _, path := range l.files {
		if path == "-" {
			if err := use("-", l.s.in); err != nil {
				return err
			}
			continue
		}
		file, err := logs.Open(path, l.progress)
		if err != nil {
			return err
		}
		err = use(path, file)
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// progress is told what was read.
func (l *logReading) progress(bytes int) {
	l.read += int64(bytes)
	now := time.Now()
	if l.total == 0 || now.Sub(l.began) < 500*time.Millisecond || now.Sub(l.shown) < 200*time.Millisecond || !isTerminal(l.s.err) {
		return
	}
	l.shown = now
	fmt.Fprintf(l.s.err, "\rsearching: %d of %d MB, %.0f MB/s ", l.read>>20, l.total>>20, float64(l.read>>20)/now.Sub(l.began).Seconds())
}

// clear takes the progress away.
func (l *logReading) clear() {
	if !l.shown.IsZero() {
		fmt.Fprint(l.s.err, "\r\x1b[K")
	}
}

// printSummary shows the counts as a table.
func printSummary(w io.Writer, sum logs.Summary) error {
	since := ""
	if !sum.Since.IsZero() {
		since = " since " + sum.Since.Local().Format(time.DateTime)
	}
	if len(sum.Faults) == 0 {
		fmt.Fprintf(w, "no faults%s\n", since)
	} else {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "COUNT\tFAULT\tSTATUS\tAPI PROXY\tTARGET\tFIRST\tLAST")
		for _, c := range sum.Faults {
			fmt.Fprintf(table, "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", c.Count, c.Fault, c.Status, verdict.Printable(c.API), verdict.Printable(c.Target), clockTime(c.First), clockTime(c.Last))
		}
		table.Flush()
	}
	if len(sum.Slowest) > 0 {
		fmt.Fprintln(w)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "SLOWEST\tFAULT\tTARGET\tMESSAGE ID")
		for _, one := range sum.Slowest {
			fmt.Fprintf(table, "%v\t%s\t%s\t%s\n", one.Age, one.Fault, verdict.Printable(one.Target), verdict.Printable(one.MessageID))
		}
		table.Flush()
	}
	if sum.Others > 0 {
		fmt.Fprintf(w, "\n%s that no known fault writes\n", count(sum.Others, "ERROR line"))
	}
	return nil
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

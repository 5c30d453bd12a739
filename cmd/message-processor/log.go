package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"message-processor/faults/diagnosis/logs"
	"message-processor/faults/verdict"
	"message-processor/tracing/systemlog"
)

// logFlags are the values of the flags of log.
type logFlags struct {
	paths  []string
	since  string
	faults bool
	json   bool
}

func newLog(s streams) *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "log MESSAGE_ID | log --faults",
		Short: "Find the lines of a message id in system.log, or count the faults in it",
		Long:  logHelp,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usageError{fmt.Errorf("unexpected argument %q: log takes one message id", args[1])}
			case len(args) == 1 && f.faults:
				return usageError{errors.New("--faults counts all faults: leave the message id out")}
			case len(args) == 0 && !f.faults:
				return usageError{errors.New("log needs a MESSAGE_ID, as X-Apigee-Message-ID or the trace has it; or --faults")}
			case len(args) == 1 && f.since != "":
				return usageError{errors.New("--since belongs to --faults")}
			case len(args) == 1 && strings.TrimFunc(args[0], isOfID) != "":
				return usageError{fmt.Errorf("%q is no message id; one looks like mp1-12575-114653952-1", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			reading, err := f.open(s)
			if err != nil {
				return err
			}
			if f.faults {
				return f.countFaults(ctx, reading, s)
			}
			return f.find(ctx, reading, args[0], s)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.paths, "system-log", nil, "`PATH` of system.log, rotated files beside it included; - is standard input; may be repeated")
	flags.BoolVar(&f.faults, "faults", false, "count the faults by code and target, and name the slowest")
	flags.StringVar(&f.since, "since", "", "with --faults: only since this `TIME`, ago such as 1h, or such as 2026-11-25T10:00:00Z")
	flags.BoolVar(&f.json, "json", false, "print one JSON document")
	return cmd
}

func isOfID(r rune) bool { return r < 0x7f && logs.PartOfID(byte(r)) }

// open finds the files: those that are named, or those of the playbook's paths.
func (f *logFlags) open(s streams) (*logReading, error) {
	reading := &logReading{s: s, began: time.Now()}
	paths := f.paths
	if len(paths) == 0 {
		paths = logs.PlaybookPaths
	}
	for _, path := range paths {
		if path == "-" {
			reading.files = append(reading.files, "-")
			continue
		}
		found := logs.Files(path)
		if len(found) == 0 && len(f.paths) > 0 {
			if _, err := os.Stat(path); err != nil {
				return nil, err
			}
			found = []string{path} // a pipe, or a name of its own
		}
		reading.files = append(reading.files, found...)
	}
	if len(reading.files) == 0 {
		return nil, fmt.Errorf("there is no system.log at %s; name it with --system-log PATH, or - for standard input",
			strings.Join(logs.PlaybookPaths, " or "))
	}
	reading.measure()
	return reading, nil
}

// logged is what was found about a message id, as JSON.
type loggedEvents struct {
	MessageID string           `json:"message_id"`
	Events    []loggedEvent    `json:"events"`
	Fault     string           `json:"fault,omitempty"`
	Verdict   *verdict.Verdict `json:"verdict,omitempty"`
}

type loggedEvent struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// maxShown bounds the events of one message id: a log at level debug has a few.
const maxShown = 10_000

// find prints the events of a message id, and what they say.
func (f *logFlags) find(ctx context.Context, reading *logReading, id string, s streams) error {
	all := loggedEvents{MessageID: id, Events: []loggedEvent{}}
	err := reading.each(func(file string, r io.Reader) error {
		return logs.Search(ctx, r, id, func(event []byte) error {
			if len(all.Events) == maxShown {
				return fmt.Errorf("more than %d events have %s", maxShown, id)
			}
			all.Events = append(all.Events, loggedEvent{file, string(event)})
			return nil
		})
	})
	if err != nil {
		return err
	}
	if len(all.Events) == 0 {
		return fmt.Errorf("no line of %s in %s. Calls without a fault write none at level info; is it the log of the gateway that answered, and are older files elsewhere?",
			id, strings.Join(reading.files, ", "))
	}
	all.diagnose()
	if f.json {
		return writeJSON(s.out, all)
	}
	return all.print(s.out)
}

// diagnose takes the verdict of the first event that has one.
func (l *loggedEvents) diagnose() {
	for _, text := range l.Events {
		e, err := systemlog.Parse(text.Text)
		if err != nil {
			continue
		}
		if d, ok := logs.Diagnose(e); ok {
			l.Fault = d.Fault.TraceCode
			if d.Verdict.ID != "" {
				l.Verdict = &d.Verdict
			}
			return
		}
	}
}

func (l *loggedEvents) print(w io.Writer) error {
	var out strings.Builder
	for _, event := range l.Events {
		for line := range strings.SplitSeq(event.Text, "\n") {
			rest := strings.TrimLeft(line, "\t")
			fmt.Fprintf(&out, "%s%s\n", line[:len(line)-len(rest)], verdict.Printable(rest))
		}
	}
	if l.Fault != "" {
		fmt.Fprintf(&out, "\nfault: %s\n", l.Fault)
	}
	if v := l.Verdict; v != nil {
		fmt.Fprintf(&out, "verdict: %s\n  %s\n", v.ID, v.Summary)
		for _, line := range v.Evidence {
			fmt.Fprintf(&out, "  - %s\n", line)
		}
		fmt.Fprintf(&out, "next step:\n  %s\n  The trace of the call, on the gateway's management page, knows more than its line; `message-processor probe` tries the target now.\n", v.NextStep)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// countFaults prints how often each fault happened.
func (f *logFlags) countFaults(ctx context.Context, reading *logReading, s streams) error {
	since, err := f.begin(time.Now())
	if err != nil {
		return err
	}
	sum := logs.Sum(since)
	if err := reading.each(func(_ string, r io.Reader) error { return sum.Read(ctx, r) }); err != nil {
		return err
	}
	if f.json {
		return writeJSON(s.out, sum.Summary())
	}
	return printSummary(s.out, sum.Summary())
}

// begin reads --since.
func (f *logFlags) begin(now time.Time) (time.Time, error) {
	if f.since == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(f.since); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if at, err := time.Parse(time.RFC3339, f.since); err == nil {
		return at, nil
	}
	return time.Time{}, usageError{fmt.Errorf("--since: is %s; allowed: a time ago such as 1h or 90m, or a time such as 2026-11-25T10:00:00Z", strconv.Quote(f.since))}
}

const logHelp = `Find every line of system.log that has a message id, with the exceptions below them,
in the file and in what was rotated away from it (.1, .2.gz, with dates). Without
--system-log both paths of the original are tried. What the lines say of the cause
follows as a verdict.

  message-processor log mp1-12575-114653952-1 --system-log system.log
  journalctl -u message-processor -o cat | message-processor log mp1-12575-114653952-1 --system-log -

With --faults it counts: which faults, with which targets, how often, and which took
the longest.

  message-processor log --faults --since 1h --system-log system.log

Logs of the original are read as well as those of this gateway, as text and as JSON.
The exit code is 1 if nothing was found.`

package incident

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"message-processor/faults"
	"message-processor/faults/verdict"
)

// Incident is one call that failed. Empty values are not known.
type Incident struct {
	Source    string // "line of system.log", "trace file" or "packet capture"
	MessageID string
	Time      time.Time

	Organization, Environment, API string
	Revision                       int // from 1 to 2147483647, as in the configuration

	Fault  faults.Fault
	Does   string // behaviour of the lab that causes it; "" if a client caused it
	Client string // scripted client of the lab that causes it; "" if a backend does
	Reused bool   // the connection had carried a request before

	Timer string        // key of the timer that ran out: connect_timeout, handshake_timeout, io_timeout; "": none did
	After time.Duration // it

	Evidence []string // what it was recognised by, for people
	Line     string   // of system.log, as it was
}

// Bounds of what is read.
const (
	maxInput     = 256 << 20 // bytes
	maxIncidents = 10_000
)

// ErrUnknown wraps what is wrong with input in which no incident was found.
var ErrUnknown = errors.New("no incident is recognised")

// Read finds the incidents of a file, in their order. The error wraps ErrUnknown if there are none.
func Read(ctx context.Context, r io.Reader) ([]Incident, error) {
	input, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, err
	}
	if len(input) > maxInput {
		return nil, fmt.Errorf("more than %d MB: cut out the part with the incident", maxInput>>20)
	}
	var found []Incident
	switch start := bytes.TrimLeft(input, " \t\r\n\ufeff"); {
	case isCapture(input):
		found, err = fromCapture(ctx, input)
	case bytes.HasPrefix(start, []byte("<")):
		found, err = fromTrace(start)
	default:
		found = fromLog(string(input))
	}
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: wanted are lines of system.log with a fault, a trace file (XML), or a packet capture (pcap, pcapng) with a connection that went wrong; this begins with %q",
			ErrUnknown, verdict.Brief(string(input[:min(len(input), 200)]), 60))
	}
	return found, err
}

// learn completes an incident whose fault is known.
func (i *Incident) learn(format string, args ...any) {
	i.Evidence = append(i.Evidence, verdict.Printable(fmt.Sprintf(format, args...)))
}

// timer notes that a timer has run out. Timers are set in whole seconds, and everything else takes a little longer.
func (i *Incident) timer(key string, after time.Duration) {
	switch {
	case after >= time.Second:
		after = after.Truncate(time.Second)
	default:
		after = max(after.Truncate(10*time.Millisecond), 10*time.Millisecond)
	}
	i.Timer, i.After = key, min(after, 24*time.Hour)
	i.learn("%s ran out after %v", strings.ReplaceAll(strings.TrimSuffix(key, "_timeout"), "_", " ")+" timer", i.After)
}

// revision reads a revision's number, 0 if it is masked or none.
func revision(text string) int {
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return int(max(number, 0))
}

package incident

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"message-processor/faults"
	"message-processor/faults/diagnosis/packets"
)

// isCapture tells a pcap or pcapng file, gzipped or not, from text.
func isCapture(input []byte) bool {
	for _, magic := range []string{"\x0a\x0d\x0d\x0a", "\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x1f\x8b"} {
		if bytes.HasPrefix(input, []byte(magic)) {
			return true
		}
	}
	return false
}

// fromCapture makes an incident of every connection that went wrong in a way the lab knows.
func fromCapture(ctx context.Context, input []byte) ([]Incident, error) {
	report, err := packets.Read(ctx, bytes.NewReader(input))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	var all []Incident
	for n := range report.Connections {
		c := &report.Connections[n]
		what, known := shown[c.Verdict.ID]
		if !known || len(all) == maxIncidents {
			continue
		}
		f, _ := faults.Find(what.fault)
		i := Incident{Source: "packet capture", MessageID: report.Comment, Time: c.Start, Fault: f, Does: what.does, Reused: c.Exchanges > 0}
		i.learn("connection %d, to %v: %s", c.Number, c.Server, c.Verdict.Summary)
		if what.timer != "" {
			i.timer(what.timer, lasted(c, what.timer))
		}
		all = append(all, i)
	}
	return all, nil
}

// lasted is how long the gateway waited before it ended the connection. A capture that does not show its end leaves the
// original's default.
func lasted(c *packets.Connection, timer string) time.Duration {
	switch took := c.End.Sub(c.Start); {
	case c.Ended.By == packets.Client && took > 0:
		return took
	case timer == "connect_timeout":
		return 3 * time.Second
	}
	return 55 * time.Second
}

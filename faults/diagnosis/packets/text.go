package packets

import (
	"fmt"
	"io"
	"strings"
	"time"

	"message-processor/faults/verdict"
)

// WriteText writes a report for people: a block for each connection, then a line that sums up. All is printable: what came
// from the network has been cleaned.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	if r.Comment != "" {
		fmt.Fprintf(&b, "%s\n\n", r.Comment)
	}
	for i := range r.Connections {
		r.Connections[i].block(&b)
	}
	if r.Damage != nil {
		fmt.Fprintf(&b, "The file is %s. What came before is used.\n", r.Damage)
	}
	if r.Secrets {
		b.WriteString("The file holds TLS session secrets: whoever has it can decrypt these connections.\n")
	}
	b.WriteString(r.Summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Summary is the report in one line.
func (r *Report) Summary() string {
	line := fmt.Sprintf("%s, %s", count(r.Packets, "packet", "packets"), count(len(r.Connections), "TCP connection", "TCP connections"))
	if len(r.Connections) > 0 {
		line += ": " + r.tally()
	}
	if r.Skipped > 0 {
		line += fmt.Sprintf("; %s of other kinds", count(r.Skipped, "packet", "packets"))
	}
	if r.Dropped > 0 {
		line += fmt.Sprintf("; %s of more connections than are followed (%d)", count(r.Dropped, "packet", "packets"), maxConnections)
	}
	return line
}

// tally counts the verdicts, in the order of the connections.
func (r *Report) tally() string {
	var ids []verdict.ID
	counts := map[verdict.ID]int{}
	for i := range r.Connections {
		id := r.Connections[i].Verdict.ID
		if counts[id] == 0 {
			ids = append(ids, id)
		}
		counts[id]++
	}
	var words []string
	for _, id := range ids {
		words = append(words, fmt.Sprintf("%d %s", counts[id], id))
	}
	return strings.Join(words, ", ")
}

// block is one connection: who, the picture, the verdict.
func (c *Connection) block(b *strings.Builder) {
	fmt.Fprintf(b, "connection %d: %s -> %s%s\n", c.Number, c.Client, c.Server, c.name())
	fmt.Fprintf(b, "%s, %s, %s\n\n", c.Start.UTC().Format("2006-01-02 15:04:05.000 MST"), verdict.Lasting(c.End.Sub(c.Start)), count(c.PacketCount, "packet", "packets"))
	c.picture(b)
	fmt.Fprintf(b, "\n  %s: %s\n", c.Verdict.ID, c.Verdict.Summary)
	for _, fact := range c.Verdict.Evidence {
		fmt.Fprintf(b, "  - %s\n", fact)
	}
	if c.Verdict.NextStep != "" {
		fmt.Fprintf(b, "  Next step: %s\n", c.Verdict.NextStep)
	}
	b.WriteString("\n")
}

func (c *Connection) name() string {
	var words []string
	if c.ClientHello != nil {
		words = append(words, "TLS")
		if c.ClientHello.ServerName != "" {
			words = append(words, c.ClientHello.ServerName)
		}
	}
	if c.RTT > 0 {
		words = append(words, "round trip "+roundTrip(c.RTT))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func roundTrip(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

// Only keeps the connections with these numbers. It reports whether all of them exist.
func (r *Report) Only(wanted []int) bool {
	have := map[int]bool{}
	var kept []Connection
	for _, c := range r.Connections {
		for _, n := range wanted {
			if c.Number == n {
				have[n] = true
			}
		}
		if have[c.Number] {
			kept = append(kept, c)
		}
	}
	for _, n := range wanted {
		if !have[n] {
			return false
		}
	}
	r.Connections = kept
	return true
}

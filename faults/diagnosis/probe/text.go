package probe

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// Text writes a probe for people.
type Text struct {
	W io.Writer
	// Colour is for terminals: verdicts in green and red.
	Colour bool
}

// Attempt writes one line.
func (t Text) Attempt(a Attempt) {
	parts := []string{a.Address}
	if a.Address == "" {
		parts = []string{"no address"}
	}
	for _, s := range a.Steps {
		part := s.Name + " " + inMS(s.DurationMS)
		if !s.OK {
			part = s.Name + " failed after " + inMS(s.DurationMS)
		}
		if s.Name == string(channel.Handshake) && s.OK && a.TLS != nil {
			part += " (" + a.TLS.Version + ")"
		}
		parts = append(parts, part)
	}
	if a.Status > 0 {
		parts = append(parts, "HTTP "+strconv.Itoa(a.Status))
	}
	fmt.Fprintln(t.W, strings.Join(append(parts, t.coloured(a.Verdict.ID)), "  "))
}

// Report writes what follows the lines of the attempts: TLS, the table of several rounds, the verdict.
func (t Text) Report(r Report) error {
	t.handshakes(r)
	if err := t.rounds(r); err != nil {
		return err
	}
	v := r.Verdict
	fmt.Fprintf(t.W, "\nverdict: %s\n  %s\n", t.coloured(v.ID), verdict.Printable(v.Summary))
	if len(v.Evidence) > 0 {
		fmt.Fprintln(t.W, "evidence:")
	}
	for _, fact := range v.Evidence {
		fmt.Fprintf(t.W, "  - %s\n", verdict.Printable(fact))
	}
	if v.NextStep != "" {
		fmt.Fprintf(t.W, "next step:\n  %s\n", verdict.Printable(v.NextStep))
	}
	return nil
}

// handshakes describes TLS, once for addresses where it was the same.
func (t Text) handshakes(r Report) {
	var texts []string
	where := map[string][]string{}
	for _, a := range r.Addresses {
		if a.TLS == nil {
			continue
		}
		text := a.TLS.text(a.TCPInfo)
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		where[text] = append(where[text], a.Address)
	}
	for _, text := range texts {
		fmt.Fprintf(t.W, "\nTLS with %s: %s", strings.Join(where[text], ", "), text)
	}
}

func (d *TLS) text(tcp *TCPInfo) string {
	var b strings.Builder
	agreed := slices.DeleteFunc([]string{d.Version, d.Cipher, d.KeyExchange}, func(s string) bool { return s == "" })
	if !d.Complete {
		agreed = append(agreed, "stopped after the "+d.StoppedAfter)
	}
	if !d.Complete && len(d.Certificates) == 0 {
		agreed = append(agreed, d.bytes(tcp))
	}
	b.WriteString(strings.Join(agreed, ", ") + "\n")
	if d.ClientCertificateRequested {
		b.WriteString("  the backend asked for a client certificate\n")
	}
	for i, c := range d.Certificates {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, c)
	}
	return b.String()
}

// bytes are the numbers of a handshake that broke off.
func (d *TLS) bytes(tcp *TCPInfo) string {
	acknowledged := ""
	if tcp != nil {
		acknowledged = fmt.Sprintf(", %d of them acknowledged", min(int64(max(tcp.BytesAcked, 1)-1), d.SentBytes))
	}
	return fmt.Sprintf("%d bytes sent%s, %d bytes received", d.SentBytes, acknowledged, d.ReceivedBytes)
}

// String is one line.
func (c Certificate) String() string {
	text := c.Subject + ", issued by " + c.Issuer
	if len(c.Names) > 0 {
		text += ", for " + strings.Join(c.Names, ", ")
	}
	switch {
	case c.DaysLeft < 0:
		return text + ", ended " + days(-c.DaysLeft) + " ago"
	case c.DaysLeft < 14:
		return text + ", only " + days(c.DaysLeft) + " left"
	}
	return text + ", " + days(c.DaysLeft) + " left"
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.Itoa(n) + " days"
}

// rounds is the table of several rounds.
func (t Text) rounds(r Report) error {
	if !slices.ContainsFunc(r.Addresses, func(a Address) bool { return len(a.Rounds) > 0 }) {
		return nil
	}
	fmt.Fprintln(t.W)
	table := tabwriter.NewWriter(t.W, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ADDRESS\tSTEP\tGOOD\tFAILED\tMIN\tMEDIAN\tMAX")
	for _, a := range r.Addresses {
		for _, s := range a.Rounds {
			low, middle, high := "-", "-", "-"
			if s.OK > 0 {
				low, middle, high = inMS(s.MinMS), inMS(s.MedianMS), inMS(s.MaxMS)
			}
			fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", a.Address, s.Name, s.OK, s.Failed, low, middle, high)
		}
	}
	return table.Flush()
}

// inMS writes milliseconds with three digits or so: 0.4 ms, 12 ms, 3.2 s.
func inMS(ms float64) string {
	switch {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms/1000, 'f', 1, 64) + " s"
}

func (t Text) coloured(id verdict.ID) string {
	switch {
	case !t.Colour:
		return id
	case id == verdict.Healthy:
		return "\x1b[32m" + id + "\x1b[0m"
	}
	return "\x1b[31m" + id + "\x1b[0m"
}

package packets

import (
	"fmt"
	"strings"
	"time"
)

// row is one arrow of the picture: an event, or several of the same kind in a row.
type row struct {
	first, last int
	after       time.Duration
	from        Side
	label       string
	repeats     []time.Duration // of a run of retransmissions, since what they repeat was first sent
}

// width of an arrow, in characters, and how many of a long story are shown.
const (
	arrowWidth = 62
	maxRows    = 40
	maxTimes   = 5
)

// picture draws the sequence of a connection, the client on the left.
func (c *Connection) picture(b *strings.Builder) {
	fmt.Fprintf(b, "  %11s %10s  %-*s%s\n", "packet", "after", arrowWidth-4, "client", "backend")
	rows := c.rows()
	for i, r := range rows {
		if len(rows) > maxRows && i >= maxRows/2 && i < len(rows)-maxRows/2 {
			if i == maxRows/2 {
				fmt.Fprintf(b, "  %11s %10s  (%d more steps)\n", "...", "", len(rows)-maxRows)
			}
			continue
		}
		fmt.Fprintf(b, "  %11s %9s  %s\n", r.numbers(), clock(r.after), r.arrow())
	}
	if c.Ended.Packet == 0 {
		fmt.Fprintf(b, "  %11s %10s  (nothing more in the capture)\n", "", "")
	}
}

func (r row) numbers() string {
	if r.first == r.last {
		return fmt.Sprint(r.first)
	}
	return fmt.Sprintf("%d-%d", r.first, r.last)
}

// clock is a time of the picture: to the millisecond, to the microsecond where that would all be the same.
func clock(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

// arrow points to where the packet goes.
func (r row) arrow() string {
	label := " " + r.text() + " "
	line := strings.Repeat("-", max(3, arrowWidth-5-len([]rune(label))))
	if r.from == Client {
		return "---" + label + line + ">"
	}
	return "<" + line + label + "---"
}

func (r row) text() string {
	if len(r.repeats) == 0 {
		return r.label
	}
	var times []string
	for _, d := range r.repeats[:min(len(r.repeats), maxTimes)] {
		times = append(times, fmt.Sprintf("+%.2f s", d.Seconds()))
	}
	if len(r.repeats) > maxTimes {
		times = append(times, "...")
	}
	if len(r.repeats) == 1 {
		return fmt.Sprintf("%s again (%s)", r.label, times[0])
	}
	return fmt.Sprintf("%s again x%d (%s)", r.label, len(r.repeats), strings.Join(times, ", "))
}

// rows folds the events.
func (c *Connection) rows() (rows []row) {
	sent := map[string]time.Duration{} // when what can be repeated was first sent
	for i := range c.Events {
		e := &c.Events[i]
		r := row{first: e.First, last: e.Packet, after: e.After, from: e.From, label: e.label()}
		what := string(e.From) + r.label
		if e.Kind != Again {
			if _, known := sent[what]; !known {
				sent[what] = e.After
			}
			rows = append(rows, r)
			continue
		}
		since := e.After - c.sentAt(e)
		if n := len(rows) - 1; n >= 0 && len(rows[n].repeats) > 0 && rows[n].from == e.From && rows[n].label == r.label {
			rows[n].last = e.Packet
			rows[n].repeats = append(rows[n].repeats, since)
			continue
		}
		r.repeats = []time.Duration{since}
		rows = append(rows, r)
	}
	return rows
}

// sentAt is when what an event repeats was first sent, as far as the story has it.
func (c *Connection) sentAt(again *Event) time.Duration {
	kinds := map[string]Kind{"ClientHello": HelloOfClient, "SYN": SYN, "SYN, ACK": SYNACK, "FIN": FIN, "the request": Request}
	at := time.Duration(0)
	for i := range c.Events {
		e := &c.Events[i]
		if e.Packet >= again.Packet {
			break
		}
		if e.From == again.From && e.Kind == kinds[again.Detail] {
			at = e.After
		}
	}
	return at
}

// label is an event in a few words.
func (e *Event) label() string {
	if text, ok := plainLabels[e.Kind]; ok {
		return text
	}
	detail := ""
	if e.Detail != "" {
		detail = ": " + e.Detail
	}
	switch e.Kind {
	case Again, NotTLS:
		return map[Kind]string{NotTLS: "no TLS: "}[e.Kind] + e.Detail
	case Unreachable:
		return "(ICMP) " + e.Detail
	case HelloOfServer:
		return "ServerHello" + detail
	case Alert:
		return "alert " + e.Detail
	case Acknowledged:
		return "ACK of the " + e.Detail
	case Gap:
		return fmt.Sprintf("(%s missing in the capture)", count(e.Length, "byte", "bytes"))
	case Request, Response:
		return e.payloadLabel()
	}
	return sizedLabels[e.Kind] + ", " + count(e.Length, "byte", "bytes") + detail
}

var plainLabels = map[Kind]string{SYN: "SYN", SYNACK: "SYN, ACK", Established: "ACK", HandshakeDone: "Finished",
	EncryptedAlert: "encrypted alert", KeepAlive: "TCP keep-alive", FIN: "FIN", RST: "RST"}

var sizedLabels = map[Kind]string{HelloOfClient: "ClientHello", RetryOfServer: "HelloRetryRequest", Certificates: "Certificate", CertificateWish: "CertificateRequest",
	Handshake: "handshake", Tickets: "session ticket", Data: "data"}

// payloadLabel tells requests from answers, and text from what is encrypted.
func (e *Event) payloadLabel() string {
	if e.Detail != "" {
		return e.Detail
	}
	what := "request"
	if e.Kind == Response {
		what = "answer"
	}
	return what + ", " + count(e.Length, "byte", "bytes")
}

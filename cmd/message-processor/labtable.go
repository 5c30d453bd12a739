package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/faults/lab"
)

// fronted is a backend of the lab behind an API proxy. The proxy's name is the
// backend's own unless the configuration gives it another.
type fronted struct {
	name string
	lab.Backend
}

// frontedBackends lists what the configuration fronts, then the backends that
// cannot be fronted.
func frontedBackends(g *config.Gateway, running *lab.Lab) []fronted {
	var list []fronted
	for _, entry := range g.Lab {
		if b, err := findBackend(running, entry); err == nil {
			list = append(list, fronted{entry.Name, b})
		}
	}
	for _, b := range running.Backends() {
		if why := notFronted(b); why != "" {
			b.Note = why
			list = append(list, fronted{b.Name, b})
		}
	}
	return list
}

// listLab prints, for each API proxy of the lab, the line to try it with and
// the answer to expect. The line comes first because terminals cut or break
// what is far to the right; the backend's name ends its URL.
func listLab(w io.Writer, t config.Timeouts, list []fronted, gateway string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TRY\tANSWER\tAFTER\tWHAT THE BACKEND DOES")
	for _, b := range list {
		if why := notFronted(b.Backend); why != "" {
			fmt.Fprintf(table, "(%s)\tnot fronted here\t-\t%s; %s\n", b.name, b.Does, why)
			continue
		}
		answer := expected(t, b.Backend)
		after := "at once"
		if answer.after > 0 {
			after = answer.after.String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", command(b, gateway), answer.text, after, b.Does)
	}
	return table.Flush()
}

// command is the line that brings a backend to misbehave: for most of them any
// request will do.
func command(b fronted, gateway string) string {
	u := gateway + labPath(b.name)
	switch b.Entry.Does {
	case "stale-keepalive", "all-servers-down":
		return "curl -i '" + u + "?[1-2]'" // the second of two requests
	case "broken-pipe":
		return "head -c 2000000 /dev/zero | curl -i -T - " + u
	}
	return "curl -i " + u
}

// answer is what to expect of a backend: status and last word of the error
// code, and after how long; 0 is at once.
type answer struct {
	text  string
	after time.Duration
}

func expected(t config.Timeouts, b lab.Backend) answer {
	fault := brief(faults.ID(b.Fault))
	switch b.Entry.Does {
	case "tls-slow":
		delay := knobTime(b, "delay")
		return slow(delay, 1, t.Handshake, faults.BadGatewayTLSHandshakeTimeout)
	case "slow-body":
		pieces, _ := strconv.Atoi(knob(b, "pieces"))
		return slow(knobTime(b, "interval"), pieces, t.IO, faults.GatewayTimeoutTargetIO)
	case "stale-keepalive":
		return answer{text: "200 OK, then " + fault}
	case "all-servers-down":
		return answer{text: brief(faults.TargetConnectionRefused) + ", then " + fault}
	case "status-503":
		return answer{text: "503 passed through"}
	}
	timers := map[string]time.Duration{"connect": t.Connect, "handshake": t.Handshake, "io": t.IO}
	return answer{fault, timers[b.Governs]}
}

// slow is the answer of a backend that is healthy as long as none of its
// pauses reaches the limit of a timer.
func slow(pause time.Duration, pauses int, limit time.Duration, fault faults.ID) answer {
	if pause >= limit {
		return answer{brief(fault), limit}
	}
	return answer{"200 OK", pause * time.Duration(pauses)}
}

// brief names a fault by its status and the last word of its code in the body.
func brief(id faults.ID) string {
	fault, ok := faults.Find(id)
	if !ok || !fault.Produced {
		return "200 OK"
	}
	return fmt.Sprintf("%d %s", fault.Status, fault.Code[strings.LastIndexByte(fault.Code, '.')+1:])
}

// knob is a setting of the behaviour, "" if it has none of that name.
func knob(b lab.Backend, name string) string {
	for _, k := range b.Knobs {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

func knobTime(b lab.Backend, name string) time.Duration {
	d, _ := time.ParseDuration(knob(b, name)) // its own rendering
	return d
}

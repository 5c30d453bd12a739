package gather

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"message-processor/tracing/systemlog"
)

// learnFrom takes from a line of system.log what the gateway did not tell.
func (c *call) learnFrom(line string) {
	e, err := systemlog.Parse(line)
	if err != nil {
		return
	}
	c.Organization, c.Environment = cmp.Or(c.Organization, e.Org), cmp.Or(c.Environment, e.Env)
	c.API, c.MessageID = cmp.Or(c.API, e.API), cmp.Or(c.MessageID, e.MessageID)
	if revision, err := strconv.Atoi(e.Revision); err == nil && c.Revision == 0 {
		c.Revision = revision
	}
	if c.Time.IsZero() {
		c.Time = e.Time.UTC()
	}
	if channel, ok := systemlog.ParseChannel(e.Message); ok && c.Target == "" {
		c.Target = channel.Remote
	}
}

// addCall adds what the list names first: whose call it was, the error as the client saw it, the command.
func (g *gathering) addCall(ctx context.Context) error {
	g.findTarget(ctx)
	c := &g.call
	for _, line := range g.log.lines {
		c.learnFrom(line)
	}
	g.archive.add("facts.txt", "organization, environment, API proxy and the rest of who, when and where", []byte(c.facts(g.MessageID)))
	if c.found && c.Status >= 400 {
		g.archive.add("error-message.txt", "the complete error message, as the client got it", []byte(c.errorMessage()))
	} else if !c.found {
		g.lacks("error message", "only the gateway's trace has it")
		g.lacks("curl command", "only the gateway's trace has the request")
	}
	if c.Curl != "" {
		g.archive.add("curl.sh", "the complete curl command that repeats the error", []byte(c.Curl))
	}
	return nil
}

func (c *call) facts(id string) string {
	var out strings.Builder
	for _, f := range c.pairs(id) {
		fmt.Fprintf(&out, "%-14s %s\n", f.Name+":", f.Value)
	}
	return out.String()
}

type pair struct{ Name, Value string }

// pairs are the facts that are known.
func (c *call) pairs(id string) []pair {
	all := []pair{{"Organization", c.Organization}, {"Environment", c.Environment}, {"API proxy", c.API},
		{"Revision", number(c.Revision)}, {"Message id", id}, {"Time", stamp(c.Time)}, {"Request", strings.TrimSpace(c.Method + " " + c.Path)},
		{"Client", c.Client}, {"Target", cmp.Or(c.TargetURL, c.Target)}, {"Status", number(c.Status)}, {"Fault code", c.Fault},
		{"Fault string", c.FaultString}, {"Fault source", c.FaultSource}, {"Error code", c.ErrorCode}, {"Trace id", c.TraceID}, {"Channel", c.Channel}}
	var known []pair
	for _, f := range all {
		if f.Value != "" {
			known = append(known, pair{f.Name, visible(f.Value)})
		}
	}
	return known
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000 UTC")
}

// errorMessage is the error as support asks for it: status, codes and body.
func (c *call) errorMessage() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", visible(strings.TrimSpace(fmt.Sprintf("HTTP/1.1 %d %s", c.Status, c.Reason))))
	for _, f := range []pair{{"Fault string", c.FaultString}, {"Error code", c.ErrorCode}, {"Trace fault code", c.Fault}, {"Fault source", c.FaultSource}} {
		if f.Value != "" {
			fmt.Fprintf(&out, "%s: %s\n", f.Name, visible(f.Value))
		}
	}
	if c.Answer != "" {
		fmt.Fprintf(&out, "\n%s\n", visible(c.Answer))
	}
	return out.String()
}

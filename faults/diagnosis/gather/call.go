package gather

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"message-processor/faults/verdict"
)

// call is what is known about the call.
type call struct {
	summary
	found     bool // the gateway has it
	ErrorCode string
	Reason    string // of the status line
	Answer    string // the fault's body as the client got it
	TargetURL string // as configured
	Curl      string // the script that repeats it
	Variables []string
	CurlNotes []string
}

// summary is the gateway's own, see docs/tracing.md.
type summary struct {
	Time         time.Time       `json:"time"`
	Organization string          `json:"organization"`
	Environment  string          `json:"environment"`
	API          string          `json:"api"`
	Revision     int             `json:"revision"`
	Client       string          `json:"client"`
	Method       string          `json:"method"`
	Path         string          `json:"path"`
	Status       int             `json:"status"`
	Fault        string          `json:"fault"`
	FaultString  string          `json:"fault_string"`
	FaultSource  string          `json:"fault_source"`
	DurationMS   float64         `json:"duration_ms"`
	MessageID    string          `json:"message_id"`
	TraceID      string          `json:"trace_id"`
	Target       string          `json:"target"`
	Channel      string          `json:"channel"`
	Steps        []step          `json:"steps"`
	Verdict      verdict.Verdict `json:"verdict"`
}

type step struct {
	Name       string  `json:"name"`
	OffsetMS   float64 `json:"offset_ms"`
	DurationMS float64 `json:"duration_ms"`
	Failed     bool    `json:"failed"`
}

// transactionPath is where the gateway has the call.
func (g *gathering) transactionPath() string {
	return g.environmentPath() + "/transactions/" + url.PathEscape(g.MessageID)
}

func (g *gathering) environmentPath() string {
	return "/v1/organizations/" + url.PathEscape(g.about.Organization) + "/environments/" + url.PathEscape(g.about.Environment)
}

func (g *gathering) revisionPath() string {
	return g.environmentPath() + "/apis/" + url.PathEscape(g.call.API) + "/revisions/" + strconv.Itoa(g.call.Revision)
}

// askCall asks for the call in all its forms.
func (g *gathering) askCall(ctx context.Context) error {
	if !g.about.reached {
		g.lacks("trace file", "the gateway cannot be asked")
		return nil
	}
	text, err := g.Fetch(ctx, g.transactionPath()+"/summary", "application/json")
	if errors.Is(err, ErrNotFound) {
		g.lacks("trace file", "the gateway does not have this message id; it keeps open sessions and the last faults only")
		return nil
	}
	if err == nil {
		err = json.Unmarshal(cleanJSON(text), &g.call.summary)
	}
	if err != nil {
		g.lacks("trace file", "%v", err)
		return nil
	}
	g.call.found = true
	g.say("found %s %s, %d %s", g.call.Method, visible(g.call.Path), g.call.Status, g.call.Fault)
	g.archive.add("summary.json", "the call in short, for programs", cleanJSON(text))
	g.askTrace(ctx)
	g.askAnswer(ctx)
	g.askCurl(ctx)
	return nil
}

func (g *gathering) askTrace(ctx context.Context) {
	file, err := g.Fetch(ctx, g.transactionPath()+"/trace.xml", "application/xml")
	if err != nil {
		g.lacks("trace file", "%v", err)
		return
	}
	g.archive.add("trace.xml", "trace file, as the Edge UI downloads it", file)
}

// askAnswer reads the fault's document from the trace: the last error message with a body is what the client got.
func (g *gathering) askAnswer(ctx context.Context) {
	var traced struct {
		Point []struct {
			Results []struct {
				ActionResult, Content, ReasonPhrase string
			}
		}
	}
	text, err := g.Fetch(ctx, g.transactionPath(), "application/json")
	if err != nil || json.Unmarshal(text, &traced) != nil {
		return
	}
	for _, point := range traced.Point {
		for _, r := range point.Results {
			if r.ActionResult == "ErrorMessage" && r.Content != "" {
				g.call.Answer, g.call.Reason = string(cleanText([]byte(r.Content))), r.ReasonPhrase
			}
		}
	}
	g.call.ErrorCode = errorCode(g.call.Answer)
}

// errorCode is the code in a fault's document, "" if it is none.
func errorCode(body string) string {
	var document struct {
		Fault struct {
			Detail struct{ Errorcode string }
		}
	}
	json.Unmarshal([]byte(body), &document) // a body of the target's own has none
	return document.Fault.Detail.Errorcode
}

func (g *gathering) askCurl(ctx context.Context) {
	var told struct {
		Command          string
		Variables, Notes []string
	}
	text, err := g.Fetch(ctx, g.transactionPath()+"/curl", "application/json")
	switch {
	case err == nil && json.Unmarshal(text, &told) != nil:
		err = errors.New("the gateway did not tell it")
	case err == nil && told.Command == "":
		err = errors.New("the call cannot be repeated with curl")
	}
	if err != nil {
		g.lacks("curl command", "%v", err)
		return
	}
	g.call.Variables, g.call.CurlNotes = told.Variables, told.Notes
	g.call.Curl = script(g.MessageID, told.Command, told.Variables, told.Notes)
}

// script is the command as a file that runs as it stands: each secret is a variable with a stand-in.
func script(id, command string, variables, notes []string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "#!/bin/sh\n# Repeats the call %s.\n", id)
	for _, note := range notes {
		fmt.Fprintf(&out, "# %s\n", visible(note))
	}
	if len(variables) > 0 {
		out.WriteString("# The call had secrets, which were taken out. Put your own in here, or into the environment.\n")
	}
	for _, name := range variables {
		fmt.Fprintf(&out, "%s=${%s:-%s}\n", name, name, standIn(name))
	}
	return out.String() + command + "\n"
}

// standIn is what a secret is until somebody puts the real one in. It is fine in a URL, a header and a body.
func standIn(variable string) string {
	return "your-" + strings.ToLower(strings.ReplaceAll(variable, "_", "-"))
}

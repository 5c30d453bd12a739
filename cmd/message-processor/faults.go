package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"message-processor/faults"
	"message-processor/faults/lab"
	"message-processor/proxy/channel"
)

func newFaults(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "faults [ID…]",
		Short: "Print the reference of the faults: wire form, cause, how to cause and diagnose each",
		Long: `Print, as Markdown, what there is to know about each fault, or about those named by
their id, trace code or status: what the client gets, why, which setting governs it,
how to cause it in the lab, what system.log shows and how to find the cause.

  message-processor faults 502
  message-processor faults messaging.adaptors.http.BadGateway`,
		RunE: func(_ *cobra.Command, args []string) error {
			chosen := chooseFaults(args)
			if len(chosen) == 0 {
				return usageError{fmt.Errorf("no fault has the id, code or status %s", strings.Join(args, " or "))}
			}
			if len(args) == 0 {
				fmt.Fprint(s.out, faultsIntroduction)
				writeFaultIndex(s.out, chosen)
			}
			for _, f := range chosen {
				writeFault(s.out, f)
			}
			if len(args) == 0 {
				writeKnownFaults(s.out)
			}
			return nil
		},
	}
}

const faultsIntroduction = `# Faults

What this gateway answers when something goes wrong, as Apigee Edge's Message Processor does. This page is printed by
` + "`message-processor faults`" + `; it and the gateway use one catalogue.

Every fault is answered with its status line and a JSON body, and with the fields ` + "`X-Apigee-Message-ID`, `X-Apigee-fault-code`" + `
(the trace code), ` + "`X-Apigee-fault-source`, `X-Apigee-fault-flag`, `X-Apigee-fault-policy`, `X-Apigee-fault-revision`" + `; it writes
one ERROR line to system.log under the same message id. Clients that send ` + "`text/xml` or `application/soap+xml`" + ` get the same
as a SOAP fault (inferred from one capture). How well a fact about the original is founded is said with each: *documented*,
*observed* in a public capture, *recalled*, *inferred*, or *ours* where nothing is known of the original.

A target's own 4xx or 5xx is no fault: it passes through as it came, with the fault fields naming
` + "`messaging.adaptors.http.flow.ErrorResponseCode`, source `target`" + `, and writes no ERROR line.

To follow the examples, run ` + "`message-processor --handshake-timeout 3s --io-timeout 5s`" + ` in another terminal.

`

// chooseFaults are the produced faults that match one of the arguments, or all
// of them when there is none.
func chooseFaults(args []string) []faults.Fault {
	var chosen []faults.Fault
	for _, f := range faults.All() {
		if answered(f) && (len(args) == 0 || matchesFault(f, args)) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// answered tells whether this gateway gives a fault as an answer of its own.
func answered(f faults.Fault) bool { return f.Produced && f.Status != 0 }

func matchesFault(f faults.Fault, args []string) bool {
	for _, a := range args {
		if a == string(f.ID) || a == f.Code || a == f.TraceCode || a == fmt.Sprint(f.Status) {
			return true
		}
	}
	return false
}

func writeFaultIndex(w io.Writer, list []faults.Fault) {
	fmt.Fprint(w, "| Status | Fault | Trace code | Cause |\n|---|---|---|---|\n")
	for _, f := range list {
		fmt.Fprintf(w, "| %d | [%s](#%s) | `%s` | %s |\n", f.Status, f.ID, f.ID, f.TraceCode, f.Cause)
	}
	fmt.Fprintln(w)
}

// writeFault prints one fault with everything in the order in which somebody
// who has it in front of them asks.
func writeFault(w io.Writer, f faults.Fault) {
	guide, vars := guideTo[f.ID], exampleVars(f)
	fmt.Fprintf(w, "## %s\n\n", f.ID)
	fmt.Fprintf(w, "%s. %s.\n\n", capital(f.Cause), capital(f.Trigger))
	fmt.Fprintf(w, "```\nHTTP/1.1 %d %s\n\n%s\n```\n\n", f.Status, f.Reason, f.Body(vars, false))
	fmt.Fprintf(w, "- **Trace and monitoring**: `%s`, source `%s`", f.TraceCode, f.Source)
	if f.ReasonCode != "" {
		fmt.Fprintf(w, "; newer versions add `\"reason\":\"%s\"` (`compatibility.reason: true`)", f.ReasonCode)
	}
	fmt.Fprintf(w, "\n- **Founded on**: %s\n", f.Confidence)
	fmt.Fprintf(w, "- **Governed by**: %s", guide.setting)
	if f.GovernedBy != "" && f.GovernedBy != "none" {
		fmt.Fprintf(w, " (in the original: %s)", f.GovernedBy)
	}
	fmt.Fprintf(w, "\n- **Cause it**: %s\n", causing(f))
	fmt.Fprintf(w, "- **Find the cause**: %s\n", guide.diagnose)
	fmt.Fprintf(w, "- **system.log** (%s, the text %s):\n\n```\n%s %s - %s\n", f.Log.Level, f.Log.Confidence,
		f.Log.Level, f.Log.Logger, f.LogText(vars))
	if block := f.LogException(vars); block != "" {
		fmt.Fprintln(w, block)
	}
	fmt.Fprint(w, "```\n\n")
}

// causing lists the ways to cause a fault in the lab.
func causing(f faults.Fault) string {
	var ways []string
	for _, b := range lab.Table() {
		if b.Fault == string(f.ID) {
			ways = append(ways, fmt.Sprintf("`curl -i http://127.0.0.1:9001%s` (%s)", labPath(b.Name), b.Does))
		}
	}
	for _, c := range lab.Clients() {
		if c.Fault == string(f.ID) {
			ways = append(ways, fmt.Sprintf("`message-processor lab send %s --to 127.0.0.1:9001` (%s)", c.Name, c.Does))
		}
	}
	if other := guideTo[f.ID].cause; other != "" {
		ways = append(ways, other)
	}
	return strings.Join(ways, "; or ")
}

// writeKnownFaults lists the faults that are in the catalogue but that this
// gateway does not produce.
func writeKnownFaults(w io.Writer) {
	fmt.Fprint(w, "## Known, not produced\n\nFaults of the original that need what this gateway is not: API proxy bundles with policies, or"+
		" the router in front.\n\n| Fault | Status | Code | Cause |\n|---|---|---|---|\n")
	for _, f := range faults.All() {
		if answered(f) || f.ID == faults.ErrorResponseCode {
			continue
		}
		status, code := "-", "-"
		if f.Status != 0 {
			status = fmt.Sprint(f.Status)
		}
		if f.TraceCode != "" {
			code = "`" + f.TraceCode + "`"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", f.ID, status, code, f.Cause)
	}
}

// exampleVars are the values that the examples of a fault show.
func exampleVars(f faults.Fault) faults.Vars {
	state := channel.Snapshot{Secure: true, ID: 739028, UseCount: 1, Open: true,
		Remote: exampleRemote, Local: exampleLocal, Age: exampleAge, LastIO: exampleAge}
	vars := faults.Vars{
		"channel": state.String(), "message_id": "mp1-12575-7-1", "host": "orders.example.com", "ip": "203.0.113.7",
		"vhost": "default", "path": "/v1/nowhere", "name": "Expires", "char": "(", "value": "br", "method": "CONNECT",
		"status_code": "204", "status": "403", "reason": "more than one Content-Length",
	}
	switch f.ID {
	case faults.RequestLineTooBig:
		vars["limit"] = faults.Limit(7168)
	case faults.TargetLineTooBig:
		vars["limit"] = faults.Limit(2048)
	case faults.MalformedResponse:
		vars["reason"] = "field line without a colon"
	case faults.HeaderNameNonASCII, faults.HeaderInvalidChar:
		vars["name"] = "X-Bad"
		vars["limit"] = ""
	default:
		vars["limit"] = faults.Limit(25600)
	}
	return vars
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

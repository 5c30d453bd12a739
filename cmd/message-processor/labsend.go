package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"message-processor/faults"
	"message-processor/faults/lab"
)

// sendFlags are the values of the flags of lab send.
type sendFlags struct {
	to, path   string
	wait       time.Duration
	list, json bool
}

func newLabSend(s streams) *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use:   "send NAME --to ADDR",
		Short: "Play a scripted client that provokes a fault of the client's making",
		Long: `Send one request that provokes a fault of the client's making, print the answer,
and compare it with the fault catalogue: exit code 0 if it is the fault that was
to be expected, 1 if not.

  message-processor lab send --list
  message-processor lab send request-headers-too-big --to 127.0.0.1:9001

Most clients ask for ` + lab.Clients()[0].Path + `, which the embedded lab has; in front of another
configuration --path names a path that leads to an API proxy.`,
		Args: func(_ *cobra.Command, args []string) error { return f.check(args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.list {
				return listClients(s.out, f.json)
			}
			return playClient(cmd.Context(), f, args[0], s)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.to, "to", "", "`ADDR` (host:port) of the gateway's client traffic")
	cmd.Flags().StringVar(&f.path, "path", "", "`PATH` to ask for instead of the client's own")
	cmd.Flags().DurationVar(&f.wait, "wait", 2*time.Minute, "longest wait for the answer")
	cmd.Flags().BoolVar(&f.list, "list", false, "list the clients and the faults they provoke")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON document")
	return cmd
}

func (f *sendFlags) check(args []string) error {
	switch {
	case f.list && len(args) == 0:
		return nil
	case len(args) != 1:
		return usageError{errors.New("give the name of one client; lab send --list lists them")}
	}
	if _, err := findClient(args[0]); err != nil {
		return usageError{err}
	}
	f.to = strings.TrimSuffix(strings.TrimPrefix(f.to, "http://"), "/")
	if _, _, err := net.SplitHostPort(f.to); err != nil {
		return usageError{fmt.Errorf("--to: is %q; allowed: HOST:PORT of a gateway, such as 127.0.0.1:9001", f.to)}
	}
	if f.path != "" && (f.path[0] != '/' || strings.ContainsAny(f.path, " \r\n")) {
		return usageError{fmt.Errorf("--path: is %q; allowed: a path that begins with a slash", f.path)}
	}
	if f.wait <= 0 {
		return usageError{fmt.Errorf("--wait: is %v; allowed: a duration above zero, such as 2m", f.wait)}
	}
	return nil
}

// findClient takes the name of a client, or the fault it is named after.
func findClient(name string) (lab.Client, error) {
	var names []string
	for _, c := range lab.Clients() {
		if c.Name == name || c.Fault == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	hint := cmp.Or(didYouMean(name, names), "; there are: "+strings.Join(names, ", "))
	return lab.Client{}, fmt.Errorf("unknown client %q%s", name, hint)
}

func playClient(ctx context.Context, f sendFlags, name string, s streams) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, f.wait, fmt.Errorf("within %v (--wait)", f.wait))
	defer cancel()
	c, err := findClient(name)
	if err != nil {
		return err
	}
	answer, err := c.Send(ctx, f.to, f.path)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	verdict := judge(c, answer)
	if f.json {
		err = writeJSON(s.out, verdict)
	} else {
		err = showAnswer(s.out, answer)
	}
	if err == nil && !verdict.OK {
		err = fmt.Errorf("%s: expected %s, which this answer is not", c.Name, verdict.Expected.Fault)
	}
	return err
}

// sentJSON tells how a client fared.
type sentJSON struct {
	Name      string         `json:"name"`
	OK        bool           `json:"ok"` // the answer is the fault expected
	Expected  clientExpected `json:"expected"`
	Left      bool           `json:"left,omitempty"` // it closed without an answer, as it was to
	Status    int            `json:"status,omitempty"`
	FaultCode string         `json:"fault_code,omitempty"`
	Body      string         `json:"body,omitempty"`
}

type clientExpected struct {
	Fault  string `json:"fault"`
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"`
}

// judge compares an answer with the catalogue: by the status and the code in
// the header, or in the body where the gateway sends no such headers.
func judge(c lab.Client, a lab.Answer) sentJSON {
	fault, _ := faults.Find(faults.ID(c.Fault))
	v := sentJSON{
		Name: c.Name, Left: a.Left, Status: a.Status, FaultCode: a.Header.Get("X-Apigee-fault-code"), Body: string(a.Body),
		Expected: clientExpected{string(fault.ID), fault.Status, fault.TraceCode},
	}
	switch {
	case fault.Code == "": // nobody is there to be answered
		v.OK = a.Left
	case v.FaultCode != "":
		v.OK = a.Status == fault.Status && v.FaultCode == fault.TraceCode
	default:
		v.OK = a.Status == fault.Status && strings.Contains(v.Body, `"errorcode":"`+fault.Code+`"`)
	}
	return v
}

func showAnswer(w io.Writer, a lab.Answer) error {
	if a.Left {
		_, err := fmt.Fprintln(w, "left without an answer")
		return err
	}
	code := cmp.Or(a.Header.Get("X-Apigee-fault-code"), "none")
	_, err := fmt.Fprintf(w, "%s\nX-Apigee-fault-code: %s\n\n%s\n", a.Line, code, a.Body)
	return err
}

// clientJSON is a client with stable keys.
type clientJSON struct {
	Name  string `json:"name"`
	Does  string `json:"does"`
	Fault string `json:"fault"`
	Path  string `json:"path"`
}

func listClients(w io.Writer, asJSON bool) error {
	if asJSON {
		list := []clientJSON{}
		for _, c := range lab.Clients() {
			list = append(list, clientJSON{c.Name, c.Does, c.Fault, c.Path})
		}
		return writeJSON(w, list)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tDOES\tFAULT")
	for _, c := range lab.Clients() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", c.Name, c.Does, cmp.Or(faultName(c.Fault), "none"))
	}
	return table.Flush()
}

func writeJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"message-processor/faults"
	"message-processor/faults/lab"
)

// labFlags are the values of lab's flags.
type labFlags struct {
	options         lab.Options
	json, knobs     bool
	caFile, control string
	set             []string
}

func newLab(s streams) *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "lab [NAME…]",
		Short: "Run only the backends that misbehave",
		Long: `Run the lab's misbehaving backends, all of them or those named, and print a table:
name, address, what it does, and the fault a gateway in front of it answers.
Ctrl-C ends them.

Their certificates are made at start. To verify them from another process, have
the lab's authority written to a file:

  message-processor lab --base-port 7000 --write-ca lab-ca.pem tls-silent
  message-processor serve --target https://127.0.0.1:7000 --tls-ca lab-ca.pem

What a backend does can be set, and changed while it runs:

  message-processor lab --knobs                           # what there is to set
  message-processor lab --set tls-slow.delay=2s tls-slow
  message-processor lab --control 127.0.0.1:7070 --base-port 7000 healthy
  curl http://127.0.0.1:7070/backends
  curl -H X-Requested-With:curl -d 'does=tls-silent&for=30s' http://127.0.0.1:7070/backends/healthy
  curl -H X-Requested-With:curl -X DELETE http://127.0.0.1:7070/backends/healthy

For faults of the client's making there are scripted clients, see lab send.`,
		Args: knownBackends,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.options.Names = args
			if f.knobs {
				return listKnobs(s.out, args)
			}
			return runLab(cmd.Context(), f, s)
		},
	}
	f.register(cmd)
	cmd.AddCommand(newLabSend(s))
	return cmd
}

func (f *labFlags) register(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.options.Host, "host", "127.0.0.1", "`HOST` to listen on and to name in the URLs")
	cmd.Flags().IntVar(&f.options.BasePort, "base-port", 0, "`PORT` of the first backend, the others follow in the table's order; 0 takes free ones")
	cmd.Flags().StringVar(&f.caFile, "write-ca", "", "write the lab's CA certificate (PEM) to this `FILE`")
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "change a knob, `NAME.KNOB=VALUE`; may be given again")
	cmd.Flags().StringVar(&f.control, "control", "", "serve the control API at this loopback `ADDR`; port 0 takes a free one")
	cmd.Flags().BoolVar(&f.knobs, "knobs", false, "list what --set can change, and its default")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the table as one JSON document")
}

// knownBackends refuses names that the lab does not have.
func knownBackends(_ *cobra.Command, args []string) error {
	names := lab.Names()
	for _, name := range args {
		if !slices.Contains(names, name) {
			hint := cmp.Or(didYouMean(name, names), "; there are: "+strings.Join(names, ", "))
			return usageError{fmt.Errorf("unknown backend %q%s", name, hint)}
		}
	}
	return nil
}

// runLab runs the lab until a signal ends it.
func runLab(ctx context.Context, f labFlags, s streams) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	running, err := lab.Start(ctx, f.options)
	if err != nil {
		return fmt.Errorf("%w; --host and --base-port say where to listen", err)
	}
	defer running.Close()
	if f.caFile != "" {
		if err := os.WriteFile(f.caFile, running.CAPEM(), 0o644); err != nil {
			return fmt.Errorf("--write-ca: %w", err)
		}
	}
	if f.control != "" {
		closeControl, err := serveControl(f.control, running, s)
		if err != nil {
			return err
		}
		defer closeControl()
	}
	if err := showLab(s, running.Backends(), f.json); err != nil {
		return err
	}
	if f.caFile == "" {
		fmt.Fprintln(s.err, "To verify these certificates elsewhere: --write-ca FILE here, --tls-ca FILE there.")
	}
	<-ctx.Done()
	return nil
}

// check finds what is wrong with the command line, and reads --set.
func (f *labFlags) check() error {
	if last := 65535 - len(lab.Names()); f.options.BasePort < 0 || f.options.BasePort > last {
		return fmt.Errorf("--base-port: is %d; allowed: a port from 1 to %d, or 0 for free ones", f.options.BasePort, last)
	}
	if f.control != "" {
		if err := onLoopback(f.control); err != nil {
			return fmt.Errorf("--control: %w", err)
		}
	}
	f.options.Set = map[string]string{}
	for _, setting := range f.set {
		knob, value, found := strings.Cut(setting, "=")
		if !found {
			return fmt.Errorf("--set: is %q; allowed: NAME.KNOB=VALUE, such as tls-slow.delay=5s", setting)
		}
		f.options.Set[knob] = value
	}
	flaws := lab.Entry{Does: "healthy", Set: f.options.Set}.Flaws()
	if len(flaws) > 0 {
		return fmt.Errorf("--set: %s %s", strings.TrimPrefix(flaws[0].Key, "set."), flaws[0].Message)
	}
	return nil
}

// listKnobs prints what can be set, of all behaviours or those named.
func listKnobs(w io.Writer, names []string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tDEFAULT\tOF A BACKEND THAT")
	for _, info := range lab.Table() {
		if len(names) > 0 && !slices.Contains(names, info.Name) {
			continue
		}
		for _, k := range info.Knobs {
			fmt.Fprintf(table, "%s.%s\t%s\t%s\n", info.Name, k.Name, k.Value, info.Does)
		}
	}
	return table.Flush()
}

func showLab(s streams, backends []lab.Backend, asJSON bool) error {
	list := make([]fronted, len(backends))
	for i, b := range backends {
		list[i] = fronted{b.Name, b}
	}
	if asJSON {
		return labJSON(s.out, list, "")
	}
	return labTable(s.out, list)
}

func labTable(w io.Writer, list []fronted) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tADDRESS\tDOES\tFAULT")
	for _, b := range list {
		address, fault := b.Address, faultName(b.Fault)
		if len(b.Servers) > 1 {
			address = strings.Join(b.Servers, ",")
		}
		if !b.Available {
			address, fault = "-", "not available here: "+b.Note
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", b.Name, address, b.Does, fault)
	}
	return table.Flush()
}

// faultName is how a fault is told to people: its status and trace code.
func faultName(id string) string {
	if id == "" {
		return "none"
	}
	fault, ok := faults.Find(faults.ID(id))
	switch {
	case !ok:
		return id
	case fault.Status == 0:
		return fault.TraceCode
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", fault.Status, fault.TraceCode))
}

// backendJSON has the stable keys of contract section 9.
type backendJSON struct {
	Name       string `json:"name"`
	Address    string `json:"address"`
	URL        string `json:"url"`
	Does       string `json:"does"`
	Fault      string `json:"fault"`
	GatewayURL string `json:"gateway_url,omitempty"`
	Note       string `json:"note,omitempty"`

	ForwardProxy bool     `json:"forward_proxy,omitempty"`
	Servers      []string `json:"servers,omitempty"`
}

// labJSON prints the backends; with a gateway in front of them, also the URL
// each is reached at through it.
func labJSON(w io.Writer, backends []fronted, gateway string) error {
	list := make([]backendJSON, 0, len(backends))
	for _, b := range backends {
		row := backendJSON{Name: b.name, Address: b.Address, URL: b.URL, Does: b.Does, Fault: b.Fault, Note: b.Note,
			ForwardProxy: b.ForwardProxy, Servers: b.Servers}
		if gateway != "" && notFronted(b.Backend) == "" {
			row.GatewayURL = gateway + labPath(b.name)
		}
		list = append(list, row)
	}
	return writeJSON(w, list)
}

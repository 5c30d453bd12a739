package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"message-processor/config"
	"message-processor/faults/diagnosis/probe"
	"message-processor/faults/verdict"
)

// probeFlags are the values of probe's flags.
type probeFlags struct {
	target        config.TargetFlags
	tlsVerify, ca string
	connect       time.Duration
	handshake, io time.Duration
	secure, json  bool
	count         int
	interval      time.Duration
	from, method  string
	header        []string
}

func newProbe(s streams) *cobra.Command {
	var f probeFlags
	cmd := &cobra.Command{
		Use:   "probe URL|HOST:PORT",
		Short: "Try every address of a backend as the gateway would, and say what is wrong",
		Long:  probeHelp,
		Args:  oneTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, err := f.plan(cmd.Flags(), args[0], s.err)
			if err != nil {
				return err
			}
			return runProbe(cmd.Context(), plan, f.json, s)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func oneTarget(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usageError{errors.New("probe needs a target: a URL such as https://orders.example.com/, or HOST:PORT")}
	case 1:
		return nil
	}
	return usageError{fmt.Errorf("unexpected argument %q: probe takes one target", args[1])}
}

func (f *probeFlags) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.IntVar(&f.count, "count", 1, "probe so many times; more than once adds a table of min, median and max")
	flags.DurationVar(&f.interval, "interval", time.Second, "wait between two rounds of --count")
	flags.DurationVar(&f.connect, "connect-timeout", 3*time.Second, "time for the name lookup, and for the TCP connect to each address")
	flags.DurationVar(&f.handshake, "handshake-timeout", 55*time.Second, "time for the TLS handshake")
	flags.DurationVar(&f.io, "io-timeout", 55*time.Second, "longest silence while sending or receiving")
	flags.BoolVar(&f.secure, "tls", false, "speak TLS to HOST:PORT; ports that end in 443 do without this flag")
	flags.StringVar(&f.target.ServerName, "server-name", "", "`NAME` to ask for (SNI) and to verify instead of the host")
	flags.StringVar(&f.tlsVerify, "tls-verify", "full", "`MODE` of verifying the certificate: full, hostname or none")
	flags.StringVar(&f.ca, "tls-ca", "", "`FILE` of CA certificates (PEM) to trust instead of the system's")
	flags.StringVar(&f.target.Certificate, "certificate", "", "`FILE` with the client certificate (PEM), its chain after it")
	flags.StringVar(&f.target.Key, "key", "", "`FILE` with the key (PEM) of --certificate")
	flags.StringVar(&f.from, "from", "", "source `ADDR` to connect from")
	flags.StringVar(&f.method, "method", "GET", "`METHOD` of the request")
	flags.StringArrayVar(&f.header, "header", nil, "a field of the request, `NAME: VALUE`; may be given again")
	flags.BoolVar(&f.json, "json", false, "print one JSON document")
}

// plan reads the command line. Problems with it are told, all of them, and are wrong usage.
func (f *probeFlags) plan(flags *pflag.FlagSet, target string, w io.Writer) (probe.Plan, error) {
	var err error
	if f.target.URL, err = probe.Parse(target, f.secure); err != nil {
		return probe.Plan{}, usageError{err}
	}
	if f.count < 1 || f.count > probe.MostRounds {
		return probe.Plan{}, usageError{fmt.Errorf("--count: is %d; allowed: 1 to %d", f.count, probe.MostRounds)}
	}
	if f.interval < 0 {
		return probe.Plan{}, usageError{fmt.Errorf("--interval: is %v; allowed: a duration such as 1s, or 0s", f.interval)}
	}
	f.override(flags)
	loaded, err := config.LoadTarget(f.target)
	if err != nil {
		problems := problemsOf(err)
		for _, p := range problems {
			fmt.Fprintln(w, p)
		}
		return probe.Plan{}, usageError{fmt.Errorf("%s in the command line", count(len(problems), "problem"))}
	}
	plan := probe.For(loaded)
	plan.Count, plan.Interval = f.count, f.interval
	plan.Request.Method, plan.Request.Header = f.method, f.header
	if f.from != "" {
		if plan.From, err = netip.ParseAddr(f.from); err != nil {
			return probe.Plan{}, usageError{fmt.Errorf("--from: is %q; allowed: an IP address of this machine", f.from)}
		}
	}
	return plan, nil
}

// override takes the flags that were given: an I/O timeout alone moves the handshake's, as it does for serve.
func (f *probeFlags) override(flags *pflag.FlagSet) {
	o := &f.target.Overrides
	for name, to := range map[string]func(){
		"connect-timeout":   func() { o.ConnectTimeout = &f.connect },
		"handshake-timeout": func() { o.HandshakeTimeout = &f.handshake },
		"io-timeout":        func() { o.IOTimeout = &f.io },
		"tls-verify":        func() { o.TLSVerify = &f.tlsVerify },
		"tls-ca":            func() { o.TLSCA = &f.ca },
	} {
		if flags.Changed(name) {
			to()
		}
	}
}

// runProbe probes until it is done or a signal ends it, and fails unless the verdict is healthy.
func runProbe(ctx context.Context, plan probe.Plan, asJSON bool, s streams) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	text := probe.Text{W: s.out, Colour: isTerminal(s.out) && os.Getenv("NO_COLOR") == ""}
	tell := text.Attempt
	if asJSON {
		tell = nil
	} else {
		fmt.Fprintln(s.err, plan.Intention()+"; Ctrl-C ends it with what is known by then")
	}
	report, err := probe.Run(ctx, plan, tell)
	if err != nil {
		return usageError{err}
	}
	if asJSON {
		err = writeJSON(s.out, report)
	} else {
		err = text.Report(report)
	}
	if err == nil && report.Verdict.ID != verdict.Healthy {
		err = errReported
	}
	return err
}

// isTerminal tells whether a person is likely to look at w.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const probeHelp = `Try a backend as the gateway would: look its name up, and at every address it has
connect, shake hands, send one request. Each step is timed. The verdict says what
is wrong, why that is known, and what to do next: a firewall that drops data, a
silent backend, a certificate, one bad address among several.

  message-processor probe https://orders.example.com/health
  message-processor probe orders.example.com:443 --handshake-timeout 5s
  message-processor probe 10.0.0.7:8443 --tls --server-name orders.internal --tls-ca ca.pem
  message-processor probe https://orders.example.com/ --count 20 --interval 5s

A URL says whether TLS is spoken. HOST:PORT is asked for / over TLS if the port
ends in 443 or --tls is given, else in plain HTTP. Timers and verification are those of serve;
each address has all of the connect timer for itself.

A backend that has begun its part of the TLS handshake when the timer ends is
backend-slow; one that has sent nothing is backend-silent: a longer
--handshake-timeout tells whether it would still come. A handshake that succeeds,
but takes 3s or more, is backend-slow too.

The exit code is 0 if the verdict is healthy, else 1.`

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	gateway, lab string // programs
	duration     time.Duration
	stuck        int
	rate         int // healthy requests a second
	seed         int64
	report       string
	keep         string
}

var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil:
		return
	case errors.Is(err, errUsage):
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "soak:", err)
	stop()
	os.Exit(1)
}

// command is the whole program. "hold" is what it starts itself as, see hold.go.
func command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "hold" {
		return runHold(ctx, args[1:], out)
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	return run(ctx, o, out)
}

const usage = `Soak runs the gateway under everything a bad day brings and balances the books at the end.

  make soak                    # 30 minutes, 20,000 stuck handshakes
  make soak DURATION=3m STUCK=2000

`

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	flags.StringVar(&o.gateway, "gateway", "bin/message-processor", "the `PROGRAM` under test, release or race build")
	flags.StringVar(&o.lab, "lab", "bin/message-processor", "the `PROGRAM` whose lab plays the backends")
	flags.DurationVar(&o.duration, "duration", 30*time.Minute, "how long, at least 30s")
	flags.IntVar(&o.stuck, "stuck", 20_000, "handshakes stuck at the same time")
	flags.IntVar(&o.rate, "rate", 250, "healthy requests a second")
	flags.Int64Var(&o.seed, "seed", 0, "start of the random numbers; 0: the time")
	flags.StringVar(&o.report, "report", "", "Markdown `FILE` whose part between the soak markers is replaced; none: standard output")
	flags.StringVar(&o.keep, "keep", "", "`DIR` for the logs, which is kept; none: a temporary one, kept if something is found")
	if err := flags.Parse(args); err != nil {
		return o, errUsage
	}
	if o.duration < 30*time.Second || o.stuck < 1 || o.rate < 1 || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "soak: -duration is at least 30s, -stuck and -rate at least 1, and there are no arguments")
		return o, errUsage
	}
	if o.seed == 0 {
		o.seed = time.Now().UnixNano()
	}
	return o, nil
}

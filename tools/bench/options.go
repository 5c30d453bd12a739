package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	gateway string
	out     string
	chosen  []string // ids; empty: all
	effort  effort
	quick   bool
}

// Ids of what is no scenario of rounds.
const (
	idStuck       = "S5"
	idConnections = "connections"
	idBodies      = "bodies"
	idProxies     = "proxies"
	idMoreStuck   = "stuck"
	idLog         = "log"
	idStart       = "start"
)

func allIDs() []string {
	var ids []string
	for _, s := range scenarios() {
		ids = append(ids, s.id)
	}
	return append(ids, idStuck, idConnections, idBodies, idProxies, idMoreStuck, idLog, idStart)
}

const usage = `bench compares what the gateway costs with what nginx, HAProxy and Go's ReverseProxy cost for the same work:
CPU-seconds as the kernel counts them, as a ratio to nginx in the same round.

  make bench                              all of it, about 20 minutes
  make bench BENCH="-scenario S1,S2"      two scenarios
  make bench BENCH="-quick"               all of it in a few minutes, to see that it works
  make bench BENCH="-out docs"            puts the tables into docs/performance.md and the chart beside it

Scenarios: %s

`

// parseOptions reads the flags. What is wrong with them has been told when there is an error.
func parseOptions(args []string, talk io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(talk)
	flags.StringVar(&o.gateway, "gateway", "bin/message-processor", "the gateway's `binary`")
	flags.IntVar(&o.effort.rounds, "rounds", 5, "how often everybody has a turn in each scenario")
	flags.DurationVar(&o.effort.duration, "duration", 2*time.Second, "how long a turn takes, whole seconds")
	flags.BoolVar(&o.quick, "quick", false, "one turn of a second and small crowds: whether it works, not what it costs")
	flags.StringVar(&o.out, "out", "", "`directory` whose performance.md gets the tables and images/performance.svg the chart; none: standard output alone")
	list := flags.String("scenario", "", "only these `ids`, with commas between them")
	flags.Usage = func() {
		fmt.Fprintf(talk, usage, strings.Join(allIDs(), ", "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.quick {
		o.effort = effort{rounds: 1, duration: time.Second}
	}
	return o, o.choose(*list, flags, talk)
}

func (o *options) choose(list string, flags *flag.FlagSet, talk io.Writer) (err error) {
	if list != "" {
		o.chosen = strings.Split(list, ",")
	}
	for _, id := range o.chosen {
		if !slices.Contains(allIDs(), id) {
			err = fmt.Errorf("there is no scenario %q; there are %s", id, strings.Join(allIDs(), ", "))
		}
	}
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("%q is no flag", flags.Arg(0))
	case o.effort.rounds < 1 || o.effort.duration < time.Second:
		err = fmt.Errorf("at least one round of a second")
	}
	if err != nil {
		fmt.Fprintln(talk, "bench:", err)
	}
	return err
}

func (o *options) wants(id string) bool { return len(o.chosen) == 0 || slices.Contains(o.chosen, id) }

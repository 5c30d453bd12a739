package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit code: 0 good, 1 something did not work, 2 wrong flags.
func run(args []string, out, talk io.Writer) int {
	if len(args) > 0 && args[0] == reverseProxyCommand {
		fmt.Fprintln(talk, reverseProxyMain(args[1:]))
		return 1
	}
	o, err := parseOptions(args, talk)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	found, err := o.measure(ctx, talk)
	if err == nil {
		err = found.publish(o, out)
	}
	if err == nil && len(found.failures) > 0 {
		err = errors.New("this did not work: " + strings.Join(found.failures, "; "))
	}
	if err != nil {
		fmt.Fprintln(talk, "bench:", err)
		return 1
	}
	return 0
}

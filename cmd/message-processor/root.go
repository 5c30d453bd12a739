package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes (contract section 1).
const (
	exitGood   = 0
	exitFailed = 1 // found a problem, or failed
	exitUsage  = 2
)

// streams is where a command reads and speaks: reports go to out, talk to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a command line that makes no sense.
type usageError struct{ error }

// errReported ends a command whose problem has been told already.
var errReported = errors.New("already reported")

// run is the program: arguments in, exit code out.
func run(args []string, s streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(context.Background())
	var usage usageError
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errReported):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "message-processor: %v\nRun '%s --help' for how to use it.\n", err, command.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(s.err, "message-processor: %v\n", err)
	return exitFailed
}

func newRoot(s streams) *cobra.Command {
	serve := newServe(s)
	root := &cobra.Command{
		Use:           "message-processor",
		Short:         "An HTTP gateway that behaves like Apigee Edge's Message Processor when a backend misbehaves",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q%s", args[0], didYouMean(args[0], commandNames(cmd)))}
			}
			return nil
		},
		RunE: serve.RunE,
	}
	root.Flags().SortFlags = false
	root.Flags().AddFlagSet(serve.Flags())
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{explain(cmd.Flags(), err)} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(serve, newCheck(s), newProbe(s), newCapture(s), newAnalyze(s), newLog(s), newReproduce(s), newLab(s), newFaults(s), newTrace(s), newGather(s), newVersion(s))
	return root
}

// noArguments is what the commands that take none expect.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}

const rootHelp = `message-processor relays HTTP requests to HTTP and TLS backends, with a timer of
its own for connecting (3s), for the TLS handshake (55s) and for silence (55s),
and answers what goes wrong with the exact faults of Apigee Edge's Message
Processor: a backend that never answers the ClientHello gives, after 55 seconds,

  502 {"fault":{"faultstring":"Bad Gateway","detail":{"errorcode":"messaging.adaptors.http.flow.BadGateway"}}}

Without a command it is "serve". Without any argument it starts a lab of
misbehaving backends inside the process and lists a curl line for each:

  message-processor --handshake-timeout 3s
  curl -i http://127.0.0.1:9001/lab/tls-silent

In front of a backend of your own:

  message-processor --target https://orders.example.com
  message-processor --config gateway.yaml`

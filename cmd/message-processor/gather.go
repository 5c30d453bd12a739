package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"message-processor/config"
	"message-processor/faults/diagnosis/gather"
	"message-processor/faults/diagnosis/probe"
)

func newGather(s streams) *cobra.Command {
	var client managementClient
	var options gather.Options
	var form string
	cmd := &cobra.Command{
		Use:   "gather --message-id ID -o FILE.zip",
		Short: "Pack everything support asks for about one failed call into a zip",
		Long:  gatherHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			options.Form = gather.Form(form)
			return runGather(ctx, &client, options, s)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.MessageID, "message-id", "", "message `ID` of the call: X-Apigee-Message-ID of its answer, messageid: in system.log")
	flags.StringVarP(&options.Output, "output", "o", "", "`FILE.zip` to write; it must not exist yet")
	flags.StringVar(&form, "form", string(gather.Private), "`FORM` of the list: private, or public without log, configuration and state")
	flags.StringVar(&options.SystemLog, "system-log", "", "`FILE` to search; default: the gateway's own, else the playbook's two paths")
	flags.StringVar(&options.Capture, "capture", "", "`FILE` with packets, pcapng or pcap; default: the gateway's capture of the call")
	flags.StringVar(&options.Config, "config", "", "configuration `FILE`; default: the one the gateway was started with")
	client.register(flags)
	return cmd
}

const gatherHelp = `Pack everything the playbook's must-gather list names about one failed call into
one zip: the error message, the curl command that repeats it, the trace file, the
lines of system.log and what stands around them, the packets, the configuration,
what the target does now, versions and the gateway's state. index.html in it tells
the story; manifest.json has the SHA-256 of every file.

  message-processor gather --message-id mp1-12575-114653952-1 -o incident.zip
  message-processor gather --message-id mp1-12575-114653952-1 -o incident.zip \
    --capture handshake.pcap --form public

Secrets are masked. What cannot be had is listed with the reason, in the archive
and here; the exit code is 1 only if nothing knows the message id, or nothing could
be written. A file that is there already is not touched.`

// runGather gathers and tells what became of it: the files on standard output, what is missing on standard error.
func runGather(ctx context.Context, client *managementClient, options gather.Options, s streams) error {
	if options.MessageID == "" || options.Output == "" {
		return usageError{errors.New("give --message-id ID and -o FILE.zip")}
	}
	if err := client.open(); err != nil {
		return err
	}
	options.Fetch, options.Management, options.Secrets = fetchFrom(client), client.base, []string{client.password}
	options.Progress, options.Probe = s.err, probeFor(options.Config)
	options.Program = gather.Program{Version: version, Commit: commitOf(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Kernel: kernelRelease()}
	result, err := gather.Run(ctx, options)
	switch {
	case errors.Is(err, gather.ErrInvalid):
		return usageError{err}
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; nothing was written")
	case err != nil:
		return err
	}
	return tellGathered(result, s)
}

// fetchFrom asks the management API for gather.
func fetchFrom(client *managementClient) func(context.Context, string, string) ([]byte, error) {
	return func(ctx context.Context, path, accept string) ([]byte, error) {
		body, err := client.call(ctx, http.MethodGet, path, accept)
		var refused *managementError
		if errors.As(err, &refused) && refused.isNotFound() {
			return nil, gather.ErrNotFound
		}
		return body, err
	}
}

// probeFor probes targets for gather.
func probeFor(file string) func(context.Context, string, []byte) (string, []byte, error) {
	return func(ctx context.Context, url string, settings []byte) (string, []byte, error) {
		target, err := targetOf(file, url, settings)
		if err != nil {
			return "", nil, err
		}
		var text, document bytes.Buffer
		to := probe.Text{W: &text}
		report, err := probe.Run(ctx, probe.For(target), to.Attempt)
		if err == nil {
			err = errors.Join(to.Report(report), writeJSON(&document, report))
		}
		return text.String(), document.Bytes(), err
	}
}

// targetOf is the target with this URL: as the configuration file has it, which alone knows keys and authorities; else as the
// gateway says it is in force; else with the defaults.
func targetOf(file, url string, settings []byte) (config.Target, error) {
	for _, load := range []func() (*config.Gateway, error){
		func() (*config.Gateway, error) { return config.Load(file, config.Overrides{}) },
		func() (*config.Gateway, error) {
			return config.Parse("settings in force", settings, config.Overrides{})
		},
	} {
		loaded, err := load()
		if err != nil {
			continue
		}
		for _, p := range loaded.Proxies {
			u := *p.Target.URL
			if u.RawQuery, u.User = "", nil; u.String() == url {
				return p.Target, nil
			}
		}
	}
	return config.LoadTarget(config.TargetFlags{URL: url})
}

func tellGathered(r gather.Result, s streams) error {
	for _, m := range r.Missing {
		fmt.Fprintf(s.err, "missing: %s: %s\n", m.What, m.Why)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(s.err, "note: %s\n", note)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\t%d bytes\n", printable(r.Path), r.Bytes)
	for _, f := range r.Files {
		fmt.Fprintf(table, "  %s\t%d\t%s\n", f.Name, f.Size, f.About)
	}
	return table.Flush()
}

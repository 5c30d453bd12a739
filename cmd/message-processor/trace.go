package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// traceCommand is the client of the trace-session API. It speaks the calls of
// Apigee Edge (trace-sessions.md section 1), so what it starts can be read by
// other clients, and the other way round.
type traceCommand struct {
	client                    managementClient
	organization, environment string
	api                       string
	revision                  int
	streams                   streams
}

func newTrace(s streams) *cobra.Command {
	t := &traceCommand{streams: s}
	cmd := &cobra.Command{
		Use:   "trace",
		Short: "List, start, stop and fetch trace sessions of a running gateway",
		Long: `Trace sessions of a running gateway: record what happens to the requests of one API
proxy, and fetch it as the trace file that the Edge UI downloads.

  message-processor trace start --api orders
  message-processor trace fetch --api orders --follow SESSION
  message-processor trace fetch --api orders SESSION -o trace.xml

A session ends by itself after ten minutes or twenty transactions, and its data goes
with it: fetch before.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q for trace; there are list, start, stop and fetch", args[0])}
			}
			return usageError{errors.New("trace needs one of list, start, stop and fetch")}
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(t.newList(), t.newStart(), t.newStop(), t.newFetch())
	return cmd
}

// register adds the flags that say which gateway and, with api, which proxy.
func (t *traceCommand) register(flags *pflag.FlagSet, api bool) {
	flags.SortFlags = false
	if api {
		flags.StringVar(&t.api, "api", "", "`NAME` of the API proxy")
		flags.IntVar(&t.revision, "revision", 0, "its revision; 0 is the one deployed")
	}
	flags.StringVar(&t.organization, "organization", "acme", "organization `NAME` of the gateway")
	flags.StringVar(&t.environment, "environment", "test", "environment `NAME` of the gateway")
	t.client.register(flags)
}

// sessions is the path of an API proxy's sessions.
func (t *traceCommand) sessions(api string, revision int) string {
	return t.environmentPath("/v1") + "/apis/" + url.PathEscape(api) + "/revisions/" + strconv.Itoa(revision) + "/debugsessions"
}

func (t *traceCommand) environmentPath(root string) string {
	return root + "/organizations/" + url.PathEscape(t.organization) + "/environments/" + url.PathEscape(t.environment)
}

// choose completes the proxy: a name is needed, its revision is asked for.
func (t *traceCommand) choose(ctx context.Context) error {
	if t.api == "" {
		return usageError{errors.New("--api NAME is missing: which API proxy?")}
	}
	if err := t.client.open(); err != nil || t.revision > 0 {
		return err
	}
	var revisions []string
	path := t.environmentPath("/v1/runtime") + "/apis/" + url.PathEscape(t.api) + "/revisions"
	if err := t.client.get(ctx, path, &revisions); err != nil {
		return err
	}
	if len(revisions) == 0 {
		return fmt.Errorf("API proxy %s is not deployed", t.api)
	}
	var err error
	t.revision, err = strconv.Atoi(revisions[len(revisions)-1])
	return err
}

func (t *traceCommand) newStart() *cobra.Command {
	var session string
	var timeout time.Duration
	var headers, queries map[string]string
	cmd := &cobra.Command{
		Use: "start", Short: "Start a trace session and print its name", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := t.choose(cmd.Context()); err != nil {
				return err
			}
			if session == "" {
				session = strconv.FormatInt(time.Now().UnixMilli(), 10)
			}
			query := url.Values{"session": {session}}
			if timeout > 0 {
				query.Set("timeout", strconv.Itoa(int(timeout.Seconds())))
			}
			for name, value := range headers {
				query.Set("header_"+name, value)
			}
			for name, value := range queries {
				query.Set("qparam_"+name, value)
			}
			path := t.sessions(t.api, t.revision) + "?" + query.Encode()
			if _, err := t.client.call(cmd.Context(), http.MethodPost, path, "application/json"); err != nil {
				return err
			}
			fmt.Fprintln(t.streams.out, session)
			return nil
		},
	}
	t.register(cmd.Flags(), true)
	cmd.Flags().StringVar(&session, "session", "", "`NAME` of the session; default: the time in milliseconds")
	cmd.Flags().DurationVar(&timeout, "timeout", 0, "end the session after this long; default and most: sessions.max_duration")
	cmd.Flags().StringToStringVar(&headers, "header", nil, "record only requests with this header, `NAME=VALUE`")
	cmd.Flags().StringToStringVar(&queries, "query", nil, "record only requests with this query parameter, `NAME=VALUE`")
	return cmd
}

func (t *traceCommand) newStop() *cobra.Command {
	cmd := &cobra.Command{
		Use: "stop SESSION", Short: "End a trace session and discard its data", Args: oneSession,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.choose(cmd.Context()); err != nil {
				return err
			}
			path := t.sessions(t.api, t.revision) + "/" + url.PathEscape(args[0])
			_, err := t.client.call(cmd.Context(), http.MethodDelete, path, "application/json")
			return err
		},
	}
	t.register(cmd.Flags(), true)
	return cmd
}

func oneSession(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("give the name of one session, as `trace list` shows it")}
	}
	return nil
}

// sessionJSON is one row of trace list.
type sessionJSON struct {
	API          string `json:"api"`
	Revision     int    `json:"revision"`
	Session      string `json:"session"`
	Transactions int    `json:"transactions"`
}

func (t *traceCommand) newList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the trace sessions that are open", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := t.client.open(); err != nil {
				return err
			}
			list, err := t.open(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				encoder := json.NewEncoder(t.streams.out)
				encoder.SetIndent("", "  ")
				return encoder.Encode(list)
			}
			table := tabwriter.NewWriter(t.streams.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "API\tREVISION\tSESSION\tTRANSACTIONS")
			for _, s := range list {
				fmt.Fprintf(table, "%s\t%d\t%s\t%d\n", s.API, s.Revision, s.Session, s.Transactions)
			}
			return table.Flush()
		},
	}
	t.register(cmd.Flags(), false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	return cmd
}

// open asks for the sessions of every API proxy that is deployed.
func (t *traceCommand) open(ctx context.Context) ([]sessionJSON, error) {
	list := []sessionJSON{}
	deployed, err := t.deployed(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range deployed {
		base := t.sessions(d.API, d.Revision)
		var names []string
		if err := t.client.get(ctx, base, &names); err != nil {
			return nil, err
		}
		for _, name := range names {
			var ids []string
			if err := t.client.get(ctx, base+"/"+url.PathEscape(name)+"/data", &ids); err != nil {
				continue // ended meanwhile
			}
			list = append(list, sessionJSON{API: d.API, Revision: d.Revision, Session: name, Transactions: len(ids)})
		}
	}
	return list, nil
}

func (t *traceCommand) newFetch() *cobra.Command {
	var follow bool
	var output string
	cmd := &cobra.Command{
		Use: "fetch SESSION", Short: "Download the trace file of a session, or follow it", Args: oneSession,
		Long: `Download the trace file of a session, in the XML form of the Edge UI, to standard
output or to -o FILE. With --follow it prints a line for each transaction as it
arrives instead, until the session ends or Ctrl-C.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if err := t.choose(ctx); err != nil {
				return err
			}
			session := t.sessions(t.api, t.revision) + "/" + url.PathEscape(args[0])
			if follow {
				return t.follow(ctx, session)
			}
			return t.download(ctx, session, output)
		},
	}
	t.register(cmd.Flags(), true)
	cmd.Flags().BoolVar(&follow, "follow", false, "print a line per transaction as it arrives")
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write; it must not exist yet")
	return cmd
}

// download writes the trace file. A file that is there already is not touched.
func (t *traceCommand) download(ctx context.Context, session, output string) error {
	file, err := t.client.call(ctx, http.MethodGet, session+"/trace.xml", "application/xml")
	if err != nil {
		return err
	}
	if output == "" {
		_, err := t.streams.out.Write(file)
		return err
	}
	f, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	if _, err := f.Write(file); err != nil {
		f.Close()
		os.Remove(output)
		return fmt.Errorf("-o: %w", err)
	}
	return f.Close()
}

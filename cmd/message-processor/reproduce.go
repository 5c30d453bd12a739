package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"message-processor/config"
	"message-processor/faults/diagnosis/incident"
)

// reproduceFlags are the values of the flags of reproduce.
type reproduceFlags struct {
	messageID, speed, writeConfig string
	listen, management            string
	once                          bool
}

func newReproduce(s streams) *cobra.Command {
	var f reproduceFlags
	cmd := &cobra.Command{
		Use:   "reproduce FILE",
		Short: "Make a failure happen again: from its log line, its trace file or a capture",
		Long:  reproduceHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("reproduce needs one FILE, or - for standard input")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			factor, err := f.factor()
			if err != nil {
				return err
			}
			chosen, err := f.choose(cmd.Context(), args[0], s)
			if err != nil {
				return err
			}
			return f.reproduce(cmd.Context(), chosen, factor, s)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.messageID, "message-id", "", "of several incidents that with this `ID`; otherwise the last one")
	flags.StringVar(&f.speed, "speed", "1x", "run `N` times as fast, such as 10x: timers are that much shorter")
	flags.StringVar(&f.writeConfig, "write-config", "", "keep the configuration in this `FILE`, for serve --config; it must not exist yet")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`ADDR` for client traffic; port 0 takes a free one")
	flags.StringVar(&f.management, "management", "127.0.0.1:0", "`ADDR` for the trace page and management")
	flags.BoolVar(&f.once, "once", false, "end after one request; exit code 1 if it did not fail the same way")
	return cmd
}

// factor reads --speed.
func (f *reproduceFlags) factor() (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(f.speed, "x"), 64)
	if err != nil || !(n >= 0.01 && n <= 100_000) {
		return 0, usageError{fmt.Errorf("--speed: is %q; allowed: from 0.01x to 100000x", f.speed)}
	}
	return n, nil
}

// choose reads the file and takes one incident of it.
func (f *reproduceFlags) choose(ctx context.Context, name string, s streams) (*incident.Incident, error) {
	in := s.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = io.Reader(file)
	}
	all, err := incident.Read(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	chosen := &all[len(all)-1]
	for i := range all {
		if f.messageID != "" && all[i].MessageID == f.messageID {
			chosen = &all[i]
		}
	}
	if f.messageID != "" && chosen.MessageID != f.messageID {
		return nil, fmt.Errorf("%s: none of the %s in it has the message id %s", name, count(len(all), "incident"), f.messageID)
	}
	if len(all) > 1 {
		fmt.Fprintf(s.err, "%s has %d incidents; this is %s. --message-id takes another one.\n", name, len(all), printable(identity(chosen)))
	}
	return chosen, nil
}

func identity(i *incident.Incident) string {
	if i.MessageID != "" {
		return i.MessageID
	}
	return "the last"
}

// reproduce runs a gateway that fails the same way, and shows that it does.
func (f *reproduceFlags) reproduce(ctx context.Context, i *incident.Incident, factor float64, s streams) error {
	path, forget, err := f.keep(i.Configuration(factor))
	if err != nil {
		return err
	}
	defer forget()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	quiet := s
	quiet.out = io.Discard // the line is shown beside the old one
	p := &program{streams: quiet, processor: newUUID(),
		from: settings{path: path, overrides: config.Overrides{Listen: &f.listen, Management: &f.management}}}
	defer p.close()
	if err := p.start(ctx); err != nil {
		return err
	}
	failed := p.run()
	tellIncident(s.err, i, factor)
	same, err := p.fail(ctx, i, s)
	switch {
	case err != nil:
		return err
	case f.once && !same:
		return errReported
	case f.once:
		return nil
	}
	fmt.Fprintf(s.err, "It goes on serving; again: curl -i http://%s%s\nTraces: http://%s/   Ctrl-C ends it.\n", p.traffic.Addr(), incident.Path, p.control.Addr())
	return p.wait(signals, failed)
}

// keep writes the configuration to where it was asked for, else to where it can be forgotten.
func (f *reproduceFlags) keep(text string) (path string, forget func(), err error) {
	if f.writeConfig != "" {
		file, err := os.OpenFile(f.writeConfig, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			return "", nil, fmt.Errorf("%s is there already and is not overwritten", f.writeConfig)
		}
		if err != nil {
			return "", nil, err
		}
		if _, err = file.WriteString(text); err == nil {
			err = file.Close()
		}
		return f.writeConfig, func() {}, err
	}
	dir, err := os.MkdirTemp("", "reproduce-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "gateway.yaml")
	return path, func() { os.RemoveAll(dir) }, os.WriteFile(path, []byte(text), 0o600)
}

const reproduceHelp = `Make a failure happen again. FILE is what is left of it:

  - lines of system.log, of this gateway or of the original, as they are or quoted
  - a trace file: the XML download of a trace session
  - a packet capture, pcap or pcapng

The fault, the timer behind it, whether the connection was reused and where in the
exchange it broke are recognised. A backend of the lab that misbehaves that way and
a gateway in front of it are started, one request is sent, and its answer and line
are shown beside the old ones. Then it serves until Ctrl-C.

  message-processor reproduce incident.log --speed 10x
  grep BadGateway system.log | message-processor reproduce - --once
  message-processor reproduce handshake.pcap --write-config like-monday.yaml`

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"message-processor/faults/diagnosis/capture"
)

// captureFlags are the values of the flags of capture.
type captureFlags struct {
	hosts    []string
	ports    []uint
	file     string
	force    bool
	duration time.Duration
	maxSize  byteSize
	files    int
	snapLen  int
}

func newCapture(s streams) *cobra.Command {
	var f captureFlags
	cmd := &cobra.Command{
		Use:   "capture --host HOST [--host HOST]… [--port PORT]… -w FILE",
		Short: "Record the packets of backends into a file for Wireshark",
		Long:  captureHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if err := noArguments(nil, args); err != nil {
				return err
			}
			return f.check()
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), s) },
	}
	f.register(cmd.Flags())
	return cmd
}

func (f *captureFlags) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringArrayVar(&f.hosts, "host", nil, "name or address `HOST`, from and to which packets are recorded; may be repeated")
	flags.UintSliceVar(&f.ports, "port", nil, "only TCP and UDP on this `PORT`; may be repeated")
	flags.StringVarP(&f.file, "write", "w", "", "`FILE` to write (pcapng); - is standard output")
	flags.BoolVar(&f.force, "force", false, "overwrite a file that is there already")
	flags.DurationVar(&f.duration, "duration", 0, "stop after this time")
	flags.Var(&f.maxSize, "max-size", "stop at this `SIZE` of the file, such as 100MB; with --files: begin the next file")
	flags.IntVar(&f.files, "files", 0, "keep the last `N` files of --max-size, named FILE-00001 and so on")
	flags.IntVar(&f.snapLen, "snaplen", capture.DefaultSnapLength, "record at most so many `BYTES` of each packet")
}

// check refuses what makes no sense.
func (f *captureFlags) check() error {
	wrong := func(flag, value, allowed string) error {
		return usageError{fmt.Errorf("%s: is %s; allowed: %s", flag, value, allowed)}
	}
	for _, h := range f.hosts {
		if h == "" || strings.ContainsAny(h, "/ @") {
			return wrong("--host", strconv.Quote(h), "a name or an IP address, such as orders.example.com")
		}
	}
	for _, p := range f.ports {
		if p == 0 || p > 65535 {
			return wrong("--port", strconv.FormatUint(uint64(p), 10), "a number from 1 to 65535")
		}
	}
	switch {
	case len(f.hosts) == 0:
		return usageError{errors.New("--host is missing: name the backend whose packets are wanted")}
	case f.file == "":
		return usageError{errors.New("-w is missing: name the file to write, or - for standard output")}
	case f.duration < 0:
		return wrong("--duration", f.duration.String(), "a duration such as 30s; without it, until Ctrl-C")
	case f.files < 0 || f.files > 10000:
		return wrong("--files", strconv.Itoa(f.files), "a number from 1 to 10000")
	case f.files > 0 && (f.maxSize == 0 || f.file == "-"):
		return usageError{errors.New("--files needs --max-size, the size of each file, and -w with a name")}
	case f.snapLen < 64 || f.snapLen > capture.DefaultSnapLength:
		return wrong("--snaplen", strconv.Itoa(f.snapLen), fmt.Sprintf("a number from 64 to %d", capture.DefaultSnapLength))
	}
	return nil
}

// run captures until a signal or a bound ends it.
func (f *captureFlags) run(ctx context.Context, s streams) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	hosts, err := capture.Resolve(ctx, f.hosts)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		if !h.IsAddress() {
			fmt.Fprintf(s.err, "%s is %s\n", h.Name, listed(h.Addresses))
		}
	}
	o := f.options(hosts, s)
	recording, err := capture.Open(o)
	if err != nil {
		return captureProblem(err, o.Expression)
	}
	fmt.Fprintf(s.err, "capturing %s on all interfaces into %s; %s\n", o.Expression, f.target(), f.ending())
	done := showCount(s.err, recording)
	err = recording.Run(ctx)
	done()
	f.conclude(s.err, recording)
	return err
}

func (f *captureFlags) options(hosts []capture.Host, s streams) capture.Options {
	ports := make([]uint16, len(f.ports))
	for i, p := range f.ports {
		ports[i] = uint16(p)
	}
	o := capture.Options{
		Endpoints: capture.Endpoints(hosts, ports), Expression: capture.Expression(hosts, ports), SnapLength: f.snapLen,
		File: f.file, Force: f.force, MaxSize: int64(f.maxSize), Files: f.files, Duration: f.duration,
	}
	if f.file == "-" {
		o.Stream = s.out
	}
	return o
}

func (f *captureFlags) target() string {
	if f.file == "-" {
		return "standard output"
	}
	return f.file
}

// ending tells what ends the capture.
func (f *captureFlags) ending() string {
	ways := []string{"Ctrl-C"}
	if f.duration > 0 {
		ways = append(ways, f.duration.String())
	}
	if f.maxSize > 0 && f.files == 0 {
		ways = append(ways, f.maxSize.String())
	}
	return strings.Join(ways, " or ") + " ends it"
}

// conclude tells what there is now.
func (f *captureFlags) conclude(w io.Writer, r *capture.Recording) {
	where := f.target()
	if files := r.Files(); len(files) > 1 {
		where = fmt.Sprintf("%d files, %s to %s", len(files), files[0], files[len(files)-1])
	} else if len(files) == 1 {
		where = files[0]
	}
	fmt.Fprintf(w, "%s, %d bytes, %d dropped by the kernel: %s\n", count(int(r.Packets()), "packet"), r.Bytes(), r.Lost(), where)
	if r.Packets() == 0 {
		fmt.Fprintln(w, "nothing came from or went to these addresses: was anything sent while the capture ran, and from this machine?")
	}
}

// captureProblem says what to do about a capture that did not begin.
func captureProblem(err error, expression string) error {
	tcpdump := fmt.Sprintf("tcpdump -i any -s 0 -w FILE '%s'", expression)
	switch {
	case errors.Is(err, capture.ErrNotPermitted):
		return fmt.Errorf("%w: run it with sudo, or give the program the privilege once with %q, or let somebody who may run: %s",
			err, setcap(), tcpdump)
	case errors.Is(err, capture.ErrUnsupported):
		return fmt.Errorf("%w; here run: sudo %s", err, strings.Replace(tcpdump, " -i any", "", 1))
	}
	return err
}

// setcap is the command that gives this program the privilege to capture.
func setcap() string {
	self, err := os.Executable()
	if err != nil {
		self = "message-processor"
	}
	return "sudo setcap cap_net_raw+ep " + self
}

func listed[T fmt.Stringer](items []T) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, ", ")
}

const captureHelp = `Record the packets that go to and come from backends, on all interfaces at once and
without tcpdump, into a pcapng file that Wireshark, tshark and "message-processor
analyze" read. Names are resolved to all their addresses.

  message-processor capture --host orders.example.com --port 443 -w orders.pcapng
  message-processor capture --host 10.0.0.7 --host 10.0.0.8 --duration 1m -w both.pcapng

Waiting for a fault that comes once a day: the last ten files of 100 MB.

  message-processor capture --host 10.0.0.7 --max-size 100MB --files 10 -w night.pcapng

It is Linux only and needs the privilege CAP_NET_RAW: run it with sudo. Whoever can
read the file can read what was sent, as far as it was not encrypted; the file is
for its owner only.

The gateway can capture by itself, for each transaction that ends in a fault: see
capture.on_fault in the configuration.`

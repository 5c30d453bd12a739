package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"message-processor/faults/diagnosis/packets"
)

func newAnalyze(s streams) *cobra.Command {
	var asJSON bool
	var only []int
	cmd := &cobra.Command{
		Use:   "analyze FILE",
		Short: "Read a packet capture and say what went wrong on each TCP connection",
		Long: `Read a packet capture (pcap or pcapng, also gzipped) and tell for each TCP connection
the story that the playbook reads in Wireshark: the three-way handshake, the ClientHello
and whether it was acknowledged or sent again and when, what the backend answered, who
ended it; then the verdict, with packet numbers, and the next step. The most suspicious
connections come first.

  tcpdump -i any -s 0 -w backend.pcap host 203.0.113.7
  message-processor analyze backend.pcap
  ssh mp1 tcpdump -i any -s 0 -c 200 -w - host 203.0.113.7 | message-processor analyze -

A file that is damaged or cut off is used up to there. Exit code 1 if a connection is not
healthy or the file is damaged.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("analyze needs one FILE, or - for standard input")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			report, err := readCapture(ctx, s, args[0])
			if err != nil {
				return err
			}
			if len(only) > 0 && !report.Only(only) {
				return usageError{fmt.Errorf("--connection: the capture has no such connection; %s", report.Summary())}
			}
			return tellCapture(s, args[0], report, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON document")
	cmd.Flags().IntSliceVar(&only, "connection", nil, "only the connection with this `NUMBER`; may be repeated")
	return cmd
}

// readCapture reads a file, or standard input for "-".
func readCapture(ctx context.Context, s streams, name string) (*packets.Report, error) {
	in := s.in
	if name != "-" {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %q", name)
		}
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = io.Reader(file)
	}
	report, err := packets.Read(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return report, nil
}

func tellCapture(s streams, name string, report *packets.Report, asJSON bool) error {
	var err error
	if asJSON {
		encoder := json.NewEncoder(s.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(struct {
			File string `json:"file"`
			*packets.Report
		}{name, report})
	} else {
		err = report.WriteText(s.out)
	}
	if err != nil {
		return err
	}
	if !report.Healthy() {
		return errReported
	}
	return nil
}

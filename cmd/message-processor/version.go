package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func newVersion(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit, Go and the dependencies of note",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(s.out, "message-processor %s\ncommit %s\n%s %s/%s\n",
				version, commitOf(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, line := range dependencies() {
				fmt.Fprintln(s.out, line)
			}
			return nil
		},
	}
}

// commitOf is the linker's commit, else what the Go tool recorded.
func commitOf() string {
	if commit != "" {
		return commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				return setting.Value
			}
		}
	}
	return "unknown"
}

// dependencies are the modules that decide how the gateway behaves on the wire
// and in the log.
func dependencies() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var lines []string
	for _, module := range info.Deps {
		for _, noted := range []string{"valyala/fasthttp", "rs/zerolog", "opentelemetry.io/otel"} {
			if strings.HasSuffix(module.Path, noted) {
				lines = append(lines, module.Path+" "+module.Version)
			}
		}
	}
	return lines
}

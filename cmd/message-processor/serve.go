package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"message-processor/config"
)

// serveFlags are the values of serve's flags. A flag that was not given leaves
// the configuration file, or the default, in force.
type serveFlags struct {
	config string
	json   bool

	target, listen, management, organization, environment string
	systemLog, logFormat, logLevel, tlsVerify, tlsCA      string
	connect, handshake, io, keepAlive                     time.Duration
}

func newServe(s streams) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway",
		Long:  serveHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), settings{path: f.config, overrides: f.overrides(cmd.Flags())}, f.json, s)
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&f.json, "json", false, "with the embedded lab: list its backends as JSON instead of as a table")
	return cmd
}

// register declares the flags that serve and check share, in the order of
// contract section 2.
func (f *serveFlags) register(flags *pflag.FlagSet) {
	flags.SortFlags = false
	flags.StringVar(&f.config, "config", "", "configuration `FILE` (YAML); flags override it")
	flags.StringVar(&f.target, "target", "", "front one backend: an API proxy \"default\" at / for this `URL`")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:9001", "`ADDR` for client traffic; port 0 takes a free one")
	flags.StringVar(&f.management, "management", "127.0.0.1:8082", "`ADDR` for health and management")
	flags.StringVar(&f.organization, "organization", "acme", "organization `NAME` in log, faults and traces")
	flags.StringVar(&f.environment, "environment", "test", "environment `NAME` in log, faults and traces")
	flags.DurationVar(&f.connect, "connect-timeout", 3*time.Second, "time for name lookup and TCP connect; then 503")
	flags.DurationVar(&f.handshake, "handshake-timeout", 55*time.Second, "time for the TLS handshake; then 502 Bad Gateway")
	flags.DurationVar(&f.io, "io-timeout", 55*time.Second, "longest silence while sending or receiving; then 504")
	flags.DurationVar(&f.keepAlive, "keepalive-timeout", 60*time.Second, "how long an idle connection is kept; 0s: no reuse")
	flags.StringVar(&f.tlsVerify, "tls-verify", "full", "`MODE` of verifying targets: full, hostname or none")
	flags.StringVar(&f.tlsCA, "tls-ca", "", "`FILE` of CA certificates (PEM) to trust instead of the system's")
	flags.StringVar(&f.systemLog, "system-log", "-", "`PATH` of system.log; - is standard output")
	flags.StringVar(&f.logFormat, "log-format", "text", "`FORMAT` of system.log: text (the original's layout) or json")
	flags.StringVar(&f.logLevel, "log-level", "info", "least `LEVEL` written: debug, info, warn or error")
}

// overrides are the flags that were given.
func (f *serveFlags) overrides(flags *pflag.FlagSet) config.Overrides {
	text := func(name string, value *string) *string {
		if flags.Changed(name) {
			return value
		}
		return nil
	}
	duration := func(name string, value *time.Duration) *time.Duration {
		if flags.Changed(name) {
			return value
		}
		return nil
	}
	return config.Overrides{
		Target: text("target", &f.target), Listen: text("listen", &f.listen),
		Management:   text("management", &f.management),
		Organization: text("organization", &f.organization), Environment: text("environment", &f.environment),
		SystemLog: text("system-log", &f.systemLog),
		LogFormat: text("log-format", &f.logFormat), LogLevel: text("log-level", &f.logLevel),
		TLSVerify: text("tls-verify", &f.tlsVerify), TLSCA: text("tls-ca", &f.tlsCA),
		ConnectTimeout: duration("connect-timeout", &f.connect), HandshakeTimeout: duration("handshake-timeout", &f.handshake),
		IOTimeout: duration("io-timeout", &f.io), KeepAliveTimeout: duration("keepalive-timeout", &f.keepAlive),
	}
}

const serveHelp = `Run the gateway.

With --target or --config it fronts your backends. With neither it fronts the
embedded lab: one misbehaving backend for each fault, inside this process, each
behind an API proxy lab-NAME at /lab/NAME; a table lists them.

  message-processor serve --target https://orders.example.com --handshake-timeout 10s
  message-processor serve --config gateway.yaml
  message-processor serve --handshake-timeout 3s      # the lab, with a shorter wait

When both listeners are open it prints, on standard error,

  message-processor ready listen=127.0.0.1:9001 management=127.0.0.1:8082

SIGTERM and Ctrl-C drain: what is under way finishes within shutdown_timeout.
SIGHUP reopens system.log and reloads --config; a configuration with problems
changes nothing. SIGUSR2 starts the program file anew and hands the listeners
over: no connection is refused. A second Ctrl-C ends at once.`

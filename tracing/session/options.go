package session

import (
	"net"
	"time"
)

// Options are the bounds of a Store and what the trace shows about this process. Zero values stand for the defaults.
type Options struct {
	MaxTransactions int           // of one session; default 20
	MaxDuration     time.Duration // of one session; default 10 minutes
	MaxBytes        int64         // of all sessions together, and again of the faults kept; default 32 MiB
	KeepSecrets     bool          // do not mask
	KeepFaults      int           // how many of the last faulty transactions to keep; 0: none
	ProcessorID     string        // UUID, the first part of transaction ids
	VirtualHost     string        // shown as virtualhost.name; default "default"
	Listen          string        // host:port of the traffic listener, shown as virtualhost.ip and .port
}

// The defaults are the original's.
const (
	defaultTransactions = 20
	defaultDuration     = 10 * time.Minute
	defaultBytes        = 32 << 20
	defaultProcessor    = "00000000-0000-0000-0000-000000000000"
)

func (o Options) withDefaults() *Options {
	if o.MaxTransactions <= 0 {
		o.MaxTransactions = defaultTransactions
	}
	if o.MaxDuration <= 0 {
		o.MaxDuration = defaultDuration
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultBytes
	}
	if o.ProcessorID == "" {
		o.ProcessorID = defaultProcessor
	}
	if o.VirtualHost == "" {
		o.VirtualHost = "default"
	}
	return &o
}

// listener is the address of the traffic listener in two parts.
func (o *Options) listener() (ip, port string) {
	ip, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return o.Listen, ""
	}
	return ip, port
}

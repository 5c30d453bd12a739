package config

import "time"

// Gateway is a whole configuration. Its values need no further checking: files are read, durations are positive,
// inheritance is resolved, base paths are normalised and unique.
type Gateway struct {
	Organization, Environment string
	// VirtualHost is the name that 404 faults show.
	VirtualHost string
	// Listen is the host:port of client traffic; port 0 takes a free one.
	Listen     string
	Management Management
	// ShutdownTimeout is how long a drain may wait for transactions in flight.
	ShutdownTimeout time.Duration
	SystemLog       SystemLog
	// ResponseHeaders adds the X-Apigee-* fields to answers.
	ResponseHeaders bool
	// OnClientClose is "continue", as the original does, or "cancel": whether the target exchange outlives its client.
	OnClientClose string
	Tracing       Tracing
	Sessions      Sessions
	Capture       Capture
	ForwardProxy  ForwardProxy
	Alerts        []Alert
	Compatibility Compatibility
	// Defaults are the timers of a target that sets none; IO is the client side's too.
	Defaults Timeouts
	Limits   Limits
	Proxies  []Proxy
	Lab      []Lab
	// Warnings are things that are accepted but worth saying, by line.
	Warnings []Problem
}

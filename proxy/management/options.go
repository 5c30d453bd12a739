package management

import (
	"context"
	"net/http"

	"message-processor/tracing/alert"
	"message-processor/tracing/monitor"
	"message-processor/tracing/session"
)

// Options is what the listener needs of the running gateway. The functions are called for each request, from several
// goroutines, so that answers follow a reload. Routes, Ready, Organization and Environment must be set.
type Options struct {
	Routes       func() []Route
	Ready        func() bool // false while the gateway drains
	Organization func() string
	Environment  func() string

	Alerts    *alert.Engine                         // nil: there are none, and none can be made
	Sessions  *session.Store                        // trace sessions and kept faults; nil: there are none, and none can be started
	Metrics   http.Handler                          // serves /metrics; nil: nothing is there
	Monitor   *monitor.Store                        // what was served lately; nil: nothing is known
	Gateway   func() string                         // base URL at which clients reach the gateway, for curl commands; nil: none are shown
	TracingUI func() string                         // base URL of Jaeger, for links; nil or "": no links
	LogLines  func(messageID string) []string       // lines of system.log about one call; nil: they are not shown
	About     func() About                          // the process itself; nil: nothing is told
	Settings  func(api string, revision int) []byte // YAML of an API proxy as it is in force; nil, or nil bytes: not known

	Lab         http.Handler  // control API of the lab, served below /lab; nil: no lab is running
	VirtualHost func() string // the original's name of the traffic listener; nil: "default"

	Capture func(messageID string) string // path of the packet capture of one call, "" if there is none; nil: there are none

	Username, Password string   // HTTP Basic; both empty: no password is asked for
	PProf              bool     // serve /debug/pprof/
	Hosts              []string // names, without port, the listener answers to besides localhost and IP literals
}

// Route is one deployed API proxy.
type Route struct {
	API              string
	Revision         int
	BasePath, Target string // Target is shown to people: a URL without secrets
}

// withDefaults gives the functions that may be missing a meaning.
func (o Options) withDefaults() Options {
	if o.Sessions == nil {
		o.Sessions = session.New(session.Options{})
		o.Sessions.Close() // what nobody fills should not be opened
	}
	if o.Alerts == nil {
		o.Alerts = alert.New(alert.Options{Warn: func(string) {}, Info: func(string) {}})
		closed, cancel := context.WithCancel(context.Background())
		cancel()
		o.Alerts.Close(closed)
	}
	if o.Monitor == nil {
		o.Monitor = monitor.New()
	}
	if o.VirtualHost == nil {
		o.VirtualHost = func() string { return "default" }
	}
	if o.Gateway == nil {
		o.Gateway = func() string { return "" }
	}
	if o.TracingUI == nil {
		o.TracingUI = func() string { return "" }
	}
	if o.Capture == nil {
		o.Capture = func(string) string { return "" }
	}
	return o
}

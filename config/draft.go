package config

import (
	"fmt"
	"time"
)

// draft is a configuration in the making, with what is needed to finish it.
type draft struct {
	Gateway
	loading *loading
	// listenAt and managementAt are where the two addresses were given, last the flags.
	listenAt, managementAt place
	timeouts               timeoutSettings
	tls                    TLS
	proxies, alerts        *value
	labAt                  []place
	taken                  claims
}

// newDraft holds every default that is not a target's. docs/configuration.md lists them; a test compares the two.
func newDraft(l *loading) *draft {
	return &draft{
		Gateway: Gateway{
			Organization:    "acme",
			Environment:     "test",
			VirtualHost:     "default",
			Listen:          "127.0.0.1:9001",
			Management:      Management{Listen: "127.0.0.1:8082"},
			ShutdownTimeout: 30 * time.Second,
			SystemLog:       SystemLog{Path: "-", Format: "text", Level: "info", MaxSizeMB: 100, MaxFiles: 10},
			ResponseHeaders: true,
			OnClientClose:   "continue",
			Tracing:         Tracing{SampleRatio: 1, SampleFaults: "always", UI: "http://127.0.0.1:16686"},
			Sessions:        Sessions{MaxTransactions: 20, MaxDuration: 10 * time.Minute, KeepFaults: 100},
			ForwardProxy:    ForwardProxy{Tunnel: true},
			Compatibility:   Compatibility{WriteTimeoutStatus: 504},
			Limits:          standardLimits(),
		},
		loading: l,
		tls:     standardTLS(),
		taken:   claims{},
	}
}

// fields is the top level of the file. Proxies and alerts wait, because they inherit what stands under defaults, at the
// top and in flags.
func (d *draft) fields() []field {
	return []field{
		{"organization", text(&d.Organization, nameRule)},
		{"environment", text(&d.Environment, nameRule)},
		{"virtual_host", text(&d.VirtualHost, nameRule)},
		{"listen", d.listen},
		{"management", d.management},
		{"shutdown_timeout", duration(&d.ShutdownTimeout, durationRule{})},
		{"system_log", d.SystemLog.decode},
		{"response_headers", boolean(&d.ResponseHeaders)},
		{"on_client_close", text(&d.OnClientClose, oneOf("continue", "cancel"))},
		{"tracing", d.Tracing.decode},
		{"sessions", d.Sessions.decode},
		{"capture", d.Capture.decode},
		{"forward_proxy", d.ForwardProxy.decode},
		{"alerts", func(v value) { d.alerts = &v }},
		{"compatibility", d.Compatibility.decode},
		{"defaults", d.defaults},
		{"limits", d.Limits.decode},
		{"proxies", func(v value) { d.proxies = &v }},
		{"lab", d.lab},
	}
}

func (d *draft) listen(v value) {
	d.listenAt = v.place
	text(&d.Listen, addressRule)(v)
}

func (d *draft) management(v value) {
	if at, given := v.at("listen"); given {
		d.managementAt = at
	}
	d.Management.decode(v)
}

func (d *draft) defaults(v value) {
	v.mapping(append(d.timeouts.fields(), field{"tls", d.tls.decodeDefaults}))
}

// finish reads the proxies and checks what concerns more than one key.
func (d *draft) finish(root *value, target *string) {
	d.Defaults = d.timeouts.resolve(timeoutSettings{})
	if d.proxies != nil {
		for _, item := range d.proxies.items() {
			d.proxy(item)
		}
	}
	if target != nil {
		d.defaultProxy(*target)
	}
	for i := range d.Lab {
		d.claimLab(i)
	}
	if d.alerts != nil {
		d.decodeAlerts(*d.alerts)
	}
	d.checkListeners()
	if root != nil && len(d.Proxies) == 0 && len(d.Lab) == 0 {
		root.warn("there are neither proxies nor lab backends: every request is answered with 404")
	}
}

// claims are the base paths and revisions in use, with the key that uses them.
type claims map[string]string

// claim takes a revision for one proxy, or refuses it because another proxy has it.
func (d *draft) claim(name string, revision int, at place) {
	d.taken.take(fmt.Sprintf("revision %d of %q", revision, name), "each name and revision once", at)
}

func (d *draft) claimPath(basePath string, at place) {
	d.taken.take(fmt.Sprintf("base path %q", basePath), "a base path that no other proxy has", at)
}

func (c claims) take(what, allowed string, at place) {
	if owner := c[what]; owner != "" {
		at.refuse(allowed, "%s is already used by %s", what, owner)
		return
	}
	c[what] = at.String()
}

// String names a place in a message.
func (p place) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s in line %d", p.key, p.line)
}

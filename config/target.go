package config

import (
	"net/url"
	"slices"
	"strings"
)

// Target is the backend of a proxy.
type Target struct {
	URL    *url.URL // as written, scheme and host in lower case
	Host   string   // without brackets
	Port   int      // as written, else 80 or 443
	Secure bool     // https
	// Path goes before the path suffix of a request, in its escaped form: "" or "/api", never with a trailing slash.
	Path string
	// Query is the URL's own query without "?".
	Query    string
	Timeouts Timeouts
	// StreamRequest and StreamResponse pass bodies on as they come, unbuffered.
	StreamRequest, StreamResponse bool
	// DynamicURL treats the URL as if a policy had set target.url, which the original then wants to have a path.
	DynamicURL bool
	// Servers take the place of the URL's host if there are any; Balancer says how.
	Servers  []Server
	Balancer LoadBalancer
	// TLS is the zero TLS unless Secure.
	TLS TLS
	// ForwardProxy is what connections to the target go through.
	ForwardProxy ForwardProxy
}

func (t *Target) decode(v value, timeouts timeoutSettings, defaults TLS) {
	var own timeoutSettings
	var tls, servers, balancer *value
	v.mapping(slices.Concat([]field{{"url", t.decodeURL}}, own.fields(), []field{
		{"dynamic_url", boolean(&t.DynamicURL)},
		{"streaming", t.decodeStreaming},
		{"tls", func(v value) { tls = &v }},
		{"servers", func(v value) { servers = &v }},
		{"load_balancer", func(v value) { balancer = &v }},
	}))
	v.require("url", urlAllowed)
	t.Timeouts = own.resolve(timeouts)
	t.TLS = defaults.forTarget(t.Secure)
	if tls != nil {
		t.decodeTLS(*tls, defaults)
	}
	t.Balancer = LoadBalancer{Algorithm: RoundRobin, Retry: true}
	if balancer != nil {
		t.decodeBalancer(*balancer)
	}
	if servers != nil {
		t.decodeServers(*servers) // last: they inherit the target's TLS settings
	}
}

// decodeTLS checks the settings even when the URL was refused, but not those of a plain target: one mistake there.
func (t *Target) decodeTLS(v value, defaults TLS) {
	if t.URL != nil && !t.Secure {
		if len(v.members()) > 0 {
			v.refuse("an https URL, or no tls settings", "is set, but the target's URL is http")
		}
		return
	}
	t.TLS = defaults
	t.TLS.decode(v)
}

func (t *Target) decodeURL(v value) {
	var s string
	if text(&s, targetRule)(v); s != "" {
		t.setURL(s)
	}
}

// setURL takes a URL that keeps targetRule.
func (t *Target) setURL(s string) {
	t.URL, _ = parseURL(s)
	t.Host, t.Port = t.URL.Hostname(), portOf(t.URL)
	t.Secure = t.URL.Scheme == "https"
	t.Path = strings.TrimSuffix(t.URL.EscapedPath(), "/")
	t.Query = t.URL.RawQuery
}

func (t *Target) decodeStreaming(v value) {
	v.mapping([]field{
		{"request", boolean(&t.StreamRequest)},
		{"response", boolean(&t.StreamResponse)},
	})
}

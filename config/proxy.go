package config

import (
	"math"
	"time"

	"go.yaml.in/yaml/v3"
)

// Proxy is an API proxy: a base path and the target behind it.
type Proxy struct {
	Name     string
	Revision int
	// BasePath begins with a slash and ends without one, except "/" itself. It is compared with raw request paths.
	BasePath string
	// APITimeout bounds the whole call; 0 is no bound.
	APITimeout time.Duration
	// MaxInFlight bounds the requests under way at the same time.
	MaxInFlight int
	Target      Target
}

// proxy reads one item of the list. Revision 1 and base path "/" are the original's defaults.
func (d *draft) proxy(v value) {
	p := Proxy{MaxInFlight: d.Limits.InFlight}
	v.mapping([]field{
		{"name", text(&p.Name, nameRule)},
		{"revision", integer(&p.Revision, 1, math.MaxInt32)},
		{"base_path", text(&p.BasePath, basePathRule)},
		{"api_timeout", duration(&p.APITimeout, durationRule{zero: "no bound"})},
		{"max_in_flight", integer(&p.MaxInFlight, 1, mostRequests)},
		{"target", func(v value) { p.Target.decode(v, d.timeouts, d.tls) }},
	})
	v.require("name", nameRule.allowed)
	v.require("target", "a mapping with a url")
	p.Target.ForwardProxy = d.ForwardProxy
	d.claimProxy(&p, v)
	d.Proxies = append(d.Proxies, p)
}

// claimProxy fills in what was left out and claims what is valid; a refused value claims nothing, lest one mistake
// be reported twice.
func (d *draft) claimProxy(p *Proxy, v value) {
	if v.node.Kind != yaml.MappingNode {
		return
	}
	if _, given := v.at("revision"); !given {
		p.Revision = 1
	}
	pathAt, given := v.at("base_path")
	if !given {
		p.BasePath = "/"
	}
	if at, _ := v.at("name"); p.Name != "" && p.Revision > 0 {
		d.claim(p.Name, p.Revision, at)
	}
	if p.BasePath = normalBasePath(p.BasePath); p.BasePath != "" {
		d.claimPath(p.BasePath, pathAt)
	}
}

// defaultProxy is what --target stands for.
func (d *draft) defaultProxy(target string) {
	at := d.loading.flag("--target")
	if !targetRule.accepts(at, target) {
		return
	}
	p := Proxy{Name: "default", Revision: 1, BasePath: "/", MaxInFlight: d.Limits.InFlight}
	p.Target.setURL(target)
	p.Target.Timeouts = timeoutSettings{}.resolve(d.timeouts)
	p.Target.TLS = d.tls.forTarget(p.Target.Secure)
	p.Target.ForwardProxy = d.ForwardProxy
	d.claim(p.Name, p.Revision, at)
	d.claimPath(p.BasePath, at)
	d.Proxies = append(d.Proxies, p)
}

package config

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Server is one of several servers a target is spread over.
type Server struct {
	Name string // unique within the target, as log lines show it
	Host string // without brackets
	Port int
	// Weight is the server's share with algorithm Weighted.
	Weight int
	// Fallback: used only while all others are out of rotation. One server may be.
	Fallback bool
	// Enabled is false for a server that is never used.
	Enabled bool
	// TLS are the server's own settings, else the target's.
	TLS TLS
}

// Algorithms of a load balancer, in the original's words.
const (
	RoundRobin       = "RoundRobin"
	Weighted         = "Weighted"
	LeastConnections = "LeastConnections"
)

// LoadBalancer says how requests are spread over a target's servers.
type LoadBalancer struct {
	Algorithm string
	// MaxFailures in a row take a server out of rotation; 0: never.
	MaxFailures int
	// Retry tries the next server when one cannot be connected to.
	Retry bool
	// UnhealthyCodes are answers that count as failures of the server that sent them.
	UnhealthyCodes []int
	// MaxInFlight bounds the requests under way at each server; 0: those of the proxy are the bound.
	MaxInFlight int
	// Monitor brings servers back; nil: they stay out until a reload.
	Monitor *HealthMonitor
}

// HealthMonitor asks every server at an interval how it is. One of TCP and HTTP is set.
type HealthMonitor struct {
	Interval time.Duration
	// ConnectTimeout bounds the connect, TLS included.
	ConnectTimeout time.Duration
	// Port is asked instead of the server's own; 0: the server's own.
	Port int
	// HTTP is nil for a monitor that only connects.
	HTTP *HTTPMonitor
}

// HTTPMonitor is the request of a health monitor.
type HTTPMonitor struct {
	ReadTimeout  time.Duration // for the whole answer
	Method, Path string
	SuccessCodes []int
}

func (t *Target) decodeServers(v value) {
	taken := claims{}
	fallbacks := 0
	for _, item := range v.items() {
		s := t.decodeServer(item)
		if at, given := item.at("name"); given && s.Name != "" {
			taken.take("server "+quote(s.Name), "each name once", at)
		}
		if s.Fallback {
			fallbacks++
		}
		t.Servers = append(t.Servers, s)
	}
	switch {
	case fallbacks > 0 && fallbacks == len(t.Servers):
		v.refuse("at least one server that is no fallback", "has only fallback servers")
	case fallbacks > 1:
		v.refuse("one fallback server, as in the original", "has %d fallback servers", fallbacks)
	}
}

func (t *Target) decodeServer(v value) Server {
	s := Server{Weight: 1, Enabled: true, TLS: t.TLS}
	v.mapping([]field{
		{"name", text(&s.Name, nameRule)},
		{"host", text(&s.Host, hostRule)},
		{"port", integer(&s.Port, 1, math.MaxUint16)},
		{"weight", func(v value) { t.decodeWeight(&s, v) }},
		{"fallback", boolean(&s.Fallback)},
		{"enabled", boolean(&s.Enabled)},
		{"tls", func(v value) {
			if t.URL != nil && !t.Secure {
				v.refuse("an https URL, or no tls settings", "is set, but the target's URL is http")
				return
			}
			s.TLS.decode(v)
		}},
	})
	v.require("name", nameRule.allowed)
	v.require("host", hostRule.allowed)
	v.require("port", "a whole number from 1 to 65535")
	s.Host = strings.ToLower(s.Host)
	return s
}

// decodeWeight refuses a weight above 1 that nothing would be done with.
func (t *Target) decodeWeight(s *Server, v value) {
	integer(&s.Weight, 1, 1_000_000)(v)
	if s.Weight > 1 && t.Balancer.Algorithm != Weighted {
		v.refuse("algorithm: Weighted, or no weight", "is set, but the algorithm is %s", t.Balancer.Algorithm)
	}
}

func (t *Target) decodeBalancer(v value) {
	b := &t.Balancer
	v.mapping([]field{
		{"algorithm", text(&b.Algorithm, oneOf(RoundRobin, Weighted, LeastConnections))},
		{"max_failures", integer(&b.MaxFailures, 0, 1_000_000)},
		{"retry", boolean(&b.Retry)},
		{"unhealthy_codes", codes(&b.UnhealthyCodes)},
		{"max_in_flight", integer(&b.MaxInFlight, 1, mostRequests)},
		{"health_monitor", b.decodeMonitor},
	})
}

func (b *LoadBalancer) decodeMonitor(v value) {
	if len(v.members()) == 0 {
		return
	}
	m := HealthMonitor{Interval: 5 * time.Second, ConnectTimeout: 10 * time.Second}
	var tcp, http bool
	v.mapping([]field{
		{"interval", duration(&m.Interval, durationRule{})},
		{"connect_timeout", duration(&m.ConnectTimeout, durationRule{})},
		{"port", integer(&m.Port, 1, math.MaxUint16)},
		{"tcp", boolean(&tcp)},
		{"http", func(v value) { http = true; m.decodeHTTP(v) }},
	})
	if tcp && http {
		v.refuse("one of tcp and http", "has both")
	}
	if !tcp && !http {
		v.refuse("tcp: true, or http with a path", "does not say what to ask the servers")
	}
	b.Monitor = &m
}

func (m *HealthMonitor) decodeHTTP(v value) {
	m.HTTP = &HTTPMonitor{ReadTimeout: 10 * time.Second, Method: "GET", Path: "/", SuccessCodes: []int{200}}
	v.mapping([]field{
		{"read_timeout", duration(&m.HTTP.ReadTimeout, durationRule{})},
		{"method", text(&m.HTTP.Method, oneOf("GET", "HEAD", "OPTIONS", "POST", "PUT"))},
		{"path", text(&m.HTTP.Path, requestPathRule)},
		{"success_codes", codes(&m.HTTP.SuccessCodes)},
	})
}

// codes takes a list of statuses.
func codes(to *[]int) func(value) {
	return func(v value) {
		var list []int
		for _, item := range v.items() {
			var code int
			if integer(&code, 100, 599)(item); code != 0 && !slices.Contains(list, code) {
				list = append(list, code)
			}
		}
		*to = list
	}
}

var requestPathRule = rule{"a path that begins with a slash, such as /healthz", func(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == '#' {
			return "is " + quote(s) + ", which has a character that a path cannot have"
		}
	}
	if s == "" || s[0] != '/' {
		return "is " + quote(s)
	}
	return ""
}}

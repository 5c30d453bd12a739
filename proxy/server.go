package proxy

import (
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	"message-processor/config"
	"message-processor/proxy/channel"
)

// server is one place that a route's requests go to. A route without a load
// balancer has one, which is always in rotation.
type server struct {
	name     string // of a load balancer's server
	target   *channel.Target
	host     string // the Host field it receives
	relay    relay
	weight   int
	fallback bool

	current int // of the weighted rotation; belongs to the balancer's lock
	*health
}

// health is what is known of how a server fares. It may outlive a reload.
type health struct {
	failures atomic.Int64  // of requests, in a row
	ailing   atomic.Int64  // failed checks of the health monitor, in a row
	out      atomic.Bool   // of rotation
	active   atomic.Int64  // exchanges under way
	full     atomic.Uint64 // times that it was passed over because of them
}

// only is the server of a target without a load balancer: its URL's host.
func only(t config.Target) *server {
	return newServer(newTarget(t, t.Host, t.Port, t.TLS))
}

// oneOf is a server of a load balancer.
func oneOf(t config.Target, c config.Server) *server {
	s := newServer(newTarget(t, c.Host, c.Port, c.TLS))
	s.name, s.weight, s.fallback = c.Name, c.Weight, c.Fallback
	return s
}

func newServer(t *channel.Target) *server {
	host := hostField(t.Host(), t.Port(), t.Secure())
	return &server{target: t, host: host, relay: newRelay(t, host), health: new(health)}
}

// isBlamed tells whether a failure is the server's. The end of the whole call's
// time, a client that left and a forward proxy out of reach are not.
func (s *server) isBlamed(failed *channel.Error) bool {
	return failed.Cause != channel.Budget && failed.Cause != channel.Canceled && !s.proxyIsOut(failed)
}

// proxyIsOut tells whether a failure is that of the forward proxy on the way,
// which every other server is behind as well.
func (s *server) proxyIsOut(failed *channel.Error) bool {
	return s.target.Proxy() != nil && (failed.Phase == channel.Lookup || failed.Phase == channel.Connect)
}

// same tells whether another configuration means this very server, so that
// what is known of its health still holds.
func (s *server) same(other *server) bool {
	return s.name == other.name && s.target.Key() == other.target.Key()
}

// newTarget turns a configured target into what a Channel is opened to.
func newTarget(t config.Target, host string, port int, settings config.TLS) *channel.Target {
	var security *channel.TLS
	if t.Secure {
		security = &channel.TLS{
			Verify: channel.Verify(settings.Verify), RootCAs: settings.RootCAs, CADigest: settings.CADigest,
			Certificates: settings.Certificates, ServerName: settings.ServerName,
			MinVersion: settings.MinVersion, MaxVersion: settings.MaxVersion,
			CipherSuites: settings.CipherSuites, Curves: settings.Curves,
		}
	}
	return channel.NewTarget(host, port, security, channel.Timeouts(t.Timeouts)).Via(forwardProxy(t.ForwardProxy))
}

// hostField is the Host a target receives: its own (message-id-and-headers.md
// section 4), without the port that its scheme implies (RFC 9110 section 4.2).
func hostField(host string, port int, secure bool) string {
	standard := 80
	if secure {
		standard = 443
	}
	if port != standard {
		return net.JoinHostPort(host, strconv.Itoa(port))
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

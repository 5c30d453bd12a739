package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"message-processor/config"
	"message-processor/proxy/channel"
)

// MostRounds bounds Plan.Count, and with it what a probe keeps in memory.
const MostRounds = 10_000

// Plan is what to probe and how.
type Plan struct {
	Host     string // a name or an IP literal without brackets
	Port     int
	TLS      *channel.TLS // nil: plain
	Timeouts channel.Timeouts
	Request  Request

	Count    int           // rounds, at most MostRounds; 0 counts as 1
	Interval time.Duration // between the end of a round and the next
	From     netip.Addr    // source address; the zero Addr leaves it to the kernel

	// LookupNetIP resolves names instead of the system, as in channel.Dialer.
	LookupNetIP func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Parse turns what somebody typed into an absolute URL. A URL says itself whether TLS is spoken; to HOST:PORT it is if
// the port ends in 443, as those of TLS do by custom (8443), or if secure is set.
func Parse(typed string, secure bool) (string, error) {
	if scheme, _, isURL := strings.Cut(typed, "://"); isURL {
		if secure && !strings.EqualFold(scheme, "https") {
			return "", fmt.Errorf("--tls does not go with %s://", scheme)
		}
		return typed, nil
	}
	host, port, err := net.SplitHostPort(typed)
	if err != nil || host == "" || port == "" || strings.ContainsAny(port, "/?#") {
		return "", fmt.Errorf("%.200q is neither a URL nor HOST:PORT; allowed: https://orders.example.com/, orders.example.com:443, [2001:db8::7]:443", typed)
	}
	scheme := "http"
	if secure || strings.HasSuffix(port, "443") {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/", nil
}

// For is the plan to probe a configured target, once, with a GET of its own path.
func For(t config.Target) Plan {
	p := Plan{Host: t.Host, Port: t.Port, Timeouts: channel.Timeouts(t.Timeouts), Count: 1,
		Request: Request{Method: "GET", Path: t.URL.RequestURI(), Host: hostField(t)}}
	if t.Secure {
		p.TLS = &channel.TLS{
			Verify: channel.Verify(t.TLS.Verify), RootCAs: t.TLS.RootCAs, CADigest: t.TLS.CADigest,
			Certificates: t.TLS.Certificates, ServerName: t.TLS.ServerName,
			MinVersion: t.TLS.MinVersion, MaxVersion: t.TLS.MaxVersion,
			CipherSuites: t.TLS.CipherSuites, Curves: t.TLS.Curves,
		}
	}
	return p
}

// Intention says in one line what a probe is about to do.
func (p *Plan) Intention() string {
	text := fmt.Sprintf("probing %s (connect %v, ", p.target(), p.Timeouts.Connect)
	if p.TLS != nil {
		text += fmt.Sprintf("TLS handshake %v, ", p.Timeouts.Handshake)
	}
	return text + fmt.Sprintf("silence %v)", p.Timeouts.IO)
}

// hostField is the Host the gateway sends to the target: without the port that the scheme implies.
func hostField(t config.Target) string {
	if t.Secure && t.Port == 443 || !t.Secure && t.Port == 80 {
		return strings.TrimSuffix(t.URL.Host, ":"+t.URL.Port())
	}
	return t.URL.Host
}

// target is fresh for each attempt, so that no TLS session is resumed: a resumed one would not show a certificate.
func (p *Plan) target() *channel.Target { return channel.NewTarget(p.Host, p.Port, p.TLS, p.Timeouts) }

func (p *Plan) check() error {
	switch {
	case p.Count < 0 || p.Count > MostRounds:
		return fmt.Errorf("%d rounds; allowed: 1 to %d", p.Count, MostRounds)
	case p.Interval < 0:
		return errors.New("an interval below zero")
	}
	if err := p.Request.check(); err != nil {
		return err
	}
	return p.checkFrom()
}

// checkFrom tries the source address, because connecting from one that the machine does not have fails as if there were
// no route.
func (p *Plan) checkFrom() error {
	if !p.From.IsValid() {
		return nil
	}
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(p.From, 0)))
	if err != nil {
		return fmt.Errorf("--from: %s is not an address of this machine", p.From)
	}
	return l.Close()
}

// dialer connects as the gateway does; with From the source address is the only difference.
func (p *Plan) dialer() *channel.Dialer {
	d := &channel.Dialer{LookupNetIP: p.LookupNetIP}
	if p.From.IsValid() {
		from := net.Dialer{KeepAlive: -1, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(p.From, 0))}
		d.DialContext = from.DialContext
	}
	return d
}

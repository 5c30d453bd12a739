package channel

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Timeouts are a target's timers. Zero or less means: no such timer; for
// KeepAlive it means that connections are not kept.
type Timeouts struct {
	Connect   time.Duration // name lookup and all addresses together
	Handshake time.Duration // the whole TLS handshake
	IO        time.Duration // idle time, reading or writing
	KeepAlive time.Duration // how long an unused connection is kept
}

// Target is where Channels lead: an address, the TLS settings and the timers. It
// never changes and may be used by many goroutines.
type Target struct {
	host string
	port int
	name string
	key  string

	peerHost string // what is looked up and connected to: host, or the forward proxy's
	peerPort int
	peer     string // host:port of the two
	proxy    *ForwardProxy

	config   *tls.Config // nil: plain
	timeouts Timeouts
}

// NewTarget describes host (a name or an IP literal without brackets) and port.
// With settings nil the connection is plain.
func NewTarget(host string, port int, settings *TLS, t Timeouts) *Target {
	target := &Target{host: host, port: port, peerHost: host, peerPort: port, timeouts: t}
	target.name = net.JoinHostPort(host, strconv.Itoa(port))
	target.peer = target.name
	target.key = target.name + " plain"
	if settings != nil {
		target.config = settings.config(host)
		target.key = target.name + " " + settings.digest(host)
	}
	return target
}

// Host is the name or IP literal given to NewTarget.
func (t *Target) Host() string { return t.host }

// Port is the TCP port.
func (t *Target) Port() int { return t.port }

// Peer is the host that is looked up and connected to: the target's or, behind a
// forward proxy, that one's.
func (t *Target) Peer() string { return t.peerHost }

// ServerName is the name that the target's certificate must have, "" without TLS.
func (t *Target) ServerName() string {
	if t.config == nil {
		return ""
	}
	return t.config.ServerName
}

// Secure tells whether TLS is spoken.
func (t *Target) Secure() bool { return t.config != nil }

// Timeouts returns the timers.
func (t *Target) Timeouts() Timeouts { return t.timeouts }

// String is host:port, an IPv6 literal in brackets.
func (t *Target) String() string { return t.name }

// Key is equal for two Targets whose connections are interchangeable: same
// address, same forward proxy, and same TLS settings down to the certificates.
// Timers do not count.
// The pool files connections under it, so that they survive a reload of the
// configuration that left the target alone.
func (t *Target) Key() string { return t.key }

// errBudget is the cause of a context that ends with the caller's budget.
var errBudget = errors.New("the budget of the whole call is spent")

// ConnectContext starts the connect timer: the context for Lookup and Dial ends
// with it, or with budget (the absolute deadline of the whole call; zero: none)
// if that is earlier. Errors of Lookup and Dial tell the two apart.
func (t *Target) ConnectContext(parent context.Context, budget time.Time) (context.Context, context.CancelFunc) {
	deadline := within(t.timeouts.Connect, budget)
	switch {
	case deadline.IsZero():
		return context.WithCancel(parent)
	case deadline.Equal(budget):
		return context.WithDeadlineCause(parent, deadline, errBudget)
	}
	return context.WithDeadline(parent, deadline)
}

// within is d from now or budget, whichever is earlier. Zero stands for never,
// in both and in the result.
func within(d time.Duration, budget time.Time) time.Time {
	if d <= 0 {
		return budget
	}
	deadline := time.Now().Add(d)
	if !budget.IsZero() && budget.Before(deadline) {
		return budget
	}
	return deadline
}

// digest stands for everything in the settings that a peer could notice or that
// decides whether it is trusted. A pool of roots without a digest stands for
// itself only: two pools cannot be compared by content.
func (s *TLS) digest(host string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %d %d %v %v ", s.Verify, s.serverName(host), s.MinVersion, s.MaxVersion, s.CipherSuites, s.Curves)
	if s.CADigest != "" {
		fmt.Fprintf(sum, "roots %q ", s.CADigest)
	} else {
		fmt.Fprintf(sum, "roots at %p ", s.RootCAs)
	}
	for _, certificate := range s.Certificates {
		io.WriteString(sum, "certificate ")
		for _, der := range certificate.Certificate {
			fmt.Fprintf(sum, "%x ", der)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

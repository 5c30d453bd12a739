package channel

import (
	"crypto/sha256"
	"fmt"
	"net"
	"strconv"
	"time"

	"message-processor/proxy/wire"
)

// ForwardProxy is a proxy on the way to targets. It is spoken to in plain HTTP.
type ForwardProxy struct {
	Host string // a name or an IP literal without brackets
	Port int
	// Authorization is the value of Proxy-Authorization, a secret; "": the field
	// is not sent.
	Authorization string
	// Tunnel asks for a tunnel to plain targets, too. Targets with TLS always get
	// one (use.proxy.tunneling, timeouts-and-properties.md section 2).
	Tunnel bool
}

// Via is the same target behind a forward proxy: that is what is looked up and
// connected to, while TLS is still spoken with the target itself. With p nil it
// is the target as it was.
func (t *Target) Via(p *ForwardProxy) *Target {
	if p == nil {
		return t
	}
	behind := *t
	behind.proxy = p
	behind.peerHost, behind.peerPort = p.Host, p.Port
	behind.peer = net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
	behind.key += " via " + behind.peer + " " + p.digest(behind.Tunnels())
	return &behind
}

// digest keeps the secret out of a key that people may get to see.
func (p *ForwardProxy) digest(tunnels bool) string {
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%t %q", tunnels, p.Authorization)))
}

// Proxy is the forward proxy on the way, nil if there is none.
func (t *Target) Proxy() *ForwardProxy { return t.proxy }

// Tunnels tells whether a forward proxy is asked for a tunnel to the target.
// Where there is one that is not, it relays requests, which then need the
// absolute form (RFC 9112 section 3.2.2).
func (t *Target) Tunnels() bool { return t.proxy != nil && (t.proxy.Tunnel || t.Secure()) }

// maxInterim is how many interim answers to CONNECT are passed over.
const maxInterim = 16

// tunnelLimits are the original's own for the head of an answer.
var tunnelLimits = wire.Limits{Line: 2048, Headers: 25600}

// Tunnel asks the forward proxy for a way to the target (RFC 9110 section
// 9.3.6), between Dial and Handshake. Where no tunnel is needed there is nothing
// to do. Asking is an exchange of HTTP and runs under the I/O timer, because the
// proxy has a connect of its own to wait for; the connect timer has ended with
// our connection to the proxy.
//
// Errors are *Error with phase Tunnel. After success the counters start anew:
// what was said to the proxy is no part of the exchange with the target.
func (c *Channel) Tunnel(budget time.Time) error {
	if !c.target.Tunnels() {
		return nil
	}
	c.Use(budget)
	if err := c.askForTunnel(); err != nil {
		failed := c.failed(Tunnel, err)
		failed.Phase = Tunnel
		return failed
	}
	c.Use(budget)
	c.lastIO.Store(0)
	return nil
}

func (c *Channel) askForTunnel() error {
	if _, err := c.Write(c.target.connectHead()); err != nil {
		return err
	}
	var answer wire.Response
	for range maxInterim {
		if err := c.ReadResponse(&answer, []byte("CONNECT"), tunnelLimits); err != nil {
			return err
		}
		if answer.Status < 200 && answer.Status != 101 {
			continue
		}
		if answer.Status/100 != 2 {
			return tunnelRefusal(answer.Status)
		}
		if !c.drained() { // neither TLS nor HTTP lets the target speak first
			return &wire.Error{Kind: wire.Malformed, Reason: "bytes behind the forward proxy's answer"}
		}
		return nil
	}
	return &wire.Error{Kind: wire.Malformed, Reason: "too many interim answers of the forward proxy"}
}

func (t *Target) connectHead() []byte {
	head := fmt.Appendf(nil, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", t.name, t.name)
	if t.proxy.Authorization != "" {
		head = fmt.Appendf(head, "Proxy-Authorization: %s\r\n", t.proxy.Authorization)
	}
	return append(head, "\r\n"...)
}

// tunnelRefusal is the status of an answer to CONNECT that is no success.
type tunnelRefusal int

func (status tunnelRefusal) Error() string {
	return fmt.Sprintf("the forward proxy answered CONNECT with %d", int(status))
}

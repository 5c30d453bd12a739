package proxy

import (
	"bytes"

	"message-processor/config"
	"message-processor/proxy/channel"
)

// forwardProxy is what is on the way to a target, nil if there is nothing.
func forwardProxy(c config.ForwardProxy) *channel.ForwardProxy {
	if c.Host == "" {
		return nil
	}
	return &channel.ForwardProxy{Host: c.Host, Port: c.Port, Authorization: c.Authorization, Tunnel: c.Tunnel}
}

// relay is what requests to a server have in addition where a forward proxy
// relays them instead of opening a tunnel. It is zero everywhere else.
type relay struct {
	origin      string // scheme and authority, which make the absolute form (RFC 9112 section 3.2.2)
	credentials string // the line of the Proxy-Authorization field; a secret
}

func newRelay(t *channel.Target, host string) relay {
	if t.Proxy() == nil || t.Tunnels() {
		return relay{}
	}
	r := relay{origin: "http://" + host}
	if secret := t.Proxy().Authorization; secret != "" {
		r.credentials = "Proxy-Authorization: " + secret + "\r\n"
	}
	return r
}

// appendTarget appends the request target that a server receives. OPTIONS for
// the server as a whole has no path in the absolute form (RFC 9112 section
// 3.2.4).
func (s *server) appendTarget(dst []byte, r *route, path []byte) []byte {
	dst = append(dst, s.relay.origin...)
	if s.relay.origin != "" && len(path) == 1 && path[0] == '*' {
		return dst
	}
	return r.appendTargetPath(dst, path)
}

// addCredentials adds to the head what the forward proxy wants to see and nobody
// else may: the record keeps the head without it.
func (x *exchange) addCredentials() {
	credentials := x.server.relay.credentials
	if credentials == "" {
		return
	}
	x.tx.Record().Messages.SentHead = bytes.Clone(x.sent)
	x.sent = append(append(x.sent[:len(x.sent)-len("\r\n")], credentials...), "\r\n"...)
}

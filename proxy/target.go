package proxy

import (
	"net"
	"strconv"
	"strings"

	"message-processor/config"
	"message-processor/proxy/channel"
)

// newTarget turns a configured target into what a Channel is opened to.
func newTarget(t config.Target) *channel.Target {
	var security *channel.TLS
	if t.Secure {
		security = &channel.TLS{
			Verify: channel.Verify(t.TLS.Verify), RootCAs: t.TLS.RootCAs, CADigest: t.TLS.CADigest,
			Certificates: t.TLS.Certificates,
			ServerName:   t.TLS.ServerName, MinVersion: t.TLS.MinVersion, MaxVersion: t.TLS.MaxVersion,
			CipherSuites: t.TLS.CipherSuites, Curves: t.TLS.Curves,
		}
	}
	return channel.NewTarget(t.Host, t.Port, security, channel.Timeouts(t.Timeouts))
}

// hostField is the Host a target receives: its own (message-id-and-headers.md
// section 4), without the port that its scheme implies (RFC 9110 section 4.2).
func hostField(t config.Target) string {
	standard := 80
	if t.Secure {
		standard = 443
	}
	if t.Port != standard {
		return net.JoinHostPort(t.Host, strconv.Itoa(t.Port))
	}
	if strings.Contains(t.Host, ":") {
		return "[" + t.Host + "]"
	}
	return t.Host
}

// appendTargetPath appends the path and query the target receives: its own
// path, then the request's suffix byte for byte.
func (r *route) appendTargetPath(dst, path []byte) []byte {
	if len(path) == 1 && path[0] == '*' {
		return append(dst, '*')
	}
	suffix := r.suffix(path)
	prefix := r.proxy.Target.Path
	if len(suffix) > 0 && suffix[0] == '/' {
		prefix = strings.TrimSuffix(prefix, "/")
	}
	if prefix == "" && (len(suffix) == 0 || suffix[0] != '/') {
		prefix = "/"
	}
	dst = append(append(dst, prefix...), suffix...)
	return r.appendTargetQuery(dst, suffix)
}

// appendTargetQuery adds the query the target's own URL has, if any.
func (r *route) appendTargetQuery(dst, suffix []byte) []byte {
	query := r.proxy.Target.Query
	if query == "" {
		return dst
	}
	separator := byte('?')
	for _, b := range suffix {
		if b == '?' {
			separator = '&'
			break
		}
	}
	return append(append(dst, separator), query...)
}

func revisionPath(organization, environment, api string, revision int) string {
	number := "null"
	if revision > 0 {
		number = strconv.Itoa(revision)
	}
	return "/organizations/" + organization + "/environments/" + environment +
		"/apiproxies/" + api + "/revisions/" + number
}

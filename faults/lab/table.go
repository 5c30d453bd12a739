package lab

import (
	"net/netip"
	"strings"
	"time"
)

// Info describes one behaviour with its default knobs.
type Info struct {
	Name    string
	Does    string // one short line
	Layer   string // where it goes wrong: "dns", "tcp", "tls", "http"; "" when nothing does
	Fault   string // as in Backend, for a URL whose host is an IP address
	Governs string // as in Backend
	Alone   string // why it cannot be one of several behaviours of a backend, "" when it can
	Knobs   []Knob
}

// row is one line of the table. Braces in Does hold names of knobs.
type row struct {
	Name, Does, Layer, Fault, Governs string

	faultByName string // instead of Fault when the URL's host is a name
	alone       string // why no other behaviour can have the same listener, "" when one can
	proxy       bool   // a forward proxy, to which clients speak plain HTTP
	how         behaviour
}

// behaviour is one way to be a backend. Its exported fields with a knob tag are its knobs.
type behaviour interface {
	// open says how to serve the place's address, or takes it until the endpoint is closed. unavailable as error: not on
	// this system.
	open(p place) (endpoint, error)
}

// endpoint is an opened behaviour: a handler of connections, for which the lab listens, or else an address of its own.
type endpoint struct {
	handler *handler

	address string
	servers []string     // as in Backend
	close   func() error // returns when nothing of it runs any more
}

// unavailable is the reason why a behaviour cannot be shown on this system.
type unavailable string

func (u unavailable) Error() string { return string(u) }

// The faults that several rows cause.
const (
	handshakeTimeout = "bad_gateway_tls_handshake_timeout"
	unexpectedEOF    = "unexpected_eof_at_target"
	handshakeAlert   = "ssl_alert_handshake_failure"
	ioTimeout        = "gateway_timeout_target_io"
	badEncoding      = "target_decompression_failure"
)

// table lists every behaviour. The order is public: it decides the ports. New rows go to the end.
var table = []row{
	{Name: "healthy", Does: "answers every request with what it received; ?bytes=N, ?sse=N, WebSocket echo",
		how: https{(*certificates).good}},

	{Name: "tls-silent", Does: "accepts TCP, reads, never answers the ClientHello",
		Layer: "tls", Fault: handshakeTimeout, Governs: "handshake", how: tlsSilent{}},
	{Name: "tls-blackhole", Does: "accepts TCP, then the kernel drops every payload, FIN and RST unacknowledged, as a firewall",
		Layer: "tcp", Fault: handshakeTimeout, Governs: "handshake",
		alone: "its socket filter is the listener's", how: tlsBlackhole{Hold: 3 * time.Minute}},
	{Name: "tls-slow", Does: "answers each handshake flight {delay} late; healthy after about {delay} (twice with TLS 1.2)",
		Layer: "tls", how: tlsSlow{Delay: 5 * time.Second}},
	{Name: "tls-stall-after-server-hello", Does: "answers the ClientHello with the ServerHello alone, then nothing",
		Layer: "tls", Fault: handshakeTimeout, Governs: "handshake", how: tlsStall{}},
	{Name: "tls-close", Does: "closes (FIN) after reading the ClientHello",
		Layer: "tls", Fault: unexpectedEOF, how: tlsClose{}},
	{Name: "tls-reset", Does: "resets (RST) after reading the ClientHello",
		Layer: "tls", Fault: unexpectedEOF, how: tlsReset{}},
	{Name: "tls-alert", Does: "answers the ClientHello with fatal alert {code} (40: handshake_failure)",
		Layer: "tls", Fault: handshakeAlert, how: tlsAlert{Code: 40}},
	{Name: "tls-old-version", Does: "speaks TLS 1.0 and 1.1 only: alert protocol_version",
		Layer: "tls", Fault: handshakeAlert, how: https{(*certificates).oldVersion}},
	{Name: "tls-no-common-cipher", Does: "speaks TLS 1.2 with RC4 only: alert handshake_failure",
		Layer: "tls", Fault: handshakeAlert, how: https{(*certificates).noCommonCipher}},
	{Name: "tls-unknown-ca", Does: "healthy, with a certificate of an authority nobody knows",
		Layer: "tls", Fault: "ssl_unknown_ca", how: https{(*certificates).unknownCA}},
	{Name: "tls-expired", Does: "healthy, with a certificate that expired yesterday",
		Layer: "tls", Fault: "ssl_expired", how: https{(*certificates).expired}},
	{Name: "tls-wrong-name", Does: "healthy, with a certificate for another name",
		Layer: "tls", Fault: "ssl_hostname_mismatch_ip", faultByName: "ssl_hostname_mismatch_dns",
		how: https{(*certificates).wrongName}},
	{Name: "tls-client-cert-required", Does: "demands a client certificate: alert certificate_required",
		Layer: "tls", Fault: handshakeAlert, how: https{(*certificates).clientCertRequired}},
	{Name: "plain-on-tls-port", Does: "speaks plain HTTP: answers a ClientHello with 400 Bad Request",
		Layer: "tls", Fault: unexpectedEOF, how: plainOnTLSPort{}},

	{Name: "connect-refused", Does: "holds the port but does not listen: RST to every SYN",
		Layer: "tcp", Fault: "target_connection_refused", alone: "it never listens", how: connectRefused{}},
	{Name: "connect-timeout", Does: "listens with a full queue: the kernel drops every SYN",
		Layer: "tcp", Fault: "target_connect_timeout", Governs: "connect", alone: "it never accepts", how: connectTimeout{}},
	{Name: "dns-failure", Does: "has a name that never resolves (.invalid, RFC 6761)",
		Layer: "dns", Fault: "target_dns_failure", alone: "it has no address", how: dnsFailure{}},

	{Name: "response-silent", Does: "reads the request, never answers",
		Layer: "http", Fault: ioTimeout, Governs: "io", how: responseSilent{}},
	{Name: "response-stalls", Does: "sends {sent} of {length} body bytes, then nothing",
		Layer: "http", Fault: ioTimeout, Governs: "io", how: responseStalls{Sent: 100, Length: 1000}},
	{Name: "eof-before-response", Does: "reads the request, closes",
		Layer: "http", Fault: unexpectedEOF, how: eofBeforeResponse{}},
	{Name: "eof-in-headers", Does: "closes in the middle of the response's header fields",
		Layer: "http", Fault: unexpectedEOF, how: eofInHeaders{}},
	{Name: "eof-in-body", Does: "closes after {sent} of {length} body bytes",
		Layer: "http", Fault: unexpectedEOF, how: eofInBody{Sent: 500, Length: 1000}},
	{Name: "stale-keepalive", Does: "answers {uses} request(s) of a connection, closes when the first byte of the next one arrives",
		Layer: "http", Fault: unexpectedEOF, how: staleKeepalive{Uses: 1}},
	{Name: "broken-pipe", Does: "reads {read} bytes of a request body (send 1 MB), resets {delay} later",
		Layer: "http", Fault: "target_premature_close", how: brokenPipe{Read: 16 << 10, Delay: 100 * time.Millisecond}},
	{Name: "big-headers", Does: "answers with {bytes} bytes of header fields",
		Layer: "http", Fault: "target_headers_too_big", how: bigHeaders{Bytes: 26_000}},
	{Name: "big-line", Does: "answers with a status line of {bytes} bytes",
		Layer: "http", Fault: "target_line_too_big", how: bigLine{Bytes: 2_100}},
	{Name: "big-body", Does: "answers with a body of {bytes} bytes",
		Layer: "http", Fault: "target_body_too_big", how: bigBody{Bytes: 10<<20 + 1}},
	{Name: "405-without-allow", Does: "answers 405 without the Allow field",
		Layer: "http", Fault: "target_405_without_allow", how: canned{head: "HTTP/1.1 405 Method Not Allowed\r\n", body: "not allowed\n"}},
	{Name: "306", Does: "answers with the reserved status 306",
		Layer: "http", Fault: "target_306_reserved", how: canned{head: "HTTP/1.1 306 Unused\r\n"}},
	{Name: "204-with-body", Does: "answers 204 with a body, then closes",
		Layer: "http", Fault: "target_response_with_body", how: canned{head: "HTTP/1.1 204 No Content\r\n", body: "none\n", closes: true}},
	{Name: "status-503", Does: "answers 503 of its own, which is passed through",
		Layer: "http", Fault: "error_response_code", how: canned{head: "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n", body: "down for repair\n"}},
	{Name: "slow-body", Does: "sends the body in {pieces} pieces, one every {interval}",
		Layer: "http", how: slowBody{Pieces: 10, Interval: time.Second}},
	{Name: "malformed-response", Does: "answers with a header line that has no colon, then closes",
		Layer: "http", Fault: "malformed_response", how: canned{head: "HTTP/1.1 200 OK\r\nthis line has no colon\r\n", closes: true}},

	{Name: "bad-gzip", Does: "answers with Content-Encoding: gzip and a body that is not compressed",
		Layer: "http", Fault: badEncoding, how: canned{head: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", body: uncompressed}},
	{Name: "bad-deflate", Does: "answers with Content-Encoding: deflate and a body that is not compressed",
		Layer: "http", Fault: badEncoding, how: canned{head: "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n", body: uncompressed}},
	{Name: "unsupported-encoding", Does: "answers with Content-Encoding: br",
		Layer: "http", Fault: "unsupported_encoding", how: canned{head: "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n", body: uncompressed}},
	{Name: "unreachable", Does: "has a broadcast address: connecting fails at once with ENETUNREACH",
		Layer: "tcp", Fault: "target_unreachable", alone: "it has no listener", how: unreachable{}},
	{Name: "proxy-refuses-tunnel", Does: "is a forward proxy: answers CONNECT with {status}",
		Layer: "http", Fault: "proxy_tunnel_creation_failed", alone: "it is a forward proxy, not a target", proxy: true, how: proxyRefusesTunnel{Status: 403}},
	{Name: "all-servers-down", Does: "is {servers} servers of a load-balanced target, each refusing connections",
		Layer: "tcp", Fault: "no_active_targets", alone: "it has several addresses", how: allServersDown{Servers: 3}},
}

// Names lists the behaviours in the order of the table.
func Names() []string {
	var names []string
	for _, r := range table {
		names = append(names, r.Name)
	}
	return names
}

// Table is the catalogue of behaviours, with their default knobs, in the order of the table.
func Table() []Info {
	var infos []Info
	for _, r := range table {
		infos = append(infos, Info{Name: r.Name, Does: r.does(), Layer: r.Layer, Fault: r.Fault, Governs: r.Governs, Alone: r.alone, Knobs: knobs(r.how)})
	}
	return infos
}

// does is the row's line with the values of its knobs.
func (r row) does() string {
	line := r.Does
	for _, k := range knobs(r.how) {
		line = strings.ReplaceAll(line, "{"+k.Name+"}", k.Value)
	}
	return line
}

// fault is what the row causes when its URL has this host.
func (r row) fault(host string) string {
	if _, err := netip.ParseAddr(host); err != nil && r.faultByName != "" {
		return r.faultByName
	}
	return r.Fault
}

// find is the table's row of that name.
func find(name string) (row, bool) {
	r := named(table, name)
	return r, r.Name != ""
}

// named is the row of that name among rows, or the zero row.
func named(rows []row, name string) row {
	for _, r := range rows {
		if r.Name == name {
			return r
		}
	}
	return row{}
}

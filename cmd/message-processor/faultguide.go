package main

import (
	"net/netip"
	"time"

	"message-processor/faults"
)

// guide is what the reference adds to a row of the catalogue.
type guide struct {
	setting  string // what governs the fault in this gateway
	diagnose string // how to find out why it happens
	cause    string // a way to cause it, where the lab alone is not enough
}

// What the reference's examples show.
var (
	exampleRemote = netip.MustParseAddrPort("203.0.113.7:443")
	exampleLocal  = netip.MustParseAddrPort("10.0.0.5:42828")
)

const exampleAge = 55221 * time.Millisecond

const (
	noSetting     = "no setting"
	readLine      = "the `reason` in the body and the log line says what was refused; look at what the client really sends"
	lookAtTarget  = "call the target directly with curl and look at its answer"
	lookAtChain   = "`openssl s_client -connect HOST:443 -servername HOST -showcerts` shows the chain the target presents"
	limitsRequest = "`limits.request_*`, bytes"
)

// guideTo has an entry for every fault that is produced; a test sees to it.
var guideTo = map[faults.ID]guide{
	faults.BadGatewayTLSHandshakeTimeout: {
		setting: "`handshake_timeout` of the target (55 s; unset it follows `io_timeout`); a shorter `api_timeout` ends it sooner",
		diagnose: "the connection stands but the ClientHello is not answered. `age` in the log line tells which timer ended it." +
			" On the gateway's machine capture with `tcpdump -i any -s 0 host ADDRESS -w stall.pcap`: a ClientHello that is sent again and again" +
			" and never acknowledged was dropped on the way, most often by a firewall; one that is acknowledged reached a backend that says nothing",
	},
	faults.UnexpectedEOFAtTarget: {
		setting: "`keepalive_timeout` of the target (60 s) against the target's own; no timer of its own",
		diagnose: "`useCount` above 1 with `bytesRead=0`: the target closed its idle connection as the request came, so keep ours shorter than" +
			" the target's. `useCount=1`: the target is not set up for TLS (or only for TLS), or breaks off; its log tells",
	},
	faults.TargetBodyTooBig: {setting: "`limits.response_body` (10 MiB), before and after decompression; not for `streaming.response: true`",
		diagnose: "`curl -s URL | wc -c` against the target, with and without `--compressed`"},
	faults.TargetHeadersTooBig: {setting: "`limits.response_headers` (25,600 bytes)", diagnose: "`curl -sI URL | wc -c` against the target"},
	faults.TargetLineTooBig: {setting: "`limits.response_line` (2,048 bytes)",
		diagnose: "a first line this long is seldom HTTP: check that the port speaks HTTP, and TLS where the URL says https"},
	faults.Target405WithoutAllow: {setting: "`compatibility.allow_405_without_allow`", diagnose: lookAtTarget + "; a 405 must carry Allow (RFC 9110 section 15.5.6)"},
	faults.Target306Reserved:     {setting: noSetting, diagnose: lookAtTarget},
	faults.TargetResponseWithBody: {setting: noSetting,
		diagnose: lookAtTarget + "; a 204 or 205 that announces a body leaves the connection in doubt"},
	faults.TargetDecompressionFailure: {setting: "not checked with `streaming.response: true`",
		diagnose: "`curl -s -H 'Accept-Encoding: gzip' URL | gunzip -t`: a proxy in between may have changed the body or the field"},
	faults.TargetConnectTimeout: {setting: "`connect_timeout` of the target (3 s), for name lookup and all addresses together",
		diagnose: "`nc -vz HOST PORT` from the gateway's machine: a SYN without any answer is dropped on the way, or the host is down"},
	faults.TargetConnectionRefused: {setting: noSetting, diagnose: "nothing listens on the port: `ss -ltn` on the target's machine; is the port right?"},
	faults.TargetUnreachable:       {setting: noSetting, diagnose: "`ip route get ADDRESS` on the gateway's machine; a firewall can answer so too"},
	faults.TargetDNSFailure: {setting: "the resolver of the gateway's machine; `compatibility.no_resolved_host` gives the newer form",
		diagnose: "`getent hosts HOST` on the gateway's machine; look for stray characters in the target's URL"},
	faults.TargetNoResolvedHost: {setting: "`compatibility.no_resolved_host: true`", diagnose: "as target_dns_failure",
		cause: "with `compatibility: {no_resolved_host: true}`, `curl -i http://127.0.0.1:9001/lab/dns-failure`"},
	faults.TargetPrematureClose: {setting: noSetting,
		diagnose: "the target hangs up while the request is being sent: `bytesWritten` tells how far it came. Does the target refuse large bodies?"},
	faults.SSLUnknownCA:           {setting: "`tls.verify`, `tls.ca_file`", diagnose: lookAtChain + "; a missing intermediate is the usual cause"},
	faults.SSLExpired:             {setting: "`tls.verify`", diagnose: lookAtChain + "; add `| openssl x509 -noout -dates`"},
	faults.SSLHostnameMismatchDNS: {setting: "`tls.verify`, `tls.server_name`", diagnose: lookAtChain + "; compare the names in it with the URL's", cause: "`message-processor lab --host localhost --base-port 7000 tls-wrong-name` behind a gateway with `--target https://localhost:7000`"},
	faults.SSLHostnameMismatchIP:  {setting: "`tls.verify`, `tls.server_name`", diagnose: lookAtChain + "; a certificate seldom names addresses: use the host's name in the URL"},
	faults.SSLAlertHandshakeFailure: {setting: "`tls.min_version`, `tls.max_version`, `tls.ciphers`, `tls.certificate_file`",
		diagnose: "the log line names the alert the target sent: `protocol_version`, `handshake_failure` (no cipher in common), `certificate_required`, …"},
	faults.NoActiveTargets: {setting: "`load_balancer.max_failures` and `health_monitor`",
		diagnose: "the WARN lines `Max failure count(…) reached for server` tell when each server left the rotation, the ERROR lines before them why"},
	faults.ProxyTunnelCreationFailed: {setting: "`forward_proxy`", diagnose: "the status in the faultstring is the forward proxy's: its access list or its own view of the target"},
	faults.GatewayTimeoutTargetIO: {setting: "`io_timeout` of the target (55 s), for silence in either direction; `compatibility.write_timeout_status: 408` for writing",
		diagnose: "`lastIO` equals the timer, `bytesRead=0`: the target got the request and says nothing. With bytes read, it stopped in the middle"},
	faults.APITimedOut: {setting: "`api_timeout` of the API proxy, for the whole call", diagnose: "the steps of the trace show where the time went",
		cause: "an API proxy with `api_timeout: 1s` in front of a backend that is `response-silent`"},
	faults.RequestTimeout:      {setting: "`defaults.io_timeout` (55 s)", diagnose: "the client, or a device before it, stopped in the middle of its request"},
	faults.ApplicationNotFound: {setting: "`base_path` of the API proxies", diagnose: "`curl http://127.0.0.1:8082/v1/classification/tree` lists what is deployed"},
	faults.RequestBodyTooBig:   {setting: "`limits.request_body` (10 MiB), before and after decompression; not for `streaming.request: true`", diagnose: "the size of what the client sends"},
	faults.RequestLineTooBig:   {setting: limitsRequest, diagnose: "a query that should have been a body, or a redirect loop that grows the URL"},
	faults.RequestHeadersTooBig: {setting: limitsRequest,
		diagnose: "most often cookies or tokens: `curl -v` shows what is sent"},
	faults.DuplicateHeader:             {setting: noSetting, diagnose: "the body names the field; a device in front may add a second one"},
	faults.RequestDecompressionFailure: {setting: "not checked with `streaming.request: true`", diagnose: "the client's Content-Encoding does not say what its body is"},
	faults.UnsupportedEncoding: {setting: noSetting,
		diagnose: "`gzip` and `deflate` are supported, in requests and in answers; the fault source tells which it was"},
	faults.LengthRequired: {setting: noSetting, diagnose: "a POST or PUT without a body still needs `Content-Length: 0`"},
	faults.EmptyPath: {setting: "`dynamic_url` of the target", diagnose: "the URL a policy sets has no path: end it with `/`",
		cause: "an API proxy whose target is `{url: https://HOST, dynamic_url: true}`"},
	faults.BadPath: {setting: "`dynamic_url` of the target", diagnose: "the URL a policy sets has a query and no path: put `/` before the `?`",
		cause: "an API proxy whose target is `{url: \"https://HOST?x=1\", dynamic_url: true}`"},
	faults.EmptyHeaderName:     {setting: noSetting, diagnose: readLine},
	faults.HeaderNameNonASCII:  {setting: noSetting, diagnose: readLine},
	faults.HeaderInvalidChar:   {setting: noSetting, diagnose: readLine},
	faults.MalformedRequest:    {setting: noSetting, diagnose: readLine},
	faults.MethodNotSupported:  {setting: noSetting, diagnose: "the client takes this gateway for a forward proxy"},
	faults.VersionNotSupported: {setting: noSetting, diagnose: "the client speaks another version of HTTP without having asked for it"},
	faults.MalformedResponse:   {setting: noSetting, diagnose: "the `reason` in the body and the log line says what was refused; " + lookAtTarget},
	faults.Overloaded: {setting: "`limits.client_connections`, `limits.in_flight`, `proxies[].max_in_flight`, `limits.wait_for_place`, `limits.buffered_bodies`, `load_balancer.max_in_flight`",
		diagnose: "the faultstring names the bound. Which target do the requests in flight wait for? Raise the bound only if the machine has the memory",
		cause:    "an API proxy with `max_in_flight: 1` in front of a backend that is `response-silent`, and two requests at once"},
	faults.InternalError: {setting: noSetting, diagnose: "a defect of this gateway: the stack below its log line says where. Please report it", cause: "none known"},
}

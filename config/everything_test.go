package config

import (
	"crypto/tls"
	"net/url"
	"testing"
	"time"
)

// everything sets every key that takes effect to something that is not its default.
const everything = `
lab:
  - {name: outage, api: orders, revision: 3, does: healthy, seed: 7, share: {tls-silent: 5%}, schedule: ["at 10s: tls-slow for 30s"], set: {tls-slow.delay: 5s}}
proxies:
  - name: orders
    revision: 4
    base_path: /v1/orders/
    api_timeout: 5s
    max_in_flight: 9
    target:
      url: HTTPS://Orders.Example.COM/api/%7Ev1/?key=1&x=%20
      connect_timeout: 1s
      handshake_timeout: 2s
      io_timeout: 3s
      keepalive_timeout: 0
      dynamic_url: true
      streaming: {request: true, response: true}
      tls:
        verify: none
        server_name: other.example
        min_version: "1.0"
        max_version: 1.1
        ciphers: [TLS_RSA_WITH_RC4_128_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
        curves: [X25519, secp256r1, P-384, CurveP521, X25519MLKEM768]
      servers: []
      load_balancer: {algorithm: RoundRobin, max_failures: 0, retry: true, unhealthy_codes: [], health_monitor: {}}
organization: umbrella
environment: prod
virtual_host: secure
listen: "[::1]:0"
management: {listen: ":0", pprof: true, hosts: [Gateway.Example]}
shutdown_timeout: 1m30s
system_log: {path: /var/log/mp.log, format: json, level: debug, max_size_mb: 5, max_files: 2}
response_headers: false
on_client_close: cancel
tracing: {sample_ratio: 0.25, sample_faults: ratio, ui: "https://jaeger.example/base/"}
sessions: {max_transactions: 10, max_duration: 2m, keep_secrets: true, keep_faults: 0}
capture: {on_fault: true, directory: /captures, tls_secrets: true}
forward_proxy: {url: "http://user:secret@Proxy.Example:3128", tunnel: false}
compatibility: {reason: true, write_timeout_status: 408, no_resolved_host: true, allow_405_without_allow: true}
defaults: {connect_timeout: 9s, tls: {verify: hostname}}
alerts:
  - name: slow and failing
    organization: umbrella
    environment: ANY
    description: d
    enabled: false
    playbook: https://wiki.example/slow
    throttleIntervalSeconds: 3_600
    reportEnabled: false
    conditions:
      - {description: c, metric: targetLatency, percentile: 99, threshold: 1_500.5, durationSeconds: 600, comparator: ">="}
      - metric: rate
        threshold: 0.05
        durationSeconds: 60
        comparator: ">"
        dimensions:
          {org: umbrella, env: prod, proxy: orders, target: "h:1", region: ANY, statusCode: "502", faultCode: a.b,
           faultCodeCategory: A b, faultCodeSubCategory: B, faultCodeName: HTTP c, faultSource: target}
    notifications:
      - {channel: webhook, destination: "https://hooks.example/x?y=1"}
      - {channel: alertmanager, destination: "http://127.0.0.1:9093"}
limits:
  {request_line: 1, request_headers: 2, request_body: 3, response_line: 4, response_headers: 5, response_body: 1_000,
   buffered_bodies: 2_000, client_connections: 6, in_flight: 7, wait_for_place: 8s}
`

func everythingGateway() *Gateway {
	return &Gateway{
		Organization: "umbrella", Environment: "prod", VirtualHost: "secure", Listen: "[::1]:0",
		Management:      Management{Listen: ":0", PProf: true, Hosts: []string{"gateway.example"}},
		ShutdownTimeout: 90 * time.Second,
		SystemLog:       SystemLog{Path: "/var/log/mp.log", Format: "json", Level: "debug", MaxSizeMB: 5, MaxFiles: 2},
		OnClientClose:   "cancel",
		Tracing:         Tracing{SampleRatio: 0.25, SampleFaults: "ratio", UI: "https://jaeger.example/base"},
		Sessions:        Sessions{MaxTransactions: 10, MaxDuration: 2 * time.Minute, KeepSecrets: true},
		Capture:         Capture{OnFault: true, Directory: "/captures", TLSSecrets: true},
		ForwardProxy:    ForwardProxy{Host: "proxy.example", Port: 3128, Authorization: "Basic dXNlcjpzZWNyZXQ="},
		Compatibility:   Compatibility{Reason: true, WriteTimeoutStatus: 408, NoResolvedHost: true, Allow405WithoutAllow: true},
		Defaults:        Timeouts{9 * time.Second, 55 * time.Second, 55 * time.Second, 60 * time.Second},
		Limits: Limits{
			RequestLine: 1, RequestHeaders: 2, RequestBody: 3, ResponseLine: 4, ResponseHeaders: 5, ResponseBody: 1000,
			BufferedBodies: 2000, ClientConnections: 6, InFlight: 7, WaitForPlace: 8 * time.Second,
		},
		Proxies: []Proxy{{
			Name: "orders", Revision: 4, BasePath: "/v1/orders", APITimeout: 5 * time.Second, MaxInFlight: 9,
			Target: everythingTarget(),
		}},
		Alerts: []Alert{everythingAlert()},
		Lab: []Lab{{
			Name: "outage", API: "orders", Revision: 3, Does: "healthy", Line: 3, Seed: 7,
			Share: map[string]string{"tls-silent": "5%"}, Schedule: []string{"at 10s: tls-slow for 30s"},
			Set:   map[string]string{"tls-slow.delay": "5s"},
			Lines: map[string]int{"share.tls-silent": 3, "schedule[0]": 3, "set.tls-slow.delay": 3},
		}},
	}
}

func everythingAlert() Alert {
	return Alert{
		Organization: "umbrella", Environment: "ANY", Name: "slow and failing", Description: "d",
		Playbook: "https://wiki.example/slow", ThrottleIntervalSeconds: 3600,
		Conditions: []AlertCondition{
			{Description: "c", Metric: "targetLatency", Percentile: 99, Threshold: 1500.5, DurationSeconds: 600, Comparator: ">="},
			{Metric: "rate", Threshold: 0.05, DurationSeconds: 60, Comparator: ">", Line: 58, Dimensions: AlertDimensions{
				Org: "umbrella", Env: "prod", Proxy: "orders", Target: "h:1", Region: "ANY", StatusCode: "502",
				FaultCode: "a.b", FaultCodeCategory: "A b", FaultCodeSubCategory: "B", FaultCodeName: "HTTP c", FaultSource: "target",
			}},
		},
		Notifications: []AlertNotification{
			{Channel: "webhook", Destination: "https://hooks.example/x?y=1"},
			{Channel: "alertmanager", Destination: "http://127.0.0.1:9093"},
		},
	}
}

func everythingTarget() Target {
	return Target{
		URL: &url.URL{
			Scheme: "https", Host: "orders.example.com", Path: "/api/~v1/", RawPath: "/api/%7Ev1/", RawQuery: "key=1&x=%20",
		},
		Host: "orders.example.com", Port: 443, Secure: true, Path: "/api/%7Ev1", Query: "key=1&x=%20",
		Timeouts:      Timeouts{Connect: time.Second, Handshake: 2 * time.Second, IO: 3 * time.Second},
		Balancer:      LoadBalancer{Algorithm: RoundRobin, Retry: true},
		StreamRequest: true, StreamResponse: true, DynamicURL: true,
		ForwardProxy: ForwardProxy{Host: "proxy.example", Port: 3128, Authorization: "Basic dXNlcjpzZWNyZXQ="},
		TLS: TLS{
			Verify: "none", ServerName: "other.example", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
			CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
			Curves:       []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521, tls.X25519MLKEM768},
		},
	}
}

func TestEveryKeyReachesItsField(t *testing.T) {
	g := mustParse(t, everything, Overrides{})
	g.Warnings = nil
	equal(t, everythingGateway(), g)
}

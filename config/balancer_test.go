package config

import (
	"testing"
	"time"
)

func TestServersTakeWhatTheFileSaysAndTheirDefaults(t *testing.T) {
	target := mustParse(t, `
proxies:
  - name: orders
    target:
      url: https://orders.example.com/api
      tls: {verify: hostname}
      load_balancer:
        algorithm: Weighted
        max_failures: 5
        retry: false
        unhealthy_codes: [503, 500, 503]
        max_in_flight: 40
        health_monitor: {http: {path: /healthz}}
      servers:
        - {name: one, host: One.example, port: 8443}
        - {name: two, host: "::1", port: 443, weight: 3, enabled: false, tls: {verify: none}}
        - {name: spare, host: 192.0.2.1, port: 443, fallback: true}
`, Overrides{}).Proxies[0].Target
	own := target.TLS
	other := own
	other.Verify = "none"
	equal(t, []Server{
		{Name: "one", Host: "one.example", Port: 8443, Weight: 1, Enabled: true, TLS: own},
		{Name: "two", Host: "::1", Port: 443, Weight: 3, TLS: other},
		{Name: "spare", Host: "192.0.2.1", Port: 443, Weight: 1, Enabled: true, Fallback: true, TLS: own},
	}, target.Servers)
	equal(t, LoadBalancer{
		Algorithm: Weighted, MaxFailures: 5, UnhealthyCodes: []int{503, 500}, MaxInFlight: 40,
		Monitor: &HealthMonitor{Interval: 5 * time.Second, ConnectTimeout: 10 * time.Second,
			HTTP: &HTTPMonitor{ReadTimeout: 10 * time.Second, Method: "GET", Path: "/healthz", SuccessCodes: []int{200}}},
	}, target.Balancer)
}

func TestServersNeedNoTLSSettingsToSpeakTLS(t *testing.T) {
	target := mustParse(t, targetYAML("https://h", "servers: [{name: a, host: a, port: 1}]"), Overrides{}).Proxies[0].Target
	if got := target.Servers[0].TLS.Verify; got != "full" {
		t.Errorf("verified %q", got)
	}
}

func TestHealthMonitorThatOnlyConnects(t *testing.T) {
	const file = "load_balancer: {health_monitor: {interval: 1s, connect_timeout: 2s, port: 81, tcp: true}}"
	target := mustParse(t, targetYAML("http://h", file), Overrides{}).Proxies[0].Target
	equal(t, &HealthMonitor{Interval: time.Second, ConnectTimeout: 2 * time.Second, Port: 81}, target.Balancer.Monitor)
}

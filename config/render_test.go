package config

import (
	"crypto/x509"
	"strings"
	"testing"
)

// What is rendered is read back into the same: nothing in force is left out.
func TestAProxyInForceIsReadBackAsItWas(t *testing.T) {
	for name, text := range map[string]string{
		"everything": everything,
		"plain":      targetYAML("http://h:8080/api?x=1"),
		"inherited":  "defaults: {connect_timeout: 7s, io_timeout: 300s, tls: {verify: none}}\n" + targetYAML("https://h"),
		"balanced, asked over HTTP": targetYAML("https://h", "servers:",
			"  - {name: a, host: a.example, port: 443, weight: 3}",
			"  - {name: b, host: b.example, port: 8443, fallback: true, enabled: false, tls: {server_name: b}}",
			"load_balancer: {algorithm: Weighted, max_failures: 5, retry: false, unhealthy_codes: [503], max_in_flight: 7,",
			"  health_monitor: {interval: 1s, port: 81, http: {path: /up, method: HEAD, success_codes: [200, 204]}}}"),
		"balanced, asked over TCP": targetYAML("http://h", "servers: [{name: a, host: a.example, port: 80}]",
			"load_balancer: {algorithm: LeastConnections, health_monitor: {tcp: true}}"),
	} {
		t.Run(name, func(t *testing.T) {
			before := mustParse(t, text, Overrides{}).Proxies[0]
			rendered := string(before.YAML())
			after := mustParse(t, rendered, Overrides{}).Proxies[0]
			if secret := before.Target.ForwardProxy.Authorization; secret != "" {
				if after.Target.ForwardProxy.Authorization == secret {
					t.Error("the password of the forward proxy is told")
				}
				after.Target.ForwardProxy.Authorization = secret
			}
			equal(t, before, after)
		})
	}
}

func TestFilesAreSaidToBeThereAndNotRepeated(t *testing.T) {
	dir := t.TempDir()
	certificate, key := newCertificate(t, "client")
	ca := writeFile(t, dir, "ca.pem", certificate)
	pem, private := writeFile(t, dir, "client.pem", certificate), writeFile(t, dir, "client.key", key)
	g := mustParse(t, targetYAML("https://h", "tls: {ca_file: "+ca+", certificate_file: "+pem+", key_file: "+private+"}"), Overrides{})
	text := string(g.Proxies[0].YAML())
	for _, want := range []string{"# tls.ca_file: set, digest ", "# tls.certificate_file and key_file: set\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "BEGIN") || strings.Contains(text, dir) {
		t.Errorf("a file's content or place is told:\n%s", text)
	}
	if equal := x509.NewCertPool().Equal(g.Proxies[0].Target.TLS.RootCAs); equal {
		t.Error("the CA was not read: this test is blind")
	}
}

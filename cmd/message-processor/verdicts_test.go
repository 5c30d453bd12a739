package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"message-processor/config"
	"message-processor/faults/diagnosis/probe"
	"message-processor/faults/verdict"
	"message-processor/proxy"
	"message-processor/tracing"
)

// judging serves a configuration in this process until the test ends, and sends the verdict of each request down the
// channel.
func judging(t *testing.T, c *config.Gateway) (url string, verdicts <-chan verdict.Verdict) {
	t.Helper()
	said := make(chan verdict.Verdict, 1)
	gateway := proxy.New(c, proxy.Options{Host: "vm", PID: 1, Log: zerolog.Nop(), Observers: []tracing.Observer{
		func(r *tracing.Record) { said <- verdict.Judge(tracing.Evidence(r)) },
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go gateway.Serve(l)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		gateway.Shutdown(ctx)
	})
	return "http://" + l.Addr().String(), said
}

// agree compares what the gateway says of a failed request with what the probe says of its target.
func agree(t *testing.T, c *config.Gateway, p config.Proxy) verdict.ID {
	t.Helper()
	url, verdicts := judging(t, c)
	if _, err := get(url + p.BasePath); err != nil {
		t.Fatal(err)
	}
	gateway := <-verdicts
	report, err := probe.Run(t.Context(), probe.For(p.Target), nil)
	if err != nil {
		t.Fatal(err)
	}
	probed := report.Verdict
	if gateway.ID != probed.ID || untimed(gateway.Summary) != untimed(probed.Summary) || gateway.NextStep != probed.NextStep {
		t.Errorf("the gateway says\n%+v\nthe probe\n%+v", gateway, probed)
	}
	return gateway.ID
}

// untimed is a sentence without its numbers.
func untimed(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, text)
}

// The backends of the lab that fail by themselves or by a timer of a second.
func TestGatewayAndProbeSayTheSameOfEveryBackend(t *testing.T) {
	t.Parallel()
	names := []string{"tls-silent", "tls-blackhole", "tls-stall-after-server-hello", "tls-close", "tls-reset", "tls-alert",
		"tls-old-version", "tls-no-common-cipher", "tls-unknown-ca", "tls-expired", "tls-wrong-name", "tls-client-cert-required",
		"plain-on-tls-port", "connect-refused", "response-silent", "eof-before-response", "eof-in-body"}
	text := "defaults: {handshake_timeout: 1s, io_timeout: 1s}\nlab:\n"
	for _, name := range names {
		text += fmt.Sprintf("  - {name: %s, does: %s}\n", name, name)
	}
	c, err := config.Parse("lab.yaml", []byte(text), config.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	running, err := startLab(t.Context(), c, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	for _, b := range running.Backends() {
		if notFronted(b) != "" {
			c.Lab = slices.DeleteFunc(c.Lab, func(l config.Lab) bool { return l.Name == b.Name })
		}
	}
	if err := frontLab(c, running, "lab.yaml"); err != nil {
		t.Fatal(err)
	}
	fronted := map[string]config.Proxy{}
	for _, p := range c.Proxies {
		fronted[strings.TrimPrefix(p.Name, "lab-")] = p
	}
	t.Run("all", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p, there := fronted[name]
				if !there {
					t.Skip("this backend needs privileges")
				}
				if id := agree(t, c, p); id == verdict.Inconclusive || id == verdict.Healthy {
					t.Errorf("judged %s", id)
				}
			})
		}
	})
}

// A backend of TLS 1.2 that demands a client certificate says no more than that the handshake failed.
func TestGatewayAndProbeSayTheSameOfServersOfOpenSSL(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	demanding := []string{"-Verify", "1", "-CAfile", ca.caFile, "-verify_return_error"}
	for name, test := range map[string]struct {
		address string
		want    verdict.ID
	}{
		"client certificate, TLS 1.2": {sslServer(t, ca.good(), append(demanding, "-tls1_2")...), verdict.ClientCertificateRequired},
		"client certificate, TLS 1.3": {sslServer(t, ca.good(), append(demanding, "-tls1_3")...), verdict.ClientCertificateRequired},
		"expired":                     {sslServer(t, ca.issue("expired", -time.Hour, "127.0.0.1")), verdict.CertificateExpired},
		"wrong address":               {sslServer(t, ca.issue("elsewhere", time.Hour, "elsewhere.test")), verdict.CertificateWrongName},
		"unknown authority":           {sslServer(t, newAuthority(t).good()), verdict.CertificateUntrusted},
		"no common cipher":            {sslServer(t, ca.good(), "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM"), verdict.TLSCipherMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprintf("proxies: [{name: orders, target: {url: \"https://%s/\", tls: {ca_file: %q}}}]", test.address, ca.caFile)
			c, err := config.Parse("gateway.yaml", []byte(text), config.Overrides{})
			if err != nil {
				t.Fatal(err)
			}
			if got := agree(t, c, c.Proxies[0]); got != test.want {
				t.Errorf("judged %s, want %s", got, test.want)
			}
		})
	}
}

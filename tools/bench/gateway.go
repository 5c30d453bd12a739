package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var gatewayReady = regexp.MustCompile(`(?m)^message-processor ready listen=(\S+) management=(\S+)$`)

// startGateway is the gateway with all that it always has: metrics, monitoring, kept faults, system.log.
func startGateway(g *ground, s setting) (*program, error) {
	dir, err := g.room("gateway")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, []byte(gatewayConfig(dir, g.certificate, s)), 0o644); err != nil {
		return nil, err
	}
	p := &program{cmd: exec.Command(g.binary, "serve", "--config", file, "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0")}
	p.cmd.Env = append(withoutOTEL(os.Environ()), "OTEL_TRACES_EXPORTER=none")
	if s.spans != "" {
		p.cmd.Env = append(withoutOTEL(os.Environ()), "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+s.spans)
	}
	if err := p.start(); err != nil {
		return nil, err
	}
	ready, err := p.awaitLine(gatewayReady)
	if err != nil {
		p.stop()
		return nil, err
	}
	p.address, p.management = ready[1], ready[2]
	return p, nil
}

func withoutOTEL(environment []string) (rest []string) {
	for _, e := range environment {
		if !strings.HasPrefix(e, "OTEL_") {
			rest = append(rest, e)
		}
	}
	return rest
}

func gatewayConfig(dir string, c certificate, s setting) string {
	level, ratio := "info", 0
	if s.log {
		level = "debug"
	}
	if s.spans != "" {
		ratio = 1
	}
	var text strings.Builder
	fmt.Fprintf(&text, "system_log: {path: %s, level: %s}\n", filepath.Join(dir, "system.log"), level)
	fmt.Fprintf(&text, "tracing: {sample_ratio: %d}\nproxies:\n", ratio)
	text.WriteString(gatewayProxy("bench", "/", s.target, c, s))
	if s.stuck != "" {
		text.WriteString(gatewayProxy("stuck", strings.TrimSuffix(stuckPath, "/"), s.stuck, c, s))
	}
	for i := range s.proxies {
		text.WriteString(gatewayProxy(fmt.Sprintf("other-%d", i), otherPath(i), s.target, c, s))
	}
	return text.String()
}

// otherPath is the base path of one of many API proxies.
func otherPath(i int) string { return fmt.Sprintf("/v1/team-%d/service-%d", i%100, i) }

func gatewayProxy(name, basePath, target string, c certificate, s setting) string {
	of := []string{"url: " + s.scheme() + "://" + target}
	if s.stream {
		of = append(of, "streaming: {response: true}")
	}
	if s.handshakeTimeout > 0 {
		of = append(of, "handshake_timeout: "+s.handshakeTimeout.String())
	}
	if !s.plain {
		of = append(of, fmt.Sprintf("tls: {ca_file: %s, curves: [%s]}", c.ca, strings.Join(s.curves, ", ")))
	}
	return fmt.Sprintf("  - {name: %s, base_path: %s, target: {%s}}\n", name, basePath, strings.Join(of, ", "))
}

package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"message-processor/faults/lab"
)

// surroundings are what the gateways' configuration leads to.
type surroundings struct {
	faults  *labProcess
	silent  []labBackend  // never answer a ClientHello, each at an address of its own
	plain   string        // host:port
	timeout time.Duration // of the stuck handshakes
}

// head is the configuration without its proxies. The timers of the faults are short; the mixture has all of them.
const head = `organization: acme
environment: test
on_client_close: %s
management: {pprof: true}
system_log: {path: system.log, level: debug, max_size_mb: 1, max_files: 10000}
tracing: {sample_ratio: 1.0}
defaults: {connect_timeout: 2s, handshake_timeout: 3s, io_timeout: 3s, keepalive_timeout: 5s, tls: {ca_file: %q}}
lab:
  - {name: proxy-refuses-tunnel, does: proxy-refuses-tunnel}
proxies:
`

// patient is for the targets that are well: late is not wrong on a busy machine.
const patient = "connect_timeout: 20s, handshake_timeout: 20s, io_timeout: 20s"

// write puts the n-th configuration into a file. They differ in what a reload has to put in force: an API proxy that comes
// and goes, timers of a target whose connections are in use, what happens when a client leaves.
func (s surroundings) write(path string, n int) error {
	return os.WriteFile(path, []byte(s.config(n)), 0o644)
}

func (s surroundings) config(n int) string {
	var b strings.Builder
	onClose := []string{"continue", "cancel"}[n%2]
	fmt.Fprintf(&b, head, onClose, s.faults.ca)
	proxy := func(name, path, more, target string) {
		fmt.Fprintf(&b, "  - {name: %q, base_path: %s, %starget: {%s}}\n", name, path, more, target)
	}
	healthy := s.backend("healthy").URL
	proxy("tls", "/tls", "", fmt.Sprintf("url: %q, %s, keepalive_timeout: %ds", healthy, patient, 4+n%3))
	proxy("stream", "/stream", "", fmt.Sprintf("url: %q, %s, streaming: {request: true, response: true}", healthy, patient))
	proxy("plain", "/plain", "", fmt.Sprintf("url: %q, %s", "http://"+s.plain, patient))
	proxy(fmt.Sprintf("extra-%d", n), fmt.Sprintf("/extra-%d", n), "", fmt.Sprintf("url: %q", "http://"+s.plain))
	for i, silent := range s.silent {
		proxy(fmt.Sprintf("stuck-%d", i+1), stuckPath(i), "",
			fmt.Sprintf("url: %q, handshake_timeout: %v, connect_timeout: 20s", silent.URL, s.timeout))
	}
	for _, backend := range s.faults.backends {
		if fronted(backend) {
			proxy(backend.Name, faultPath(backend.Name), "", fmt.Sprintf("url: %q%s", backend.URL, servers(backend)))
		}
	}
	response := s.backend("response-silent").URL
	proxy("slow-call", "/slow-call", "api_timeout: 500ms, ", fmt.Sprintf("url: %q", response))
	proxy("one-place", "/one-place", "max_in_flight: 1, ", fmt.Sprintf("url: %q", response))
	proxy("no-path", "/no-path", "", fmt.Sprintf("url: %q, dynamic_url: true", "http://"+s.plain))
	proxy("no-path-but-a-query", "/no-path-but-a-query", "", fmt.Sprintf("url: %q, dynamic_url: true", "http://"+s.plain+"?x=1"))
	if _, port, err := net.SplitHostPort(s.backend("tls-wrong-name").Address); err == nil {
		proxy("by-name", "/by-name", "", fmt.Sprintf("url: %q", "https://localhost:"+port))
	}
	return b.String()
}

// mistaken is a configuration that a reload has to refuse.
func (s surroundings) mistaken(n int) string {
	return s.config(n) + "  - {name: mistake, base_path: /mistake, target: {ulr: \"http://127.0.0.1\"}}\n"
}

func stuckPath(i int) string { return fmt.Sprintf("/stuck/%d", i+1) }

func faultPath(name string) string { return "/fault/" + name }

// fronted tells whether a backend of the lab has an API proxy here. The forward proxy is the one of the gateway's own lab:
// a forward proxy of the configuration would be one for all targets.
func fronted(b labBackend) bool { return b.Note == "" && !b.ForwardProxy && b.Name != "healthy" }

// servers are the settings of a target with several of them.
func servers(b labBackend) string {
	if len(b.Servers) == 0 {
		return ""
	}
	var list []string
	for i, address := range b.Servers {
		host, port, _ := strings.Cut(address, ":")
		list = append(list, fmt.Sprintf("{name: server%d, host: %s, port: %s}", i+1, host, port))
	}
	return ", load_balancer: {max_failures: 1}, servers: [" + strings.Join(list, ", ") + "]"
}

func (s surroundings) backend(name string) labBackend {
	for _, b := range s.faults.backends {
		if b.Name == name {
			return b
		}
	}
	panic("the lab has no backend " + name + " but " + fmt.Sprint(lab.Names()))
}

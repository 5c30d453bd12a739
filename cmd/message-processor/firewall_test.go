//go:build linux

package main

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"message-processor/faults/lab"
)

// The two causes of a handshake timeout that look alike from above, told apart by the kernel's counters alone. The
// firewall is a real one, in front of a backend that is well.
func TestAFirewallAndASilentBackendAreNeverMixedUp(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	running, err := lab.Start(t.Context(), lab.Options{Names: []string{"healthy", "tls-silent"}})
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	well, silent := running.Backends()[0], running.Backends()[1]
	_, port, err := net.SplitHostPort(well.Address)
	if err != nil {
		t.Fatal(err)
	}
	firewall(t, dropsPayload(port))

	const runs = 20
	const timeout = "500ms"
	behind := serving(t, "--target", well.URL, "--handshake-timeout", timeout)
	before := serving(t, "--target", silent.URL, "--handshake-timeout", timeout)
	free := make(chan struct{}, 8)
	var all sync.WaitGroup
	for range runs {
		for _, c := range []struct {
			gateway *process
			url     string
			want    string
		}{{behind, well.URL, "firewall-drops-data"}, {before, silent.URL, "backend-silent"}} {
			free <- struct{}{}
			all.Go(func() {
				defer func() { <-free }()
				if err := answers502(c.gateway); err != nil {
					t.Error(c.want, ": ", err)
				}
				if v := probed(t, 1, c.url, "--handshake-timeout", timeout); v.ID != c.want {
					t.Errorf("%s, want %s: %+v", v.ID, c.want, v)
				}
			})
		}
	}
	all.Wait()
	if n := dropped(t); n < 2*runs {
		t.Errorf("the firewall has dropped %d packets, want at least one of each handshake", n)
	}
}

// answers502 asks a gateway whose target never finishes a handshake.
func answers502(gateway *process) error {
	began := time.Now()
	got, err := get(gateway.gateway + "/")
	if err != nil {
		return err
	}
	if took := time.Since(began); got.status != 502 || !strings.Contains(got.body, "BadGateway") || took < 500*time.Millisecond {
		return fmt.Errorf("status %d after %v: %s", got.status, took, got.body)
	}
	return nil
}

// A firewall that rejects, and one that drops all of a port, are other cases.
func TestOtherFirewallsGetOtherVerdicts(t *testing.T) {
	t.Parallel()
	if !inNamespace(t) {
		return
	}
	running, err := lab.Start(t.Context(), lab.Options{Names: []string{"healthy"}})
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	well := running.Backends()[0]
	_, port, _ := net.SplitHostPort(well.Address)
	firewall(t,
		"ip saddr 127.0.0.2 tcp dport "+port+" drop",
		"ip saddr 127.0.0.3 tcp dport "+port+" reject with tcp reset",
		"ip saddr 127.0.0.4 tcp dport "+port+" reject with icmp type host-unreachable",
	)
	for from, want := range map[string]string{
		"127.0.0.1": "certificate-untrusted", // gets through to TLS
		"127.0.0.2": "connection-filtered",
		"127.0.0.3": "connection-refused",
		"127.0.0.4": "no-route",
	} {
		if v := probed(t, 1, well.URL, "--from", from, "--connect-timeout", "800ms"); v.ID != want {
			t.Errorf("from %s: %s, want %s: %+v", from, v.ID, want, v)
		}
	}
}

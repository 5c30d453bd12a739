package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"message-processor/faults"
)

// stuckHandshakes get stuck at the same time in the test. Each takes one file here and two in the gateway.
const stuckHandshakes = 2000

const stuckConfig = `
management: {pprof: true}
tracing: {ui: ""}
defaults: {keepalive_timeout: 500ms, tls: {ca_file: %s}}
proxies:
  - {name: silent, base_path: /silent, target: {url: %q, handshake_timeout: %v}}
  - {name: well, base_path: /well, target: {url: %q}}
`

// behindSilence starts a lab and a gateway, each as a process of its own.
func behindSilence(t *testing.T, timeout time.Duration) *process {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	backends := start(t, "lab", "--json", "--write-ca", ca, "healthy", "tls-silent")
	backends.mustAwait(t, &backends.stdout, `(?m)^\]$`)
	var rows []labRow
	if err := json.Unmarshal([]byte(backends.stdout.String()), &rows); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(stuckConfig, ca, rows[1].URL, timeout, rows[0].URL)
	return serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), text))
}

// askWell asks the healthy API proxy again and again over four kept connections, and counts the answers. All have to be good.
func askWell(t *testing.T, gateway *process) (stop func() int) {
	var answers atomic.Int64
	ended, all := make(chan struct{}), new(sync.WaitGroup)
	for range 4 {
		transport := &http.Transport{}
		all.Go(func() {
			defer transport.CloseIdleConnections()
			for tick := time.NewTicker(20 * time.Millisecond); ; {
				r, err := sendOn(transport, http.MethodGet, gateway.gateway+"/well", nil)
				if err != nil || r.status != http.StatusOK {
					t.Errorf("beside the stuck handshakes: %d, %v", r.status, err)
				}
				answers.Add(1)
				select {
				case <-ended:
					return
				case <-tick.C:
				}
			}
		})
	}
	stop = sync.OnceValue(func() int { close(ended); all.Wait(); return int(answers.Load()) })
	t.Cleanup(func() { stop() })
	return stop
}

// It is not parallel: the load would spoil the timing of other tests.
func TestTwoThousandStuckHandshakesHarmNobodyAndLeaveNothingBehind(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 2*stuckHandshakes+500 {
		t.Skipf("needs %d open files, the limit is %d", 2*stuckHandshakes+500, limit.Cur)
	}
	const timeout = 6 * time.Second
	gateway := behindSilence(t, timeout)
	for range 4 { // fills pools and caches
		mustGet(t, gateway.gateway+"/well")
	}
	eventually(t, "the pool is empty", func() bool { return strings.Contains(metricsPage(t, gateway), "\napigee_channel_open 0\n") })
	before := footprintOf(t, gateway)

	stop := askWell(t, gateway)
	answers := getStuck(t, gateway, stuckHandshakes)
	eventually(t, "most of them are stuck at the same time", func() bool { // all, unless the machine is very busy
		return number(t, metricsPage(t, gateway), `(?m)^http_server_active_requests (\d+)$`) >= stuckHandshakes*3/4
	})
	stuck := answers()
	if n := stop(); n < 100 {
		t.Errorf("only %d healthy answers beside them", n)
	}

	var after footprint
	eventually(t, "back to where it started", func() bool {
		after = footprintOf(t, gateway)
		return after.files <= before.files && after.goroutines <= before.goroutines
	})
	t.Logf("before %+v, after %+v", before, after)
	gateway.stop(t)
	checkStuck(t, gateway, stuck, timeout)
}

// getStuck asks the silent API proxy so many times at once. answers waits for all of them.
func getStuck(t *testing.T, gateway *process, n int) (answers func() []reply) {
	all := make([]reply, n)
	var asking sync.WaitGroup
	for i := range all {
		asking.Go(func() {
			var err error
			if all[i], err = get(gateway.gateway + "/silent"); err != nil {
				t.Error(err)
			}
		})
	}
	return func() []reply { asking.Wait(); return all }
}

// checkStuck wants of each the fault of the handshake timeout, not before its time, and one line in system.log.
func checkStuck(t *testing.T, gateway *process, answers []reply, timeout time.Duration) {
	t.Helper()
	fault, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	body := string(fault.Body(faults.Vars{}, false))
	lines := map[string]int{}
	for _, line := range linesWith(gateway.stdout.String(), "handshakeTimeout()") {
		_, id, _ := strings.Cut(line, "messageid:")
		id, _, _ = strings.Cut(id, " ")
		lines[id]++
	}
	for _, r := range answers {
		if r.status != fault.Status || r.header.Get("X-Apigee-fault-code") != fault.TraceCode || r.body != body || r.took < timeout {
			t.Fatalf("%d %q %s after %v", r.status, r.header.Get("X-Apigee-fault-code"), r.body, r.took)
		}
		if lines[r.id()] != 1 {
			t.Fatalf("%d lines in system.log about %s", lines[r.id()], r.id())
		}
	}
	if len(lines) != len(answers) {
		t.Errorf("%d requests in system.log, %d were sent", len(lines), len(answers))
	}
}

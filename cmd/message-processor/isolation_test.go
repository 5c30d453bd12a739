package main

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// trouble is a gateway two of whose three targets hang: one in its handshakes, one in its answers. 20 requests of each API
// proxy may be under way.
const trouble = `
defaults: {handshake_timeout: 1m, io_timeout: 1m}
limits: {in_flight: 20}
shutdown_timeout: 1s
lab: [{name: tls-silent, does: tls-silent}, {name: response-silent, does: response-silent}, {name: healthy, does: healthy}]
`

func TestTargetsThatHangTakeOnlyTheirOwnPlaces(t *testing.T) {
	t.Parallel()
	p := serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), trouble))
	hung := []string{"lab-tls-silent", "lab-response-silent"}
	for _, api := range hung {
		for range 20 {
			later(p.gateway + "/lab/" + strings.TrimPrefix(api, "lab-")) // the end of the gateway ends it
		}
	}
	eventually(t, "all places of the targets that hang are taken", func() bool {
		taken := totals(metricsPage(t, p), "apigee_proxy_active_requests", "apigee_api")
		return taken[hung[0]] == 20 && taken[hung[1]] == 20
	})
	for _, api := range hung {
		if r := mustGet(t, p.gateway+"/lab/"+strings.TrimPrefix(api, "lab-")); r.status != 503 || r.took > patience/2 {
			t.Errorf("%s: one more is answered %d after %v", api, r.status, r.took)
		}
		p.mustAwait(t, &p.stdout, "api:"+api+" .* ERROR HTTP.SERVER .*The gateway is at its limit: 20 requests in flight for API proxy "+api)
	}
	healthy(t, p, 500)
	p.checkTrouble(t)
}

// healthy sends so many requests over ten connections, and expects that all of them succeed.
func healthy(t *testing.T, p *process, requests int) {
	t.Helper()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			client := &keepAlive{address: hostOf(p.gateway)}
			defer client.close()
			for range requests / 10 {
				if status, err := client.do("/lab/healthy"); err != nil || status != 200 {
					t.Errorf("beside targets that hang: %d %v", status, err)
				}
			}
		})
	}
	all.Wait()
}

// checkTrouble reads the metrics of the bounds.
func (p *process) checkTrouble(t *testing.T) {
	t.Helper()
	page := metricsPage(t, p)
	var got = map[string]map[string]int{
		"limit":   totals(page, "apigee_proxy_active_requests_limit", "apigee_api"),
		"refused": totals(page, "apigee_requests_refused_total", "apigee_api", "reason"),
	}
	want := map[string]map[string]int{
		"limit": {"lab-tls-silent": 20, "lab-response-silent": 20, "lab-healthy": 20},
		"refused": {"none client_connections": 0,
			"lab-tls-silent max_in_flight": 1, "lab-response-silent max_in_flight": 1, "lab-healthy max_in_flight": 0,
			"lab-tls-silent buffered_bodies": 0, "lab-response-silent buffered_bodies": 0, "lab-healthy buffered_bodies": 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := total(t, page, "apigee_client_connections"); n < 40 || total(t, page, "apigee_client_connections_limit") != 65536 {
		t.Errorf("%v client connections", n)
	}
}

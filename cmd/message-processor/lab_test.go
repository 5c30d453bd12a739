package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// runningLab runs the lab command as a process of its own and returns its backends by name.
func runningLab(t *testing.T, args ...string) (*process, map[string]labRow) {
	t.Helper()
	p := start(t, append([]string{"lab", "--json"}, args...)...)
	p.mustAwait(t, &p.stdout, `(?m)^\]$`)
	var rows []labRow
	if err := json.Unmarshal([]byte(p.stdout.String()), &rows); err != nil {
		t.Fatal(err)
	}
	backends := map[string]labRow{}
	for _, row := range rows {
		backends[row.Name] = row
	}
	return p, backends
}

func TestTheLabAndAGatewayWorkTogetherAsTwoProcesses(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "lab-ca.pem")
	lab, backends := runningLab(t, "--write-ca", ca, "healthy", "tls-silent", "tls-unknown-ca")

	trusting := serving(t, "--target", backends["healthy"].URL, "--tls-ca", ca)
	expectBody(t, trusting.gateway+"/orders", 200, `"path":"/orders"`)

	doubting := serving(t, "--target", backends["healthy"].URL)
	expectBody(t, doubting.gateway+"/orders", 503, "unable to find valid certification path")
	careless := serving(t, "--target", backends["tls-unknown-ca"].URL, "--tls-verify", "none")
	expectBody(t, careless.gateway+"/orders", 200, `"path":"/orders"`)
	waiting := serving(t, "--target", backends["tls-silent"].URL, "--tls-ca", ca, "--handshake-timeout", "400ms")
	expectBody(t, waiting.gateway+"/", 502, `"errorcode":"messaging.adaptors.http.flow.BadGateway"`)

	lab.signal(t, syscall.SIGTERM)
	lab.mustExit(t, 0)
	r := mustGet(t, waiting.gateway+"/")
	if r.status != 503 || r.header.Get("X-Apigee-fault-code") != "messaging.adaptors.http.flow.ServiceUnavailable" {
		t.Errorf("after the end of the lab: %d %s", r.status, r.body)
	}
	for _, p := range []*process{trusting, doubting, careless, waiting} {
		p.stop(t)
	}
}

func TestOneTargetIsTheAPIProxyDefaultAtTheRoot(t *testing.T) {
	t.Parallel()
	received := make(chan *http.Request, 1)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received <- r
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(backend.Close)
	p := serving(t, "--target", backend.URL+"/api", "--organization", "bank", "--environment", "prod")
	if said := p.stderr.String(); strings.Contains(said, "curl") {
		t.Errorf("the lab is listed although it is not fronted:\n%s", said)
	}
	answered := mustGet(t, p.gateway+"/v1/orders?id=7")
	r := <-received
	if r.RequestURI != "/api/v1/orders?id=7" || r.Host != hostOf(backend.URL) || r.Header.Get("X-Apigee-Message-ID") != answered.id() {
		t.Errorf("the target received %s, Host %s, %v", r.RequestURI, r.Host, r.Header)
	}
	if rev := answered.header.Get("X-Apigee-fault-revision"); answered.status != http.StatusTeapot ||
		rev != "/organizations/bank/environments/prod/apiproxies/default/revisions/1" {
		t.Errorf("%d %v", answered.status, answered.header)
	}
	p.stop(t)
}

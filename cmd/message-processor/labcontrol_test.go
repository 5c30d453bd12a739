package main

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheControlAPIIsForThisMachineAlone(t *testing.T) {
	for address, fine := range map[string]bool{
		"127.0.0.1:0": true, "127.1.2.3:7070": true, "[::1]:7070": true, "localhost:0": true,
		"0.0.0.0:7070": false, ":7070": false, "[::]:7070": false, "192.0.2.1:7070": false, "lab.example:7070": false,
		"127.0.0.1": false, "": false,
	} {
		if err := onLoopback(address); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestARunningLabIsSwitchedOverItsControlAPI(t *testing.T) {
	t.Parallel()
	p := start(t, "lab", "--json", "--control", "127.0.0.1:0", "healthy")
	control := "http://" + p.mustAwait(t, &p.stderr, `(?m)^message-processor lab control=(\S+)$`)[1]
	request, err := http.NewRequest(http.MethodPost, control+"/backends/healthy", strings.NewReader(`{"does":"status-503","for":"1h"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != 200 || !strings.Contains(string(body), `"does":"status-503"`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if r := mustGet(t, control+"/backends"); r.status != 200 || !strings.Contains(r.body, `"for":"59m`) && !strings.Contains(r.body, `"for":"1h`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	p.stop(t)
}

func TestTheLabBehindAGatewayIsSwitchedOverTheManagementListener(t *testing.T) {
	t.Parallel()
	p := serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "lab: [{name: outage, does: healthy}]\n"))
	url := p.gateway + "/lab/outage"
	if r := mustGet(t, url); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	curl(t, "--header", "Content-Type: application/json", "--data", `{"does":"tls-close"}`, p.management+"/lab/backends/outage")
	if r := mustGet(t, url); r.header.Get("X-Apigee-fault-code") != "messaging.adaptors.http.UnexpectedEOFAtTarget" {
		t.Errorf("switched: %d %s", r.status, r.body)
	}
	curl(t, "--request", "DELETE", "--header", "X-Requested-With: curl", p.management+"/lab/backends/outage")
	if r := mustGet(t, url); r.status != http.StatusOK {
		t.Errorf("switched back: %d %s", r.status, r.body)
	}
}

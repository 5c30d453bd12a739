package main

import (
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// alertmanagerTo runs a real Alertmanager, which passes on at once what it gets to a webhook, and returns its URL.
func alertmanagerTo(t *testing.T, webhook string) string {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	config := write(t, filepath.Join(dir, "alertmanager.yml"), `
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: "`+webhook+`"}]}]
`)
	p := beside(t, exec.Command(component(t, "prometheus-alertmanager"), "--config.file="+config,
		"--web.listen-address="+address, "--cluster.listen-address=", "--storage.path="+dir))
	eventually(t, "the Alertmanager is ready", func() bool {
		select {
		case <-p.ended:
			t.Fatal("the Alertmanager has ended")
		default:
		}
		r, err := get("http://" + address + "/-/ready")
		return err == nil && r.status == http.StatusOK
	})
	return "http://" + address
}

// managedAlerts are what an Alertmanager knows, as its API shows it.
type managedAlerts []struct {
	Labels, Annotations map[string]string
	GeneratorURL        string
	Status              struct{ State string }
}

func TestARealAlertmanagerShowsTheAlertPassesItOnAndHearsOfItsEnd(t *testing.T) {
	t.Parallel()
	component(t, "prometheus-alertmanager")
	h := startHook(t)
	manager := alertmanagerTo(t, h.url)
	p := serving(t, "--config", burning(t, "{channel: alertmanager, destination: \""+manager+"\"}"))
	timeouts(t, p, 5)

	var known managedAlerts
	eventually(t, "the Alertmanager shows the alert", func() bool {
		known = nil
		return json.Unmarshal([]byte(mustGet(t, manager+"/api/v2/alerts").body), &known) == nil && len(known) == 1
	})
	a := known[0]
	for name, want := range map[string]string{"alertname": "Bad gateways", "org": "acme", "env": "test",
		"faultCode": "messaging.adaptors.http.BadGateway", "instance": hostname()} {
		if a.Labels[name] != want {
			t.Errorf("label %s is %q, want %q", name, a.Labels[name], want)
		}
	}
	if a.Status.State != "active" || !strings.HasPrefix(a.Annotations["summary"], "count ") || a.Annotations["messageids"] == "" ||
		!strings.HasPrefix(a.GeneratorURL, p.management+"/monitoring/alerts#alert-") {
		t.Errorf("%+v", a)
	}
	if m := h.next(t); !strings.Contains(string(m.body), `"status":"firing"`) {
		t.Errorf("passed on: %s", m.body)
	}
	if m := h.next(t); !strings.Contains(string(m.body), `"status":"resolved"`) {
		t.Errorf("passed on: %s", m.body)
	}
	p.stop(t)
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/tracing/alert"
)

// burning is a configuration whose alert fires when more than three handshakes time out within two seconds, which it
// looks at five times in a second.
func burning(t *testing.T, notification string) string {
	t.Helper()
	return write(t, filepath.Join(t.TempDir(), "gateway.yaml"), `
defaults: {handshake_timeout: 100ms}
lab: [{name: tls-silent, does: tls-silent}]
alerts:
  - name: Bad gateways
    conditions:
      - {dimensions: {faultCode: messaging.adaptors.http.BadGateway}, metric: count, threshold: 3, comparator: ">", durationSeconds: 2}
    notifications: [`+notification+`]
    throttleIntervalSeconds: 3600
`)
}

// hook is a webhook.
type hook struct {
	url      string
	messages chan hookMessage
}

type hookMessage struct {
	head http.Header
	body []byte
}

func startHook(t *testing.T) hook {
	t.Helper()
	h := hook{messages: make(chan hookMessage, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.messages <- hookMessage{r.Header, body}
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h hook) next(t *testing.T) hookMessage {
	t.Helper()
	select {
	case m := <-h.messages:
		return m
	case <-time.After(patience):
		t.Fatal("the webhook is not told")
		return hookMessage{}
	}
}

// timeouts lets handshakes time out, some at a time.
func timeouts(t *testing.T, p *process, n int) {
	t.Helper()
	var answers []<-chan result
	for range n {
		answers = append(answers, later(p.gateway+"/lab/tls-silent"))
	}
	for _, answer := range answers {
		if r := <-answer; r.err != nil || r.status != 502 {
			t.Errorf("%d %s %v", r.status, r.body, r.err)
		}
	}
}

func TestAnAlertFiresTellsAndIsResolved(t *testing.T) {
	t.Parallel()
	h := startHook(t)
	file := burning(t, "{channel: webhook, destination: \""+h.url+"/hook\", secret_file: hook.key}")
	write(t, filepath.Join(filepath.Dir(file), "hook.key"), "s3cret\n")
	p := serving(t, "--config", file)
	timeouts(t, p, 5)

	line := p.mustAwait(t, &p.stdout, `WARN  BOOTSTRAP - Alert\.fire\(\) : Bad gateways: count \d > 3 within 2s `+
		`\(faultCode messaging\.adaptors\.http\.BadGateway\), last messageid: (\S+)`)
	m := h.next(t)
	if got := m.head.Get(alert.SignatureField); got != alert.Sign([]byte("s3cret"), m.head.Get(alert.TimestampField), m.body) {
		t.Errorf("signature %s", got)
	}
	var told struct {
		Status       string
		Transactions []struct{ MessageID, Trace string }
	}
	if err := json.Unmarshal(m.body, &told); err != nil || told.Status != "firing" || len(told.Transactions) == 0 {
		t.Fatalf("%v %s", err, m.body)
	}
	expectBody(t, told.Transactions[0].Trace, 200, "TLS handshake")
	expectBody(t, p.management+"/monitoring/alerts", 200, line[1])
	if len(linesWith(p.stdout.String(), "messageid:"+line[1])) == 0 {
		t.Errorf("no line of %s in system.log", line[1])
	}

	p.mustAwait(t, &p.stdout, `INFO  BOOTSTRAP - Alert\.resolve\(\) : Bad gateways: resolved after `)
	if m := h.next(t); !strings.Contains(string(m.body), `"status":"resolved"`) {
		t.Errorf("%s", m.body)
	}
	p.stop(t)
}

func TestAlertsKeepWhatTheyHaveSeenAcrossAReloadAndAHangingWebhookHoldsNothingUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(release) })
	h := startHook(t)
	file := burning(t, fmt.Sprintf("{channel: webhook, destination: %q}, {channel: webhook, destination: %q}", hanging.URL, h.url))
	p := serving(t, "--config", file)
	made, err := send(http.MethodPost, p.management+"/apimonitoring/alerts", strings.NewReader(
		`{"name":"made","conditions":[{"metric":"count","threshold":0,"comparator":">","durationSeconds":60}]}`))
	if err != nil || made.status != http.StatusCreated {
		t.Fatalf("%d %s %v", made.status, made.body, err)
	}
	timeouts(t, p, 5)
	h.next(t)
	p.reload(t, "configuration reloaded")
	h.next(t) // resolved: the state is kept, or there would be nothing to resolve
	var list []struct {
		Name, Source string
		Values       []float64
		History      []any
	}
	if err := json.Unmarshal([]byte(mustGet(t, p.management+"/apimonitoring/alerts?org=acme").body), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Source != "file" || len(list[0].History) != 1 || list[1].Source != "api" || list[1].Values[0] != 5 {
		t.Errorf("%+v", list)
	}
	start := time.Now()
	p.stop(t)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
}

func TestTheShippedAlertIsTheOneOfThePlaybook(t *testing.T) {
	text, err := os.ReadFile("../../deploy/alerts/bad-gateway.yaml")
	if err != nil {
		t.Fatal(err)
	}
	g, err := config.Parse("bad-gateway.yaml", append([]byte(proxiesYAML), text...), config.Overrides{})
	if err == nil {
		err = checkNames(g, "bad-gateway.yaml")
	}
	if err != nil || len(g.Warnings) > 0 {
		t.Fatal(err, g.Warnings)
	}
	if c := g.Alerts[0].Conditions[0]; c.Dimensions.FaultCode != "messaging.adaptors.http.BadGateway" || c.Metric != "count" ||
		c.Threshold != 10 || c.DurationSeconds != 600 || !g.Alerts[0].Enabled {
		t.Errorf("%+v", g.Alerts)
	}
	// What the comments offer loads too.
	offered := regexp.MustCompile(`notifications: \[\].*`).ReplaceAllString(string(text), "notifications:")
	offered = strings.ReplaceAll(offered, "      # - {", "      - {")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "hook.key"), "x")
	g, err = config.Parse(filepath.Join(dir, "f"), []byte(proxiesYAML+offered), config.Overrides{})
	if err != nil || len(g.Alerts[0].Notifications) != 2 {
		t.Errorf("%v", err)
	}
}

const proxiesYAML = "proxies: [{name: a, base_path: /a, target: {url: \"https://a.example.com\"}}]\n"

func TestCheckTellsOfFaultCodesThatNoFaultHasTogetherWithUnknownBackends(t *testing.T) {
	file := write(t, filepath.Join(t.TempDir(), "g.yaml"), `
lab: [{name: a, does: nothing}]
alerts:
  - name: a
    conditions:
      - {metric: count, threshold: 1, comparator: ">", durationSeconds: 1, dimensions: {faultCode: messaging.adaptors.http.flow.BadGateway}}
`)
	p := start(t, "check", "--config", file)
	p.mustExit(t, 1)
	for _, want := range []string{
		file + `:2: lab[0].does: `,
		file + `:6: alerts[0].conditions[0].dimensions.faultCode: is "messaging.adaptors.http.flow.BadGateway", which stands in ` +
			`the body of the fault; in traces and monitoring its code is "messaging.adaptors.http.BadGateway"; allowed: a code that`,
	} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("no %s in\n%s", want, &p.stdout)
		}
	}
}

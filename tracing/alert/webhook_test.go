package alert

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/config"
	"message-processor/faults"
)

// real is an engine in real time with an alert that looks ten times in a second.
func real(t *testing.T, b *bench, to config.AlertNotification) *Engine {
	t.Helper()
	e := New(Options{Warn: func(line string) { t.Log(line) }, Info: func(line string) { t.Log(line) }, Instance: "mp1",
		URL: func() string { return "http://127.0.0.1:8082" }})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		e.Close(ctx)
	})
	e.Configure(gateway(badGateways(func(a *config.Alert) {
		a.Conditions[0].DurationSeconds, a.Description = 1, "handshakes time out"
		a.Notifications = []config.AlertNotification{to}
	})))
	for range 4 {
		e.Observe(b.record(failed(faults.BadGatewayTLSHandshakeTimeout)))
	}
	return e
}

func TestAWebhookReceivesWhatIsDocumentedAndCanCheckTheSignature(t *testing.T) {
	type message struct {
		head http.Header
		body []byte
	}
	received := make(chan message, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received <- message{r.Header, body}
	}))
	defer hook.Close()
	b := &bench{}
	e := real(t, b, config.AlertNotification{Channel: "webhook", Destination: hook.URL + "/x?token=1", Secret: []byte("s3cret")})

	fired := <-received
	timestamp := fired.head.Get(TimestampField)
	if got, want := fired.head.Get(SignatureField), Sign([]byte("s3cret"), timestamp, fired.body); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	if seconds, err := strconv.ParseInt(timestamp, 10, 64); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
		t.Errorf("timestamp %q", timestamp)
	}
	var body webhookBody
	if err := json.Unmarshal(fired.body, &body); err != nil {
		t.Fatal(err)
	}
	status := e.List()[0]
	value := *body.ThresholdViolationsFormatted[0].Value
	want := webhookBody{
		AlertInstanceID: status.History[0].ID, AlertName: "Bad gateways", Org: "acme", Description: "handshakes time out",
		AlertID: status.UUID, AlertTime: body.AlertTime, Playbook: "https://wiki.example/502",
		ThresholdViolations: map[string]string{"Count0": "Duration=1 second Fault Code=messaging.adaptors.http.BadGateway Violation=sustained above 3"},
		ThresholdViolationsFormatted: []webhookViolation{{Metric: "count", Duration: "1 second", Comparator: ">", Threshold: 3,
			FaultCode: "messaging.adaptors.http.BadGateway", Violation: "sustained above 3", Value: &value}},
		Status: Firing, Env: "test", Instance: "mp1", StartsAt: body.StartsAt, Transactions: body.Transactions,
		URL: "http://127.0.0.1:8082/monitoring/alerts#alert-" + status.UUID,
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	last := body.Transactions[0]
	if value != 4 || len(body.Transactions) != 4 || last.FaultCode != "messaging.adaptors.http.BadGateway" ||
		last.Trace != "http://127.0.0.1:8082/faults/"+last.MessageID || last.StatusCode != 502 || last.Proxy != "orders" {
		t.Errorf("value %v, transactions %+v", value, body.Transactions)
	}
	resolved := <-received
	if err := json.Unmarshal(resolved.body, &body); err != nil || body.Status != Resolved || body.EndsAt == nil {
		t.Errorf("%s %v", resolved.body, err)
	}
}

func TestASignatureDependsOnSecretTimeAndBody(t *testing.T) {
	// echo -n '1795342542.{"a":1}' | openssl dgst -sha256 -hmac s3cret
	const want = "sha256=f1f4f11bc8650dee36d758d13846ecb7c40b6cbe78b4efe94efa8a4e09c0f03d"
	got := Sign([]byte("s3cret"), "1795342542", []byte(`{"a":1}`))
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, other := range []string{
		Sign([]byte("secret"), "1795342542", []byte(`{"a":1}`)), Sign([]byte("s3cret"), "1795342543", []byte(`{"a":1}`)),
		Sign([]byte("s3cret"), "1795342542", []byte(`{"a":2}`)),
	} {
		if other == got {
			t.Error("two messages with one signature")
		}
	}
}

func TestARedirectToElsewhereIsNotFollowed(t *testing.T) {
	elsewhere := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere <- r.URL.Path }))
	defer other.Close()
	hook := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer hook.Close()
	e := real(t, &bench{}, config.AlertNotification{Channel: "webhook", Destination: hook.URL})
	deadline := time.Now().Add(10 * time.Second)
	for len(e.List()[0].Deliveries) == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if d := e.List()[0].Deliveries; len(d) == 0 || !strings.Contains(d[0].Err, "a redirect, which is not followed") {
		t.Errorf("%+v", d)
	}
	select {
	case path := <-elsewhere:
		t.Errorf("sent to %s of another server", path)
	default:
	}
}

func TestLinesAndErrorsDoNotShowTheURLOfAWebhook(t *testing.T) {
	b := &bench{}
	e := real(t, b, config.AlertNotification{Channel: "webhook", Destination: "http://127.0.0.1:1/hook/token?key=secret"})
	deadline := time.Now().Add(10 * time.Second)
	for len(e.List()[0].Deliveries) == 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	d := e.List()[0].Deliveries
	if len(d) != 1 || !d[0].Pending || strings.Contains(d[0].Err+d[0].Destination, "token") || d[0].Destination != "http://127.0.0.1:1" {
		t.Errorf("%+v", d)
	}
}

func TestAnAlertmanagerGetsLabelsThatNameTheAlertAndAnnotationsThatExplainIt(t *testing.T) {
	n := &notice{uuid: "u", state: Firing, at: time.Now(), alert: badGateways(func(a *config.Alert) {
		a.Conditions[0].Dimensions = config.AlertDimensions{Org: "ANY", Env: "test", Proxy: "orders", Region: "ANY",
			FaultCode: "messaging.adaptors.http.BadGateway"}
		second := a.Conditions[0]
		second.Dimensions.Proxy = "hotels"
		a.Conditions = append(a.Conditions, second)
	})}
	n.episode.Transactions = []Transaction{{MessageID: "mp1-1-1-1"}}
	n.violations = []Violation{{n.alert.Conditions[0], 4, true}}
	got := managed(t, sent{body: string(n.alertmanager(&Options{Instance: "mp1"}))})
	labels := map[string]string{"alertname": "Bad gateways", "org": "acme", "env": "test", "instance": "mp1",
		"faultCode": "messaging.adaptors.http.BadGateway"}
	if diff := cmp.Diff(labels, got.Labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	annotations := map[string]string{"playbook": "https://wiki.example/502", "runbook_url": "https://wiki.example/502",
		"messageids": "mp1-1-1-1", "summary": "count 4 > 3 within 1m0s (env test, proxy orders, faultCode messaging.adaptors.http.BadGateway)"}
	if diff := cmp.Diff(annotations, got.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestTheDocumentShowsEveryMemberThatAWebhookReceivesAndNoOther(t *testing.T) {
	text, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "**A webhook**")
	_, example, _ = strings.Cut(example, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	var shown webhookBody
	decoder := json.NewDecoder(strings.NewReader(example))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&shown); err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(example, ">", `\u003e`), string(again)+"\n"); diff != "" {
		t.Errorf("(-shown +sent):\n%s", diff)
	}
}

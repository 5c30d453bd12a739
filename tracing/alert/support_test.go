package alert

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/tracing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// badGateways fires when there are more than three handshake timeouts within a minute, which makes it look every six
// seconds.
func badGateways(change ...func(*config.Alert)) config.Alert {
	a := config.Alert{Organization: "acme", Environment: "test", Name: "Bad gateways", Enabled: true,
		Playbook: "https://wiki.example/502", ThrottleIntervalSeconds: 600,
		Conditions: []config.AlertCondition{{
			Metric: config.MetricCount, Threshold: 3, Comparator: ">", DurationSeconds: 60,
			Dimensions: config.AlertDimensions{FaultCode: "messaging.adaptors.http.BadGateway"},
		}},
		Notifications: []config.AlertNotification{{Channel: "webhook", Destination: "http://hook.example/path/token"}},
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

func gateway(alerts ...config.Alert) *config.Gateway {
	return &config.Gateway{Organization: "acme", Environment: "test", Alerts: alerts}
}

// bench is an engine in a bubble of virtual time, with everything it says and sends.
type bench struct {
	*Engine
	mutex    sync.Mutex
	lines    []string
	requests []sent
	answer   func(*http.Request) (*http.Response, error) // nil: 200
	serial   int
}

// sent is a request as the peer got it.
type sent struct {
	at   time.Time
	url  string
	head http.Header
	body string
}

func newBench(t *testing.T, alerts ...config.Alert) *bench {
	b := &bench{}
	say := func(level string) func(string) {
		return func(line string) {
			b.mutex.Lock()
			defer b.mutex.Unlock()
			b.lines = append(b.lines, level+" "+line)
		}
	}
	b.Engine = New(Options{Warn: say("WARN"), Info: say("INFO"), Instance: "mp1", Transport: b,
		URL: func() string { return "http://127.0.0.1:8082" }})
	t.Cleanup(func() { b.stop() })
	b.Configure(gateway(alerts...))
	synctest.Wait() // for the first evaluation
	return b
}

func (b *bench) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b.Close(ctx)
}

// RoundTrip is the network.
func (b *bench) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	b.mutex.Lock()
	b.requests = append(b.requests, sent{time.Now(), r.URL.String(), r.Header, string(body)})
	answer := b.answer
	b.mutex.Unlock()
	if answer != nil {
		return answer(r)
	}
	return answering(200)(r)
}

func answering(status int) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
	}
}

// setAnswer changes what the network does.
func (b *bench) setAnswer(answer func(*http.Request) (*http.Response, error)) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.answer = answer
}

// said are the lines so far, and forgets them.
func (b *bench) said() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	lines := b.lines
	b.lines = nil
	return lines
}

// received are the requests so far, and forgets them.
func (b *bench) received() []sent {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	list := b.requests
	b.requests = nil
	return list
}

// faults lets transactions end in handshake timeouts, now.
func (b *bench) faults(n int) {
	for range n {
		b.Observe(b.record(failed(faults.BadGatewayTLSHandshakeTimeout)))
	}
}

// record is a transaction of the proxy orders that ends now.
func (b *bench) record(change ...func(*tracing.Record)) *tracing.Record {
	b.serial++
	r := &tracing.Record{MessageID: fmt.Sprintf("mp1-1-%d-1", b.serial), Status: 200, End: time.Now(),
		API: tracing.API{Organization: "acme", Environment: "test", Name: "orders", Target: "orders.example.com:443"}}
	r.Start = r.End.Add(-100 * time.Millisecond)
	for _, c := range change {
		c(r)
	}
	return r
}

func failed(id faults.ID) func(*tracing.Record) {
	return func(r *tracing.Record) {
		fault, _ := faults.Find(id)
		r.Status, r.Failure = fault.Status, &tracing.Failure{Fault: fault}
	}
}

func passed(status int) func(*tracing.Record) {
	return func(r *tracing.Record) { r.Status, r.Passed = status, true }
}

// expectLines compares beginnings.
func expectLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("line %d:\n%s\nwant\n%s", i, got[i], want[i])
		}
	}
}

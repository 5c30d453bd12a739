package probe_test

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"message-processor/faults/diagnosis/probe"
	"message-processor/faults/lab"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

func TestMain(m *testing.M) {
	// fasthttp, in the lab, keeps one goroutine for the Date field.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
}

// start runs backends of the lab for the time of a test.
func start(t *testing.T, o lab.Options) *lab.Lab {
	t.Helper()
	running, err := lab.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	return running
}

// patient is for steps that are to end by themselves.
var patient = channel.Timeouts{Connect: 10 * time.Second, Handshake: 10 * time.Second, IO: 10 * time.Second}

// toward is a plan for a backend of the lab.
func toward(t *testing.T, l *lab.Lab, b lab.Backend, timeouts channel.Timeouts) probe.Plan {
	t.Helper()
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := 443
	if u.Port() != "" {
		port, _ = strconv.Atoi(u.Port())
	}
	p := probe.Plan{Host: u.Hostname(), Port: port, Timeouts: timeouts, Count: 1, Request: probe.Request{Host: u.Host, Path: u.RequestURI()}}
	if b.Secure {
		p.TLS = &channel.TLS{RootCAs: l.CA(), ServerName: b.ServerName}
	}
	return p
}

func run(t *testing.T, p probe.Plan) probe.Report {
	t.Helper()
	report, err := probe.Run(t.Context(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// expected are the lab's names with the timer that is to end, if one is, and the verdict.
var expected = []struct {
	name  string
	timer string
	want  verdict.ID
	says  string // a piece of summary or evidence
}{
	{"healthy", "", verdict.Healthy, "status 200"},
	{"tls-silent", "handshake", verdict.BackendSilent, "acknowledged it, but did not answer"},
	{"tls-blackhole", "handshake", verdict.FirewallDropsData, "times) was never acknowledged"},
	{"tls-slow", "", verdict.BackendSlow, "took 3."},
	{"tls-stall-after-server-hello", "handshake", verdict.BackendSlow, "began the TLS handshake"},
	{"tls-close", "", verdict.ClosedInHandshake, "bytes received"},
	{"tls-reset", "", verdict.ResetInHandshake, "(reset)"},
	{"tls-alert", "", verdict.TLSCipherMismatch, "alert: handshake_failure"},
	{"tls-old-version", "", verdict.TLSVersionMismatch, "alert: protocol_version"},
	{"tls-no-common-cipher", "", verdict.TLSCipherMismatch, "alert: handshake_failure"},
	{"tls-unknown-ca", "", verdict.CertificateUntrusted, "issued by CN=message-processor lab unknown CA"},
	{"tls-expired", "", verdict.CertificateExpired, "CN=lab"},
	{"tls-wrong-name", "", verdict.CertificateWrongName, "for elsewhere.invalid"},
	{"tls-client-cert-required", "", verdict.ClientCertificateRequired, "certificate_required"},
	{"plain-on-tls-port", "", verdict.NotTLS, "not TLS"},
	{"connect-refused", "", verdict.ConnectionRefused, "refuses connections"},
	{"connect-timeout", "connect", verdict.ConnectionFiltered, "does not answer connection attempts"},
	{"unreachable", "", verdict.NoRoute, "no way to"},
	{"dns-failure", "", verdict.NameNotResolved, "has no address"},
	{"response-silent", "io", verdict.ResponseSilent, "did not begin to answer"},
	{"response-stalls", "io", verdict.BackendSlow, "sent nothing more"},
	{"eof-before-response", "", verdict.ClosedBeforeResponse, "without answering"},
	{"eof-in-headers", "", verdict.ClosedInResponse, "in the middle of its answer"},
	{"eof-in-body", "", verdict.ClosedInResponse, "in the middle of its answer"},
	{"big-headers", "", verdict.Inconclusive, "not with an answer that can be passed on"},
	{"status-503", "", verdict.Healthy, "the backend's own answer"},
}

func TestEveryMisbehaviourOfTheLabGetsItsVerdict(t *testing.T) {
	names := []string{}
	for _, e := range expected {
		names = append(names, e.name)
	}
	running := start(t, lab.Options{Names: names, Set: map[string]string{"tls-slow.delay": "3100ms"}})
	backends := map[string]lab.Backend{}
	for _, b := range running.Backends() {
		backends[b.Name] = b
	}
	t.Run("all", func(t *testing.T) {
		for _, e := range expected {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				b := backends[e.name]
				if !b.Available {
					t.Skip(b.Note)
				}
				report := run(t, toward(t, running, b, shortened(e.timer)))
				v := report.Verdict
				text := v.Summary + "\n" + strings.Join(v.Evidence, "\n")
				if v.ID != e.want || !strings.Contains(text, e.says) {
					t.Errorf("%s, want %s with %q:\n%s", v.ID, e.want, e.says, text)
				}
			})
		}
	})
}

// shortened lets one timer end soon.
func shortened(timer string) channel.Timeouts {
	short, timeouts := 700*time.Millisecond, patient
	switch timer {
	case "connect":
		timeouts.Connect = short
	case "handshake":
		timeouts.Handshake = short
	case "io":
		timeouts.IO = short
	}
	return timeouts
}

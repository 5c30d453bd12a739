package tracing

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNothingIsExportedUnlessAskedFor(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string
	}{
		{nil, exportNone},
		{[]string{"OTEL_TRACES_EXPORTER=none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://x"}, exportNone},
		{[]string{"OTEL_SERVICE_NAME=x", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, exportNone},
		{[]string{"OTEL_SDK_DISABLED=TRUE", "OTEL_TRACES_EXPORTER=otlp"}, exportNone},
		{[]string{"OTEL_SDK_DISABLED=false", "OTEL_TRACES_EXPORTER=otlp"}, exportOTLP},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x"}, exportOTLP},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://x"}, exportOTLP},
		{[]string{"OTEL_TRACES_EXPORTER=console"}, exportConsole},
	} {
		if got, err := exporterKind(from(c.env...)); got != c.want || err != nil {
			t.Errorf("%v: %s, %v", c.env, got, err)
		}
	}
	if e, err := NewExporter(t.Context(), from(), ExportOptions{}); e != nil || err != nil {
		t.Errorf("%v, %v", e, err)
	}
}

func TestMistakesInTheEnvironmentAreToldClearly(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.pem")
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"OTEL_TRACES_EXPORTER=zipkin"}, `OTEL_TRACES_EXPORTER is "zipkin"; allowed: otlp, console, none`},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://x", "OTEL_EXPORTER_OTLP_PROTOCOL=http"},
			`OTEL_EXPORTER_OTLP_PROTOCOL is "http"; allowed: grpc, http/protobuf, http/json`},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318"},
			"OTEL_EXPORTER_OTLP_ENDPOINT begins with neither http:// nor https://; write http://collector:4318, or https://collector:4318 if the receiver speaks TLS"},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=127.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"},
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT begins with neither http:// nor https://; write http://127.0.0.1:4317, or https://127.0.0.1:4317 if the receiver speaks TLS"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=ftp://user:hush@x:1"},
			"OTEL_EXPORTER_OTLP_ENDPOINT begins with neither http:// nor https://; write http://x:1, or https://x:1 if the receiver speaks TLS"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://:4318"},
			"OTEL_EXPORTER_OTLP_ENDPOINT is not a URL with a host; allowed: one like http://localhost:4318"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://x", "OTEL_EXPORTER_OTLP_CERTIFICATE=" + missing},
			"OTEL_EXPORTER_OTLP_CERTIFICATE: open " + missing + ": no such file or directory"},
	} {
		e, err := NewExporter(t.Context(), from(c.env...), ExportOptions{})
		if e != nil || err == nil || err.Error() != c.want {
			t.Errorf("%v:\n%v, want\n%s", c.env, err, c.want)
		}
	}
}

func TestEndpointsThatCanWorkAreTaken(t *testing.T) {
	type told struct {
		Address  string
		Insecure bool
	}
	for _, c := range []struct {
		protocol string
		env      []string
		want     told
	}{
		{ProtocolHTTP, nil, told{"", true}},
		{ProtocolHTTP, []string{"OTEL_EXPORTER_OTLP_INSECURE=false"}, told{"", false}},
		{ProtocolGRPC, []string{"OTEL_EXPORTER_OTLP_CERTIFICATE=ca.pem"}, told{"", false}},
		{ProtocolHTTP, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://x:4318/base"}, told{}},
		{ProtocolGRPC, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=HTTP://x:4317"}, told{}},
		{ProtocolGRPC, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=unix:/run/otel.sock"}, told{}},
		{ProtocolGRPC, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=dns:///x:4317"}, told{}},
		{ProtocolGRPC, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=x:4317", "OTEL_EXPORTER_OTLP_INSECURE=true"}, told{"x:4317", true}},
		{ProtocolHTTP, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=x:4318", "OTEL_EXPORTER_OTLP_TRACES_INSECURE=true"}, told{"x:4318", true}},
	} {
		address, insecure, err := checkEndpoint(from(c.env...), traces, c.protocol)
		if diff := cmp.Diff(c.want, told{address, insecure}); diff != "" || err != nil {
			t.Errorf("%s %v: %v %s", c.protocol, c.env, err, diff)
		}
	}
}

func TestABareEndpointWorksWhenSaidToBeInsecure(t *testing.T) {
	for _, start := range []func(*testing.T) *receiver{receiveGRPC, receiveHTTP} {
		r := start(t)
		protocol := "grpc"
		if r.http != nil {
			protocol = "http/protobuf"
		}
		e := exporting(t, ExportOptions{Warn: func(string) {}}, "OTEL_EXPORTER_OTLP_INSECURE=true", "OTEL_EXPORTER_OTLP_PROTOCOL="+protocol,
			"OTEL_EXPORTER_OTLP_ENDPOINT="+strings.TrimPrefix(r.endpoint, "http://"))
		e.Observe(reusedRecord())
		shutdown(e)
		if got := len(r.spans()); got != 5 {
			t.Errorf("%s: %d spans arrived, %d lost", protocol, got, e.Dropped())
		}
	}
}

func TestSwappedPortsAreHintedAt(t *testing.T) {
	for _, c := range []struct {
		endpoint, protocol string
		hint               bool
	}{
		{"http://x:4317", ProtocolHTTP, true}, {"http://x:4318", ProtocolGRPC, true},
		{"http://x:4318", ProtocolHTTP, false}, {"http://x:4317", ProtocolGRPC, false}, {"", ProtocolGRPC, false},
	} {
		said := newSaid()
		hintAtPort(from("OTEL_EXPORTER_OTLP_ENDPOINT="+c.endpoint), traces, c.protocol, said.warn)
		if got := len(said.all()) > 0; got != c.hint {
			t.Errorf("%s over %s: said %q", c.endpoint, c.protocol, said.all())
		}
	}
}

func TestWhatTheLibrariesComplainAboutIsToldWithoutSecrets(t *testing.T) {
	r := receiveHTTP(t)
	said := newSaid()
	exporting(t, ExportOptions{Warn: said.warn}, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.endpoint,
		"OTEL_EXPORTER_OTLP_HEADERS=authorization Bearer hush", "OTEL_EXPORTER_OTLP_TIMEOUT=soon")
	all := strings.Join(said.all(), "\n")
	if !strings.Contains(all, "OpenTelemetry: parse headers") || !strings.Contains(all, "OpenTelemetry: parse duration") {
		t.Errorf("said %q", all)
	}
	if strings.Contains(all, "hush") {
		t.Errorf("a secret is told: %q", all)
	}
}

func TestRejectedSpansAreCounted(t *testing.T) {
	for _, c := range []struct {
		err  error
		want uint64
	}{
		{nil, 0},
		{errors.New("connection refused"), 10},
		{errors.New("OTLP partial success: x (y) (3 spans rejected)"), 3},
		{fmt.Errorf("traces export: %w", errors.Join(errors.New("OTLP partial success: empty message (0 spans rejected)"))), 0},
		{errors.New("OTLP partial success: x (99 spans rejected)"), 10},
		{errors.New("OTLP partial success: odd"), 10},
	} {
		if got := rejected(c.err, 10); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestBatchingIsReadFromTheEnvironment(t *testing.T) {
	said := newSaid()
	got := readBatching(from("OTEL_BSP_MAX_QUEUE_SIZE=100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=200", "OTEL_BSP_SCHEDULE_DELAY=50",
		"OTEL_BSP_EXPORT_TIMEOUT=never"), said.warn)
	if got != (batching{100, 100, 50 * time.Millisecond, 30 * time.Second}) {
		t.Errorf("%+v", got)
	}
	if lines := said.all(); len(lines) != 1 || !strings.HasPrefix(lines[0], `OTEL_BSP_EXPORT_TIMEOUT is "never"; allowed: `) {
		t.Errorf("said %q", lines)
	}
}

func TestTheReceiversCertificateIsChecked(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		t.Run(fmt.Sprint(trusted), func(t *testing.T) {
			r := newReceiver()
			r.serveTLS(t)
			var env []string
			if trusted {
				path := filepath.Join(t.TempDir(), "ca.pem")
				if err := os.WriteFile(path, pemOf(r.http.Certificate()), 0o600); err != nil {
					t.Fatal(err)
				}
				env = append(env, "OTEL_EXPORTER_OTLP_CERTIFICATE="+path)
			}
			said := newSaid()
			e := exporting(t, ExportOptions{Warn: said.warn}, append(env, "OTEL_EXPORTER_OTLP_ENDPOINT="+r.http.URL)...)
			e.Observe(reusedRecord())
			shutdown(e)
			if got := len(r.spans()) == 5; got != trusted {
				t.Errorf("%d spans arrived, said %q", len(r.spans()), said.all())
			}
		})
	}
}

package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// spanLines are the uploads that the console exporter has written.
func (p *process) spanLines() []string { return linesWith(p.stdout.String(), `{"resourceSpans":[`) }

func TestNothingIsExportedByDefault(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "edge") // names the service, asks for nothing
	p := serving(t)
	mustGet(t, p.gateway+"/lab/healthy")
	p.stop(t)
	if lines := p.spanLines(); len(lines) > 0 {
		t.Errorf("exported %q", lines)
	}
}

func TestTheSamplerOfTheEnvironmentOverridesTheRatioButNotForFaults(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	p := serving(t)
	healthy, refused := mustGet(t, p.gateway+"/lab/healthy"), mustGet(t, p.gateway+"/lab/connect-refused")
	p.stop(t) // flushes
	text := strings.Join(p.spanLines(), "\n")
	if strings.Contains(text, healthy.id()) {
		t.Error("the healthy call is exported")
	}
	if n := strings.Count(text, `"stringValue":"`+refused.id()+`"`); n < 4 {
		t.Errorf("the faulty call has %d spans", n)
	}
}

func TestAParentBasedSamplerLeavesTheDecisionToTheCaller(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_always_on")
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e473%d-00f067aa0ba902b7-0%d"
	p := serving(t)
	for flag := range 2 {
		curl(t, "--header", "traceparent: "+fmt.Sprintf(trace, flag, flag), p.gateway+"/lab/healthy")
	}
	alone := mustGet(t, p.gateway+"/lab/healthy")
	p.stop(t)
	text := strings.Join(p.spanLines(), "\n")
	if strings.Contains(text, "4bf92f3577b34da6a3ce929d0e0e4730") || !strings.Contains(text, "4bf92f3577b34da6a3ce929d0e0e4731") {
		t.Errorf("the callers' decisions do not hold in\n%s", text)
	}
	if !strings.Contains(text, alone.id()) {
		t.Error("a trace that begins here is not exported")
	}
}

func TestAReloadChangesWhatIsSampled(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	path := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "tracing: {sample_ratio: 1}\nlab: [{name: sampled, does: healthy}]\n")
	p := serving(t, "--config", path)
	before := mustGet(t, p.gateway+"/nowhere")
	write(t, path, "tracing: {sample_ratio: 0, sample_faults: ratio}\nlab: [{name: sampled, does: healthy}]\n")
	p.signal(t, syscall.SIGHUP)
	p.mustAwait(t, &p.stdout, `configuration reloaded`)
	after := mustGet(t, p.gateway+"/nowhere")
	p.stop(t)
	text := strings.Join(p.spanLines(), "\n")
	if !strings.Contains(text, before.id()) || strings.Contains(text, after.id()) {
		t.Errorf("of %s and %s exported\n%s", before.id(), after.id(), text)
	}
}

func TestMistakesInTheEnvironmentCostTheSpansNotTheGateway(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")
	t.Setenv("OTEL_TRACES_SAMPLER", "sometimes")
	p := serving(t)
	if r := mustGet(t, p.gateway+"/lab/healthy"); r.status != 200 {
		t.Errorf("status %d", r.status)
	}
	for _, want := range []string{"write http://collector:4318, or", `OTEL_TRACES_SAMPLER is "sometimes"; allowed: `} {
		if len(linesWith(p.stderr.String(), want)) != 1 || len(linesWith(p.stdout.String(), want)) != 1 {
			t.Errorf("%q is not told once", want)
		}
	}
}

func TestAReceiverThatIsDownIsSaidOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+listener.Addr().String())
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	p := serving(t)
	mustGet(t, p.gateway+"/lab/healthy")
	p.mustAwait(t, &p.stdout, `WARN +BOOTSTRAP - Tracing\.export\(\) : spans cannot be exported: .*connection refused`)
	mustGet(t, p.gateway+"/lab/healthy")
	p.stop(t)
	if lines := linesWith(p.stdout.String(), "spans cannot be exported"); len(lines) != 1 {
		t.Errorf("said %q", lines)
	}
	p.mustAwait(t, &p.stdout, `Tracing\.flush\(\) : 1\d spans were lost since the start`)
}

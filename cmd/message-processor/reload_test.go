package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// proxyYAML is one API proxy of a configuration; settings are further keys of its target.
func proxyYAML(name, basePath, url string, settings ...string) string {
	text := fmt.Sprintf("  - name: %s\n    base_path: %s\n    target:\n      url: %s\n", name, basePath, url)
	for _, s := range settings {
		text += "      " + s + "\n"
	}
	return text
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// reload sends SIGHUP and waits for what the log says about it.
func (p *process) reload(t *testing.T, outcome string) {
	t.Helper()
	before := len(p.stdout.String())
	p.signal(t, syscall.SIGHUP)
	if err := p.until(&p.stdout, func(text string) bool { return strings.Contains(text[before:], outcome) }); err != nil {
		t.Fatalf("no %q after SIGHUP: %v", outcome, err)
	}
}

func expectBody(t *testing.T, url string, status int, body string) {
	t.Helper()
	if r := mustGet(t, url); r.status != status || !strings.Contains(r.body, body) {
		t.Errorf("%s: %d %s, want %d %s", url, r.status, r.body, status, body)
	}
}

func TestAReloadAppliesToNewRequestsAndLeavesThoseUnderWay(t *testing.T) {
	t.Parallel()
	slow, silent := holding(t), staysSilent(t, 1)
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"),
		"proxies:\n"+proxyYAML("orders", "/v1", named(t, "old"))+proxyYAML("slow", "/slow", slow.url))
	p := serving(t, "--config", file)
	expectBody(t, p.gateway+"/v1/x", 200, "old /x")
	expectBody(t, p.gateway+"/silent", 404, "ApplicationNotFound")
	answer := later(p.gateway + "/slow")
	<-slow.arrived

	write(t, file, "environment: prod\nproxies:\n"+proxyYAML("orders", "/v1", named(t, "new"))+
		proxyYAML("silent", "/silent", silent.url, "handshake_timeout: 300ms"))
	p.reload(t, "configuration reloaded, 2 API proxies")
	expectBody(t, p.gateway+"/v1/x", 200, "new /x")
	expectBody(t, p.gateway+"/slow", 404, "ApplicationNotFound")
	r := mustGet(t, p.gateway+"/silent")
	if r.status != 502 || r.took < 300*time.Millisecond || r.took > 5*time.Second {
		t.Errorf("/silent: %d after %v", r.status, r.took)
	}
	if rev := r.header.Get("X-Apigee-fault-revision"); rev != "/organizations/acme/environments/prod/apiproxies/silent/revisions/1" {
		t.Error(rev)
	}
	expectBody(t, p.management+"/v1/runtime/organizations/acme/environments", 200, `[ "prod" ]`)
	expectBody(t, p.management+"/v1/classification/tree", 200, `"basePath":"/silent"`)

	close(slow.letGo)
	if late := <-answer; late.err != nil || late.body != "late but whole" {
		t.Errorf("the request under way: %+v", late)
	}
	write(t, file, "defaults: {handshake_timeout: 700ms}\nproxies:\n"+proxyYAML("silent", "/silent", silent.url))
	p.reload(t, "configuration reloaded, 1 API proxy")
	if r := mustGet(t, p.gateway+"/silent"); r.status != 502 || r.took < 700*time.Millisecond {
		t.Errorf("/silent with the new default: %d after %v", r.status, r.took)
	}
	p.stop(t)
}

func TestABadConfigurationIsRefusedAndTheOldOneKeepsServing(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "proxies:\n"+proxyYAML("a", "/v1", named(t, "old")))
	p := serving(t, "--config", file)
	bad := "organization: a b\nlisten: 9001\nproxies:\n" + proxyYAML("a", "/v1", "ftp://h") + proxyYAML("b", "/v1", named(t, "new"))
	before := len(p.stderr.String())
	for range 2 {
		write(t, file, bad)
		p.reload(t, "configuration refused, 4 problems; the old one keeps serving")
		expectBody(t, p.gateway+"/v1/x", 200, "old /x")
	}
	told, _ := exec.Command("message-processor", "check", "--config", file).Output()
	want := string(told) + "message-processor: configuration refused, 4 problems; the old one keeps serving\n"
	if err := p.until(&p.stderr, func(text string) bool { return text[before:] == want+want }); err != nil {
		t.Errorf("told on SIGHUP is not what check tells, %s: %v", told, err)
	}
	for line := range strings.Lines(string(told)) {
		if !strings.Contains(p.stdout.String(), " WARN  BOOTSTRAP - Gateway.reload() : "+line) {
			t.Errorf("not in the log: %s", line)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	p.reload(t, "configuration refused, 1 problem;")
	expectBody(t, p.gateway+"/v1/x", 200, "old /x")

	write(t, file, "proxies:\n"+proxyYAML("a", "/v1", named(t, "new")))
	p.reload(t, "configuration reloaded")
	expectBody(t, p.gateway+"/v1/x", 200, "new /x")
	p.stop(t)
}

func TestWhatAReloadCannotChangeIsToldEveryTime(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "lab:\n  - {name: fine, does: healthy}\n")
	p := serving(t, "--config", file)
	write(t, file, "system_log: {format: json}\nlab:\n  - {name: fine, does: healthy}\n")
	for range 2 {
		p.reload(t, "system_log.format has changed; it takes a restart to apply")
	}
	expectBody(t, p.gateway+"/lab/fine", 200, `"method":"GET"`)
	write(t, file, "lab:\n  - {name: fine, does: healthy}\n  - {name: outage, does: tls-silent}\n")
	p.reload(t, "configuration refused, 1 problem")
	p.mustAwait(t, &p.stderr, `gateway\.yaml:3: lab\[1\]\.\w+: .*"outage".*a restart starts it\n`)
	p.stop(t)
}

func TestSIGHUPStartsTheLogAnewAfterItWasRenamed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "system.log")
	p := serving(t, "--target", staysClosed(t), "--system-log", file)
	first := mustGet(t, p.gateway+"/")
	if err := awaitFile(file, regexp.MustCompile("messageid:"+first.id()+" ")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGHUP)
	if err := awaitFile(file, regexp.MustCompile(`system\.log reopened`)); err != nil {
		t.Fatal(err)
	}
	second := mustGet(t, p.gateway+"/")
	p.stop(t)
	old, fresh := read(t, file+".1"), read(t, file)
	if !strings.Contains(old, first.id()+" ") || strings.Contains(old, second.id()+" ") || !strings.HasSuffix(old, "\n") {
		t.Errorf("the renamed log:\n%s", old)
	}
	if !strings.Contains(fresh, second.id()+" ") || strings.Contains(fresh, first.id()+" ") || !strings.HasSuffix(fresh, " : stopped\n") {
		t.Errorf("the new log:\n%s", fresh)
	}
}

package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults/lab"
)

// standard are the timers of a gateway that sets none.
var standard = config.Timeouts{Connect: 3 * time.Second, Handshake: 55 * time.Second, IO: 55 * time.Second, KeepAlive: time.Minute}

// theLab is every backend as if it ran.
func theLab() []fronted {
	var list []fronted
	for _, info := range lab.Table() {
		list = append(list, fronted{info.Name, lab.Backend{
			Name: info.Name, Does: info.Does, Fault: info.Fault, Governs: info.Governs, Available: true,
			Entry: lab.Entry{Name: info.Name, Does: info.Name}, Knobs: info.Knobs}})
	}
	return list
}

func tableOf(t *testing.T, timers config.Timeouts, list []fronted) []string {
	t.Helper()
	var out bytes.Buffer
	if err := listLab(&out, timers, list, "http://127.0.0.1:9001"); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestTheTableSaysWhatToTypeWithinTheFirst80Columns(t *testing.T) {
	for _, line := range tableOf(t, standard, theLab())[1:] {
		command, _, _ := strings.Cut(line, "  ")
		if !strings.Contains(command, "curl -i ") || !strings.Contains(command, "http://127.0.0.1:9001/lab/") || len(command) > 80 {
			t.Errorf("%d columns: %s", len(command), command)
		}
	}
}

func TestTheTableHasNoPlaceholders(t *testing.T) {
	for _, line := range tableOf(t, standard, theLab()) {
		if strings.ContainsAny(line, "{}") || strings.Contains(line, "...") {
			t.Error(line)
		}
	}
}

func TestTheTableSaysHowLongAnAnswerTakes(t *testing.T) {
	quick := config.Timeouts{Connect: time.Second, Handshake: 2 * time.Second, IO: 500 * time.Millisecond}
	tests := []struct {
		name            string
		standard, quick answer
	}{
		{"healthy", answer{"200 OK", 0}, answer{"200 OK", 0}},
		{"tls-silent", answer{"502 BadGateway", 55 * time.Second}, answer{"502 BadGateway", 2 * time.Second}},
		{"tls-slow", answer{"200 OK", 5 * time.Second}, answer{"502 BadGateway", 2 * time.Second}},
		{"tls-unknown-ca", answer{"503 SslHandshakeFailed", 0}, answer{"503 SslHandshakeFailed", 0}},
		{"connect-timeout", answer{"503 ServiceUnavailable", 3 * time.Second}, answer{"503 ServiceUnavailable", time.Second}},
		{"response-stalls", answer{"504 GatewayTimeout", 55 * time.Second}, answer{"504 GatewayTimeout", 500 * time.Millisecond}},
		{"slow-body", answer{"200 OK", 10 * time.Second}, answer{"504 GatewayTimeout", 500 * time.Millisecond}},
		{"stale-keepalive", answer{"200 OK, then 502 UnexpectedEOFAtTarget", 0}, answer{"200 OK, then 502 UnexpectedEOFAtTarget", 0}},
		{"status-503", answer{"503 passed through", 0}, answer{"503 passed through", 0}},
	}
	for _, test := range tests {
		for _, b := range theLab() {
			if b.Name != test.name {
				continue
			}
			if got := expected(standard, b.Backend); got != test.standard {
				t.Errorf("%s: %v", test.name, got)
			}
			if got := expected(quick, b.Backend); got != test.quick {
				t.Errorf("%s, quick: %v", test.name, got)
			}
		}
	}
}

func TestABackendThatIsNotAvailableIsListedWithTheReason(t *testing.T) {
	b := fronted{"outage", lab.Backend{Name: "tls-blackhole", Does: "drops", Note: "needs root"}}
	line := tableOf(t, standard, []fronted{b})[1]
	if !regexp.MustCompile(`^\(outage\) +not fronted here +- +drops; needs root$`).MatchString(line) {
		t.Error(line)
	}
}

// tableLine takes a line of the table apart.
var tableLine = regexp.MustCompile(`^(.*?curl .*?)  +(.*?)  +(at once|[0-9][0-9a-z.]*) +(.*)$`)

func TestEveryLineOfTheTableCanBeCopiedAndComesTrue(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("curl")
	needs(t, err == nil, "curl")
	p := serving(t, "--connect-timeout", "1s", "--handshake-timeout", "6s", "--io-timeout", "3s")
	var typing sync.WaitGroup
	lines := linesWith(p.stderr.String(), "curl ")
	for _, line := range lines {
		typing.Go(func() { checkTableLine(t, line) })
	}
	typing.Wait()
	if len(lines) < len(lab.Names())-4 {
		t.Errorf("only %d lines", len(lines))
	}
}

// checkTableLine types what a line of the table says and compares the answer and the time.
func checkTableLine(t *testing.T, line string) {
	parts := tableLine.FindStringSubmatch(line)
	if parts == nil {
		t.Errorf("no line of a table: %q", line)
		return
	}
	command, text, after := parts[1], parts[2], parts[3]
	began := time.Now()
	out, err := exec.Command("sh", "-c", strings.Replace(command, "curl -i", "curl -sS -i", 1)).CombinedOutput()
	took := time.Since(began)
	if err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
		return
	}
	for _, want := range strings.Split(text, ", then ") {
		status, word, _ := strings.Cut(want, " ")
		if !strings.Contains(string(out), "HTTP/1.1 "+status+" ") || word != "OK" && word != "passed through" && !strings.Contains(string(out), "."+word+`"`) {
			t.Errorf("%s: no %s in\n%s", command, want, out)
		}
	}
	least, _ := time.ParseDuration(after) // "at once" is zero
	if took < least || took > least+5*time.Second {
		t.Errorf("%s took %v, the table says %s", command, took, after)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"message-processor/faults"
	"message-processor/faults/lab"
	"message-processor/tracing/systemlog"
)

// labRow is what `serve --json` tells about a backend (contract section 9).
type labRow struct {
	Name, Address, URL, Does, Fault, Note string
	GatewayURL                            string `json:"gateway_url"`
	ForwardProxy                          bool   `json:"forward_proxy"`
	Servers                               []string
}

// labRows reads the list that p has printed before it was ready.
func labRows(t *testing.T, p *process) []labRow {
	t.Helper()
	document, _, _ := strings.Cut(p.stderr.String(), "\nmessage-processor ready")
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.DisallowUnknownFields()
	var rows []labRow
	if err := decoder.Decode(&rows); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return rows
}

func TestEveryBackendOfTheLabCausesItsFault(t *testing.T) {
	t.Parallel()
	p := serving(t, "--json", "--connect-timeout", "2s", "--handshake-timeout", "2s", "--io-timeout", "2s")
	rows := labRows(t, p)
	if len(rows) != len(lab.Names()) {
		t.Errorf("%d backends listed, the lab has %d", len(rows), len(lab.Names()))
	}
	seen := make([]seenFault, len(rows))
	var asking sync.WaitGroup
	for i, row := range rows {
		if row.GatewayURL == "" {
			t.Logf("%s cannot be fronted here: %s", row.Name, row.Note)
			continue
		}
		asking.Go(func() { seen[i] = provoke(row) })
	}
	asking.Wait()
	p.stop(t)
	log, lines := p.stdout.String(), 0
	for i, row := range rows {
		if row.GatewayURL != "" {
			lines += checkBackend(t, row, seen[i], log)
		}
	}
	if all := linesWith(log, " ERROR "); len(all) != lines {
		t.Errorf("%d ERROR lines for %d faults", len(all), lines)
	}
}

// seenFault is the answer that a backend's misbehaviour leads to.
type seenFault struct {
	reply
	err error
}

// provoke sends what brings a backend to misbehave.
func provoke(row labRow) seenFault {
	switch row.Name {
	case "broken-pipe":
		r, err := send(http.MethodPost, row.GatewayURL, strings.NewReader(strings.Repeat("x", 2_000_000)))
		return seenFault{r, err}
	case "stale-keepalive":
		first, second, err := getTwice(row.GatewayURL)
		if err == nil && first.status != http.StatusOK {
			err = fmt.Errorf("first request: %d", first.status)
		}
		return seenFault{second, err}
	case "all-servers-down": // the first request takes the servers out of rotation
		if first, err := get(row.GatewayURL); err != nil || first.status != http.StatusServiceUnavailable {
			return seenFault{first, fmt.Errorf("first request: %d, %w", first.status, err)}
		}
	}
	r, err := get(row.GatewayURL)
	return seenFault{r, err}
}

// vars are the values in the texts of the faults that the lab causes with default limits.
func vars(id faults.ID) faults.Vars {
	limits := map[faults.ID]string{faults.TargetHeadersTooBig: "25,600", faults.TargetLineTooBig: "2,048"}
	return faults.Vars{
		"ip": "127.0.0.1", "status_code": "204", "status": "403", "limit": limits[id], "value": "br",
		"reason": "field line without a colon",
	}
}

// checkBackend compares what was seen of one backend with the catalogue, and returns how many ERROR lines that makes.
func checkBackend(t *testing.T, row labRow, seen seenFault, log string) int {
	t.Helper()
	if seen.err != nil {
		t.Errorf("%s: %v", row.Name, seen.err)
		return 0
	}
	id := faults.ID(row.Fault)
	if row.Name == "tls-slow" { // 5 s a flight: too slow for the timeout of this test
		id = faults.BadGatewayTLSHandshakeTimeout
	}
	switch id {
	case "":
		checkPassed(t, row, seen, http.StatusOK, log)
		return 0
	case faults.ErrorResponseCode:
		checkPassed(t, row, seen, http.StatusServiceUnavailable, log)
		return 0
	}
	fault, found := faults.Find(id)
	if !found {
		t.Errorf("%s: no fault %s in the catalogue", row.Name, id)
		return 0
	}
	checkFault(t, row, seen, fault)
	checkLine(t, row, seen, fault, log)
	if row.Name == "all-servers-down" {
		return 2 // the first request's, too
	}
	return 1
}

// checkPassed expects a backend's own answer, which is nothing to write about.
func checkPassed(t *testing.T, row labRow, seen seenFault, status int, log string) {
	t.Helper()
	code := ""
	if status >= 400 {
		code = "messaging.adaptors.http.flow.ErrorResponseCode"
	}
	if seen.status != status || seen.header.Get("X-Apigee-fault-code") != code || seen.id() == "" {
		t.Errorf("%s: %d %v", row.Name, seen.status, seen.header)
	}
	if lines := linesWith(log, "messageid:"+seen.id()+" "); len(lines) != 0 {
		t.Errorf("%s: was not to be logged: %q", row.Name, lines)
	}
}

// checkFault expects the catalogue's answer to the byte.
func checkFault(t *testing.T, row labRow, seen seenFault, fault faults.Fault) {
	t.Helper()
	want := map[string]string{
		"status": fmt.Sprint(fault.Status), "body": string(fault.Body(vars(fault.ID), false)),
		"Content-Type": "application/json", "Content-Length": fmt.Sprint(len(seen.body)),
		"X-Apigee-fault-code": fault.TraceCode, "X-Apigee-fault-source": "target",
		"X-Apigee-fault-flag": "false", "X-Apigee-fault-policy": "null/null",
		"X-Apigee-fault-revision": "/organizations/acme/environments/test/apiproxies/lab-" + row.Name + "/revisions/1",
	}
	got := map[string]string{"status": fmt.Sprint(seen.status), "body": seen.body}
	for name := range want {
		if name != "status" && name != "body" {
			got[name] = seen.header.Get(name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", row.Name, diff)
	}
}

// checkLine expects one line about the fault, and in it the Channel if the line has one.
func checkLine(t *testing.T, row labRow, seen seenFault, fault faults.Fault, log string) {
	t.Helper()
	lines := linesWith(log, "messageid:"+seen.id()+" ")
	if len(lines) != 1 {
		t.Errorf("%s: %d lines about %q, want 1: %q", row.Name, len(lines), seen.id(), lines)
		return
	}
	event, err := systemlog.Parse(lines[0])
	if err != nil || event.Level != zerolog.ErrorLevel || event.Logger != fault.Log.Logger ||
		event.MessageID != seen.id() || event.API != "lab-"+row.Name || event.Revision != "1" {
		t.Errorf("%s: %v, %+v", row.Name, err, event)
	}
	method, _, _ := strings.Cut(fault.Log.Text, " : ")
	if !strings.HasPrefix(event.Message, method+" : ") {
		t.Errorf("%s: the line says %q, not %s", row.Name, event.Message, method)
	}
	if !strings.Contains(fault.Log.Text, "{channel}") {
		return
	}
	if channel, ok := systemlog.ParseChannel(event.Message); !ok || channel.Secure == row.ForwardProxy || channel.Remote != row.Address {
		t.Errorf("%s at %s: channel %+v in %q", row.Name, row.Address, channel, event.Message)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"message-processor/faults"
	"message-processor/faults/lab"
	"message-processor/tracing/systemlog"
)

// cause is a way to bring a fault about in a gateway with everyFaultConfig.
type cause struct {
	api  string // the API proxy that is asked, "" for none
	send func(address string) error
	// before, if there is one, prepares the gateway, and returns how to end that.
	before func(address string) (end func(), err error)
}

// notByRequest are faults that no request brings about.
var notByRequest = map[faults.ID]string{
	faults.InternalError: "takes a defect of the gateway; the tests of package proxy plant one",
}

// alsoInConfig are faults that hang on a setting and not on a backend: their API proxies.
var alsoInConfig = map[faults.ID]string{
	faults.APITimedOut:            "slow-call",
	faults.EmptyPath:              "no-path",
	faults.BadPath:                "no-path-but-a-query",
	faults.SSLHostnameMismatchDNS: "by-name",
}

const everyFaultConfig = `
defaults: {connect_timeout: 1s, handshake_timeout: 1s, io_timeout: 1s}
%s
proxies:
  - {name: slow-call, base_path: /slow-call, api_timeout: 500ms, target: {url: "http://%[3]s"}}
  - {name: no-path, base_path: /no-path, target: {url: "http://%[3]s", dynamic_url: true}}
  - {name: no-path-but-a-query, base_path: /no-path-but-a-query, target: {url: "http://%[3]s?x=1", dynamic_url: true}}
  - {name: one-place, base_path: /one-place, max_in_flight: 1, target: {url: "http://%[3]s"}}
  - {name: by-name, base_path: /by-name, target: {url: "https://localhost:%[4]s", tls: {ca_file: %[5]s}}}
lab:
%[2]s`

// everyFaultGateway runs a gateway in front of the whole lab that prints its spans.
func everyFaultGateway(t *testing.T, settings string) *process {
	t.Helper()
	silent := inherited(t) // takes connections, never answers
	backends, err := lab.Start(t.Context(), lab.Options{Names: []string{"tls-wrong-name"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { backends.Close() })
	_, port, _ := net.SplitHostPort(backends.Backends()[0].Address)
	ca := write(t, filepath.Join(t.TempDir(), "ca.pem"), string(backends.CAPEM()))
	var entries strings.Builder
	for _, name := range lab.Names() {
		if os.Geteuid() != 0 && name == "tls-blackhole" {
			continue // needs a socket filter
		}
		fmt.Fprintf(&entries, "  - {name: %[1]q, does: %[1]q}\n", name)
	}
	text := fmt.Sprintf(everyFaultConfig, settings, entries.String(), silent.Addr(), port, ca)
	return serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), text))
}

// causeOf finds the way to bring a fault about: a client of the lab, a backend of the lab, or a setting.
func causeOf(id faults.ID) (cause, bool) {
	for _, c := range lab.Clients() {
		if c.Fault == string(id) {
			return byClient(c), true
		}
	}
	for _, b := range lab.Table() {
		if b.Fault == string(id) {
			return byBackend(b.Name), true
		}
	}
	if id == faults.Overloaded {
		return cause{"one-place", askUntilRefused, takeTheOnePlace}, true
	}
	api, found := alsoInConfig[id]
	return cause{api: api, send: func(address string) error { _, err := get("http://" + address + "/" + api); return err }}, found
}

// takeTheOnePlace sends a request that stays.
func takeTheOnePlace(address string) (end func(), err error) {
	first, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(first, "GET /one-place HTTP/1.1\r\nHost: first\r\n\r\n")
	return func() { first.Close() }, err
}

// askUntilRefused leaves at once if it has got the place itself, because the other one is still on its way.
func askUntilRefused(address string) error {
	for deadline := time.Now().Add(900 * time.Millisecond); time.Now().Before(deadline); {
		client := &http.Client{Timeout: 100 * time.Millisecond}
		if answer, err := client.Get("http://" + address + "/one-place"); err == nil {
			return answer.Body.Close()
		}
	}
	return errors.New("there was always a place")
}

func byBackend(name string) cause {
	return cause{api: "lab-" + name, send: func(address string) error {
		return provoke(labRow{Name: name, GatewayURL: "http://" + address + labPath(name)}).err
	}}
}

// byClient has no API proxy where the request is refused before one is looked for.
func byClient(c lab.Client) cause {
	api := ""
	switch faults.ID(c.Fault) {
	case faults.RequestTimeout, faults.RequestBodyTooBig, faults.DuplicateHeader, faults.RequestDecompressionFailure,
		faults.UnsupportedEncoding, faults.LengthRequired:
		api = "lab-healthy"
	}
	return cause{api: api, send: func(address string) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := c.Send(ctx, address, "")
		return err
	}}
}

// TestEveryFaultOnDemand brings about every fault that this gateway answers with, in a process of its own, and compares
// the answer to the byte, the line in system.log and the span.
func TestEveryFaultOnDemand(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	p := everyFaultGateway(t, "")
	newer := everyFaultGateway(t, "compatibility: {no_resolved_host: true}")
	seen := map[faults.ID]*wiretap{}
	var running sync.WaitGroup
	for _, f := range faults.All() {
		if !answered(f) || notByRequest[f.ID] != "" {
			continue
		}
		c, found := causeOf(f.ID)
		gateway := p
		if f.ID == faults.TargetNoResolvedHost {
			c, found, gateway = byBackend("dns-failure"), true, newer
		}
		if !found {
			t.Errorf("there is no way to cause %s", f.ID)
			continue
		}
		address := strings.TrimPrefix(gateway.gateway, "http://")
		if c.before != nil {
			end, err := c.before(address)
			if err != nil {
				t.Fatal(err)
			}
			defer end()
		}
		tap := tapped(t, address, c)
		seen[f.ID] = tap
		running.Go(func() { tap.err = c.send(tap.address) })
	}
	running.Wait()
	p.stop(t)
	newer.stop(t)
	log, spans := p.stdout.String()+newer.stdout.String(), p.serverSpans(t)
	maps.Copy(spans, newer.serverSpans(t))
	for id, tap := range seen {
		t.Run(string(id), func(t *testing.T) { tap.check(t, id, log, spans) })
	}
}

// faultHead is the head of a fault's answer: status, reason, length, the fault fields, the message id.
const faultHead = `HTTP/1\.1 %d %s\r\nContent-Type: application/json\r\nDate: [^\r]{29}\r\nContent-Length: %d\r\n(?:Allow: [^\r]+\r\n)?` +
	`X-Apigee-fault-code: %s\r\nX-Apigee-fault-source: %s\r\nX-Apigee-fault-flag: false\r\nX-Apigee-fault-policy: null/null\r\n` +
	`X-Apigee-fault-revision: /organizations/acme/environments/test/apiproxies/%s\r\nX-Apigee-Message-ID: (\S+)\r\n` +
	`(?:Connection: close\r\n)?\r\n%s$`

func (w *wiretap) check(t *testing.T, id faults.ID, log string, spans map[string]serverSpan) {
	f, _ := faults.Find(id)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.err != nil {
		t.Fatal(w.err)
	}
	revision := "null/revisions/null"
	if w.cause.api != "" {
		revision = w.cause.api + "/revisions/1"
	}
	body := f.Body(everyFaultVars(id), false)
	q := regexp.QuoteMeta
	want := fmt.Sprintf(faultHead, f.Status, q(f.Reason), len(body), q(f.TraceCode), f.Source, q(revision), q(string(body)))
	match := regexp.MustCompile(want).FindSubmatch(w.answers)
	if match == nil {
		t.Fatalf("the answer is\n%q\nwant\n%s", w.answers, want)
	}
	messageID := string(match[1])
	checkFaultLine(t, f, w.cause.api, linesWith(log, "messageid:"+messageID+" "))
	if got, want := spans[messageID], (serverSpan{f.TraceCode, f.TraceCode, f.Source, "error", fmt.Sprint(f.Status)}); got != want {
		t.Errorf("the span says %+v, want %+v", got, want)
	}
}

func checkFaultLine(t *testing.T, f faults.Fault, api string, lines []string) {
	t.Helper()
	if len(lines) != 1 {
		t.Fatalf("%d lines in system.log: %q", len(lines), lines)
	}
	event, err := systemlog.Parse(lines[0])
	if err != nil || event.Level != zerolog.ErrorLevel || event.Logger != f.Log.Logger || event.API != api {
		t.Errorf("%v, %+v", err, event)
	}
	form, _, _ := strings.Cut(f.Log.Text, "{")
	if !strings.HasPrefix(event.Message, form) {
		t.Errorf("the line says %q, want %q", event.Message, f.Log.Text)
	}
	if _, found := systemlog.ParseChannel(event.Message); f.Source == "target" && found != strings.Contains(f.Log.Text, "{channel}") {
		t.Errorf("the line %q has a channel: %t", event.Message, found)
	}
}

// everyFaultVars are the values in the texts of the faults as they are caused here.
func everyFaultVars(id faults.ID) faults.Vars {
	v := faults.Vars{"ip": "127.0.0.1", "status_code": "204", "status": "403", "value": "br", "method": "CONNECT",
		"reason": "field line without a colon", "vhost": "default", "path": "/no-such-api-proxy", "char": "("}
	switch id {
	case faults.Overloaded:
		v["limit"] = "1 requests in flight for API proxy one-place"
	case faults.RequestLineTooBig:
		v["limit"] = faults.Limit(7168)
	case faults.TargetLineTooBig:
		v["limit"] = faults.Limit(2048)
	case faults.RequestHeadersTooBig, faults.TargetHeadersTooBig:
		v["limit"] = faults.Limit(25600)
	case faults.SSLHostnameMismatchDNS:
		v["host"] = "localhost"
	case faults.DuplicateHeader:
		v["name"] = "Expires"
	case faults.HeaderNameNonASCII:
		v["name"], v["char"] = "X-Größe", "ö"
	case faults.HeaderInvalidChar:
		v["name"] = "X-Bad(Name)"
	case faults.TargetDNSFailure, faults.TargetNoResolvedHost:
		v["host"] = "dns-failure.invalid"
	}
	return v
}

package tracing

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing/systemlog"
)

// rendered is what system.log gets of a record.
func rendered(t *testing.T, format string, level zerolog.Level, r Record) string {
	t.Helper()
	var out bytes.Buffer
	w, err := systemlog.Open(systemlog.Options{Path: "-", Stdout: &out, Format: format})
	if err != nil {
		t.Fatal(err)
	}
	log := zerolog.New(w).Level(level)
	if r.Failure != nil {
		LogFault(&log, &r)
	}
	SystemLog(func() *zerolog.Logger { return &log })(&r)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func stalled() Record {
	fault, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	at := time.Date(2026, 11, 22, 10, 15, 42, 330e6, time.Local)
	return Record{
		MessageID: "mp1-12575-7-1", Thread: 1, Status: 502, Start: at.Add(-55 * time.Second), End: at,
		API:     API{Organization: "acme", Environment: "test", Name: "orders", Revision: 3},
		Failure: &Failure{Fault: fault, At: at, Step: Handshake},
		Channel: channel.Snapshot{
			Secure: true, ID: 739028, UseCount: 1, Age: 55221 * time.Millisecond, LastIO: 55221 * time.Millisecond, Open: true,
			Remote: netip.MustParseAddrPort("203.0.113.7:443"), Local: netip.MustParseAddrPort("10.0.0.5:42828"),
		},
	}
}

func TestHandshakeTimeoutIsThePlaybooksLine(t *testing.T) {
	want := "2026-11-22 10:15:42,330  org:acme env:test api:orders rev:3 messageid:mp1-12575-7-1 NIOThread@1 ERROR HTTP.CLIENT - " +
		"HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@739028 " +
		"useCount=1 bytesRead=0 bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true handshake timeout\n"
	if got := rendered(t, "text", zerolog.InfoLevel, stalled()); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestHandshakeTimeoutAsJSONNamesTheChannelsFields(t *testing.T) {
	var event map[string]any
	if err := json.Unmarshal([]byte(rendered(t, "json", zerolog.InfoLevel, stalled())), &event); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"level": "ERROR", "logger": "HTTP.CLIENT", "thread": "NIOThread@1", "org": "acme", "env": "test", "api": "orders", "rev": "3",
		"messageid": "mp1-12575-7-1", "channel": "SSLClientChannel", "channelId": 739028.0, "remote": "203.0.113.7:443",
		"local": "10.0.0.5:42828", "useCount": 1.0, "bytesRead": 0.0, "bytesWritten": 0.0, "age": 55221.0, "lastIO": 55221.0,
		"isOpen": true, "fault": "messaging.adaptors.http.BadGateway",
	} {
		if event[name] != want {
			t.Errorf("%s is %v, want %v", name, event[name], want)
		}
	}
}

func TestEveryProducedFaultWritesOneErrorLine(t *testing.T) {
	for _, fault := range faults.All() {
		if !fault.Produced {
			continue
		}
		r := stalled()
		r.Failure.Fault = fault
		r.Failure.Vars = faults.Vars{"host": "h.example", "ip": "192.0.2.1", "path": "/x", "vhost": "default", "reason": "why",
			"limit": "7,168", "name": "X", "char": "y", "method": "CONNECT", "status_code": "204", "status": "403", "value": "br"}
		got := rendered(t, "text", zerolog.InfoLevel, r)
		if n := strings.Count(got, " ERROR "); n != 1 {
			t.Errorf("%s writes %d ERROR lines: %s", fault.ID, n, got)
		}
		if forgotten := regexp.MustCompile(`\{[a-z_]+\}`).FindString(got); forgotten != "" {
			t.Errorf("%s leaves %s unfilled: %s", fault.ID, forgotten, got)
		}
	}
}

func TestHealthyRequestWritesNothingAtInfoAndOneLineAtDebug(t *testing.T) {
	r := stalled()
	r.Failure, r.Status, r.Method, r.Path = nil, 200, []byte("GET"), []byte("/v1/orders?x=1")
	if got := rendered(t, "text", zerolog.InfoLevel, r); got != "" {
		t.Errorf("at info: %s", got)
	}
	got := rendered(t, "text", zerolog.DebugLevel, r)
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, "DEBUG") || !strings.Contains(got, "GET /v1/orders?x=1 200") {
		t.Errorf("at debug: %s", got)
	}
}

func TestClientThatLeftIsNoErrorLine(t *testing.T) {
	r := stalled()
	r.Failure, r.Status = nil, StatusClientClosed
	r.Steps[Wait].Start = r.Start
	got := rendered(t, "text", zerolog.InfoLevel, r)
	if strings.Contains(got, "ERROR") || !strings.Contains(got, "step wait") {
		t.Errorf("got %s", got)
	}
}

func TestDefectLogsItsStackBelowTheLine(t *testing.T) {
	r := stalled()
	r.Failure.Fault, _ = faults.Find(faults.InternalError)
	r.Failure.Vars = faults.Vars{"exception": "panic: boom"}
	r.Failure.Stack = "goroutine 1 [running]:\nmain.main()"
	lines := strings.Split(rendered(t, "text", zerolog.InfoLevel, r), "\n")
	if len(lines) < 3 || !strings.Contains(lines[0], "panic: boom") || !strings.Contains(lines[2], "main.main()") {
		t.Errorf("got %q", lines)
	}
}

func TestValueFromTheNetworkCannotForgeALine(t *testing.T) {
	r := stalled()
	r.Failure.Fault, _ = faults.Find(faults.ApplicationNotFound)
	r.Channel = channel.Snapshot{}
	r.Failure.Vars = faults.Vars{"vhost": "default", "path": "/x\r\n2026-11-22 10:15:42,330  org:acme ERROR forged"}
	if got := rendered(t, "text", zerolog.InfoLevel, r); strings.Count(got, "\n") != 1 {
		t.Errorf("more than one line: %q", got)
	}
}

func TestTheDebugLineTellsOfTheServersTriedBefore(t *testing.T) {
	served := Record{Method: []byte("GET"), Path: []byte("/v1/orders"), Status: 200}
	if got := rendered(t, "text", zerolog.DebugLevel, served); !strings.HasSuffix(got, " GET /v1/orders 200 0s\n") {
		t.Errorf("without a load balancer: %s", got)
	}
	served.Attempts = []Attempt{
		{Server: "one", Took: 3 * time.Millisecond, Err: &channel.Error{Phase: channel.Connect, Cause: channel.Refused}},
		{Server: "two", Took: time.Second, Err: &channel.Error{Phase: channel.Tunnel, Cause: channel.TunnelRefused, Detail: "403"}},
	}
	const want = " GET /v1/orders 200 0s, after one in 3ms: connect: refused, after two in 1s: tunnel: tunnel refused (403)\n"
	if got := rendered(t, "text", zerolog.DebugLevel, served); !strings.HasSuffix(got, want) {
		t.Errorf("got %swant …%s", got, want)
	}
}

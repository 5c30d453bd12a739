package wire

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhoKeepsTheConnection(t *testing.T) {
	for _, c := range []struct {
		version, connection string
		closes              bool
	}{
		{"1.1", "X: y", false},
		{"1.1", "Connection: keep-alive", false},
		{"1.1", "Connection: close", true},
		{"1.1", "connection: CLOSE", true},
		{"1.1", "Connection: keep-alive, close", true},
		{"1.1", "Connection: close\r\nConnection: keep-alive", true},
		{"1.1", "Connection: keep-alive\r\nX: y\r\nConnection: , close ,", true},
		{"1.1", "Connection: closed", false},
		{"1.1", "Connection: close;x", false},
		{"1.1", "Connection:", false},
		{"1.1", "Proxy-Connection: close", false},
		{"1.0", "X: y", true},
		{"1.0", "Connection: Keep-Alive", false},
		{"1.0", "Connection: keep-alive, close", true},
		{"1.0", "Proxy-Connection: keep-alive", true},
	} {
		r := scanRequest(t, lines("GET / HTTP/"+c.version, "Host: a", c.connection))
		if r.Close != c.closes {
			t.Errorf("HTTP/%s %q: Close = %v", c.version, c.connection, r.Close)
		}
	}
}

// hops returns the names of the fields that end here.
func hops(h *Head) (names []string) {
	for _, f := range h.Fields {
		if f.Hop {
			names = append(names, string(f.Name))
		}
	}
	return names
}

func TestHopByHopFieldsEndHere(t *testing.T) {
	r := scanRequest(t, lines("GET / HTTP/1.1", "Host: a", "Accept: b", "KEEP-alive: 5", "Proxy-Connection: x", "te: trailers",
		"Trailer: X", "Upgrade: h2c", "HTTP2-Settings: AAA", "Proxy-Authorization: Basic x", "Connection: c", "Transfer-Encoding: chunked"))
	want := []string{"KEEP-alive", "Proxy-Connection", "te", "Upgrade", "HTTP2-Settings", "Proxy-Authorization", "Connection",
		"Transfer-Encoding"}
	if diff := cmp.Diff(want, hops(&r.Head)); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsNamedByConnectionEndHere(t *testing.T) {
	r := scanRequest(t, lines("GET / HTTP/1.1", "X-Before: 1", "Host: a", "Connection: x-BEFORE,,x-after , x-absent", "X-After: 2",
		"x-after: 3", "X-Other: 4", "Connection: x-other2", "X-Other2: 5", "X-Other22: 6"))
	want := []string{"X-Before", "Connection", "X-After", "x-after", "Connection", "X-Other2"}
	if diff := cmp.Diff(want, hops(&r.Head)); diff != "" {
		t.Error(diff)
	}
}

func TestAClientCannotStripWhatTheTargetReliesOn(t *testing.T) {
	names := []string{"Host", "Content-Length", "Content-Type", "Content-Encoding", "X-Forwarded-For", "X-Forwarded-Proto",
		"X-Forwarded-Port", "X-Forwarded-Host", "Forwarded", "Via", "X-Apigee-Message-ID", "X-Apigee.fault-code", "Traceparent",
		"Tracestate", "Max-Forwards", "Expect"}
	head := []string{"POST / HTTP/1.1", "Connection: " + strings.Join(names, ", ")}
	for _, name := range names {
		head = append(head, name+": 1")
	}
	r := scanRequest(t, lines(head...))
	if diff := cmp.Diff([]string{"Connection"}, hops(&r.Head)); diff != "" {
		t.Error(diff)
	}
}

func TestConnectionOptionsAreCounted(t *testing.T) {
	options := strings.Repeat("x,", maxOptions)
	scanRequest(t, lines("GET / HTTP/1.1", "Host: a", "Connection: "+options))
	refuseRequest(t, lines("GET / HTTP/1.1", "Host: a", "Connection: "+options+"x"), Malformed)
	refuseRequest(t, lines("GET / HTTP/1.1", "Host: a", "Connection: "+options, "Connection: x"), Malformed)
}

func TestUpgradeNeedsConnection(t *testing.T) {
	for _, c := range []struct{ version, fields, want string }{
		{"1.1", "Connection: Upgrade\r\nUpgrade: websocket", "websocket"},
		{"1.1", "Upgrade: WebSocket\r\nConnection: keep-alive, upgrade", "WebSocket"},
		{"1.1", "Upgrade: h2c\r\nConnection: upgrade, http2-settings", "h2c"},
		{"1.1", "Upgrade: websocket", ""},
		{"1.1", "Upgrade: websocket\r\nConnection: keep-alive", ""},
		{"1.1", "Connection: upgrade", ""},
		{"1.1", "Connection: upgrade\r\nUpgrade:", ""},
		{"1.1", "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c", ""},
		{"1.0", "Connection: upgrade\r\nUpgrade: websocket", ""},
	} {
		r := scanRequest(t, lines("GET / HTTP/"+c.version, "Host: a", c.fields))
		if string(r.Upgrade) != c.want || (r.Upgrade == nil) != (c.want == "") {
			t.Errorf("HTTP/%s %q: Upgrade = %q", c.version, c.fields, r.Upgrade)
		}
	}
}

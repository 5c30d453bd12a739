package session_test

import (
	"strings"
	"testing"

	"message-processor/tracing/session"
)

// state finds the change into a state.
func state(t *testing.T, root *node, to string) *node {
	t.Helper()
	for _, p := range root.points("StateChange") {
		if p.property("To") == to {
			return p
		}
	}
	t.Fatalf("no change to %s", to)
	return nil
}

// One client copies only the children of the root that have children themselves: that must be the points but for the
// empty ones.
func TestTheChildrenWithChildrenAreThePoints(t *testing.T) {
	root := parse(t, record(t, handshakeTimeout()).AppendXML(nil))
	for _, child := range root.children {
		if len(child.children) > 0 && (!child.is("Point") || len(child.child("DebugInfo").children) == 0) {
			t.Errorf("%s is copied", child.name)
		}
	}
}

// A viewer reads properties by position.
func TestPositionsAreTheOriginals(t *testing.T) {
	root := parse(t, record(t, success()).AppendXML(nil))
	post := state(t, root, "PROXY_POST_RESP_SENT")
	if values := post.children[0].children[1].children; values[0].text != "PROXY_POST_RESP_SENT" || values[1].text != "END" {
		t.Errorf("%s, %s", values[0].text, values[1].text)
	}
}

// A performance report and a converter to OpenAPI read these.
func TestReadersFindWhatTheyLookFor(t *testing.T) {
	root := parse(t, record(t, success()).AppendXML(nil))
	parsed := state(t, root, "REQ_HEADERS_PARSED").message()
	if parsed.child("Verb").text != "POST" || !strings.HasPrefix(parsed.child("URI").text, "/v1/orders/17") || parsed.names() != "Headers URI Verb" {
		t.Errorf("REQ_HEADERS_PARSED: %s", parsed.names())
	}
	if content := state(t, root, "PROXY_REQ_FLOW").message().child("Content").text; content != `{"quantity":2}` {
		t.Errorf("PROXY_REQ_FLOW: %s", content)
	}
	if uri := state(t, root, "TARGET_REQ_FLOW").message().child("URI").text; uri == "" {
		t.Error("TARGET_REQ_FLOW: no URI")
	}
	started := state(t, root, "RESP_START").message()
	if started.child("ReasonPhrase").text != "OK" || started.header("Content-Length")[0] != "24" {
		t.Errorf("RESP_START: %s", started.names())
	}
	sent := state(t, root, "RESP_SENT").message()
	if sent.child("StatusCode").text != "200" || sent.child("Content").text != `{"id":17,"state":"open"}` {
		t.Errorf("RESP_SENT: %s", sent.names())
	}
}

func TestHeadersChangeFromStateToState(t *testing.T) {
	c := newCall("GET", "/v1/orders", "x-apigee-Trace-Id: abc", "X-forwarded-For: 192.0.2.1", "Connection: keep-alive")
	c.connect().secure().send()
	c.Messages.SentHead = head("GET /api HTTP/1.1", "X-Forwarded-For: 192.0.2.1, 198.51.100.11", "X-Forwarded-Port: 9001", "X-Forwarded-Proto: http")
	c.pass("200 OK", "x", "sErVeR: nginx", "Connection: keep-alive", "Transfer-Encoding: chunked", "X-Apigee-Internal: 1")
	root := parse(t, record(t, c).AppendXML(nil))
	tests := []struct {
		to, name, want string
	}{
		{"REQ_HEADERS_PARSED", "X-Forwarded-For", "192.0.2.1, 198.51.100.11"}, {"PROXY_REQ_FLOW", "X-Forwarded-For", "192.0.2.1, 198.51.100.11"},
		{"REQ_HEADERS_PARSED", "X-Apigee.application", "orders"}, {"REQ_HEADERS_PARSED", "X-Apigee.vhost", "default"}, {"PROXY_REQ_FLOW", "X-Apigee.application", ""},
		{"PROXY_REQ_FLOW", "X-Apigee-Trace-Id", "abc"}, {"TARGET_REQ_FLOW", "X-Apigee-Trace-Id", ""}, {"PROXY_REQ_FLOW", "Connection", "keep-alive"},
		{"RESP_START", "X-Apigee-Internal", "1"}, {"PROXY_RESP_FLOW", "X-Apigee-Internal", ""}, {"RESP_START", "Transfer-Encoding", "chunked"},
		{"END", "Connection", "keep-alive"}, {"PROXY_POST_RESP_SENT", "Connection", ""}, {"END", "Content-Length", ""},
		{"PROXY_POST_RESP_SENT", "Content-Length", "1"}, {"PROXY_POST_RESP_SENT", "X-Apigee.Message-ID", "mp1-12575-7-1"},
		{"PROXY_POST_RESP_SENT", "X-Apigee.fault-code", ""},
	}
	for _, test := range tests {
		if got := strings.Join(state(t, root, test.to).message().header(test.name), "|"); got != test.want {
			t.Errorf("%s at %s: %q, want %q", test.name, test.to, got, test.want)
		}
	}
	text := string(record(t, c).AppendXML(nil))
	for _, name := range []string{`"sErVeR"`, `"x-apigee-Trace-Id"`} {
		if !strings.Contains(text, name) {
			t.Errorf("the name %s did not keep its spelling", name)
		}
	}
}

// values are what the analytics step read; a variable without a value is absent.
func values(t *testing.T, c *call) map[string]string {
	t.Helper()
	points := record(t, c).Points()
	read := map[string]string{}
	for _, a := range points[len(points)-2].Access {
		if a.HasValue {
			read[a.Name] = a.Value
		}
	}
	return read
}

func TestAnalyticsOfASuccess(t *testing.T) {
	got := values(t, success())
	for name, want := range map[string]string{
		"organization.name": "acme", "apiproxy.revision": "3", "proxy.pathsuffix": "/17", "is.error": "false",
		"client.received.start.timestamp": "1795342542330", "client.received.end.timestamp": "1795342542331",
		"target.sent.start.timestamp": "1795342542376", "target.sent.end.timestamp": "1795342542377",
		"target.received.start.timestamp": "1795342542465", "target.received.end.timestamp": "1795342542467",
		"client.sent.end.timestamp": "1795342542468", "message.status.code": "200", "target.response.status.code": "200",
		"request.path": "/v1/orders/17", "request.uri": "/v1/orders/17?expand=items", "request.verb": "POST",
		"client.received.content.length": "14", "target.received.content.length": "24", "target.ip": "203.0.113.7",
		"target.url": "https://orders.example.com:443/api/17?expand=items", "messageid": "mp1-12575-7-1",
		"request.header.User-Agent": "curl/8.5.0", "virtualhost.name": "default",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"apigee.edge.execution.fault_code", "apigee.edge.execution.is_target_error", "analytics", "apigee.access_token"} {
		if value, ok := got[name]; ok {
			t.Errorf("%s has the value %q", name, value)
		}
	}
}

func TestAnalyticsOfFaults(t *testing.T) {
	tests := []struct {
		name                        string
		call                        func() *call
		code, target, apigee, state string
	}{
		{"of the target", handshakeTimeout, "messaging.adaptors.http.BadGateway", "1", "0", "TARGET_REQ_FLOW"},
		{"the target's own", passedThrough400, "messaging.adaptors.http.flow.ErrorResponseCode", "1", "0", "TARGET_RESP_FLOW"},
		{"of the client", endings[5].call, "messaging.adaptors.http.flow.ApplicationNotFound", "0", "1", "REQ_HEADERS_PARSED"},
	}
	const execution = "apigee.edge.execution."
	for _, test := range tests {
		got := values(t, test.call())
		if got["is.error"] != "true" || got[execution+"is_policy_error"] != "0" || got[execution+"is_target_error"] != test.target ||
			got[execution+"is_apigee_fault"] != test.apigee || got[execution+"fault_code"] != test.code || got[execution+"fault_flow_state"] != test.state {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	for _, name := range []string{"target.sent.start.timestamp", "target.received.end.timestamp", "target.response.status.code"} {
		if _, ok := values(t, handshakeTimeout())[name]; ok {
			t.Errorf("%s has a value after a handshake timeout", name)
		}
	}
}

func TestWhatTheOptionsDoNotTellHasDefaults(t *testing.T) {
	tx := recordWith(t, success(), session.Options{})
	if tx.ID() != "00000000-0000-0000-0000-000000000000__1" {
		t.Error(tx.ID())
	}
	checkStructure(t, tx.AppendXML(nil))
	o := options()
	o.VirtualHost, o.Listen = "secure", "[::1]:8443"
	text := string(recordWith(t, success(), o).AppendXML(nil))
	for _, want := range []string{`"virtualhost.name">secure<`, `"virtualhost.ip">::1<`, `"virtualhost.port">8443<`, `"X-Apigee.vhost">secure<`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestTimesOfDayAreUTC(t *testing.T) {
	c := success()
	c.Start = c.Start.In(timeZone)
	for i := range c.Steps {
		c.Steps[i].Start, c.Steps[i].End = c.Steps[i].Start.In(timeZone), c.Steps[i].End.In(timeZone)
	}
	if text := string(record(t, c).AppendXML(nil)); !strings.Contains(text, "22-11-26 10:15:42:331") || strings.Contains(text, " 19:15:42") {
		t.Error("local times are shown")
	}
}

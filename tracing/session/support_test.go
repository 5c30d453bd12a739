package session_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
	"message-processor/tracing/session"
)

const processor = "00325a7b-74fd-4c61-8f31-70d977b249e5"

var (
	orders   = session.Scope{Organization: "acme", Environment: "staging", API: "orders", Revision: 3}
	began    = time.Date(2026, 11, 22, 10, 15, 42, 330_000_000, time.UTC)
	timeZone = time.FixedZone("Tokyo", 9*60*60)
)

func options() session.Options {
	return session.Options{ProcessorID: processor, KeepFaults: 10, Listen: "127.0.0.1:9001"}
}

// call is a record in the making, with a clock that only goes on when told to.
type call struct {
	*tracing.Record
	now time.Time
}

func newCall(method, path string, fields ...string) *call {
	c := &call{Record: &tracing.Record{
		MessageID: "mp1-12575-7-1", Thread: 1, Start: began, Method: []byte(method), Path: []byte(path),
		Client: netip.MustParseAddrPort("198.51.100.11:40022"),
		API: tracing.API{Organization: "acme", Environment: "staging", Name: "orders", Revision: 3,
			BasePath: "/v1/orders", Target: "orders.example.com:443", TargetURL: "https://orders.example.com:443/api"},
	}, now: began}
	c.Context.Trace = tracing.TraceID{0x4b, 0xf9, 0x2f, 0x35}
	fields = append([]string{"Host: gateway.example.com", "User-Agent: curl/8.5.0", "Accept: */*"}, fields...)
	c.Messages.RequestHead = head(method+" "+path+" HTTP/1.1", fields...)
	c.step(tracing.Request, time.Millisecond)
	c.step(tracing.Proxy, 0)
	return c
}

func head(start string, fields ...string) []byte {
	return []byte(start + "\r\n" + strings.Join(append(fields, "", ""), "\r\n"))
}

func (c *call) step(step tracing.Step, took time.Duration) *call {
	c.Steps[step] = tracing.Interval{Start: c.now, End: c.now.Add(took)}
	c.now = c.now.Add(took)
	return c
}

// connect goes through the steps up to the TCP connection.
func (c *call) connect() *call {
	c.step(tracing.DNS, 2*time.Millisecond).step(tracing.Connect, 12*time.Millisecond)
	c.Channel = channel.Snapshot{Secure: true, ID: 739028, Name: "orders.example.com:443", UseCount: 1, Open: true,
		Remote: netip.MustParseAddrPort("203.0.113.7:443"), Local: netip.MustParseAddrPort("10.0.0.5:42828")}
	return c
}

func (c *call) secure() *call {
	c.step(tracing.Handshake, 31*time.Millisecond)
	c.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, HandshakeComplete: true}
	return c
}

func (c *call) send() *call {
	c.step(tracing.Send, time.Millisecond)
	c.Channel.BytesWritten = 311
	c.Messages.SentHead = head(string(c.Method)+" /api/17?expand=items HTTP/1.1", "Host: orders.example.com",
		"User-Agent: curl/8.5.0", "Accept: */*", "X-Forwarded-For: 198.51.100.11", "X-Forwarded-Proto: http",
		"X-Forwarded-Port: 9001", "traceparent: 00-4bf92f35000000000000000000000000-0102030405060708-01",
		"X-Apigee-Message-ID: mp1-12575-7-1")
	return c
}

// pass is an answer of the target that goes to the client as it is.
func (c *call) pass(status, body string, fields ...string) *call {
	c.step(tracing.Wait, 88*time.Millisecond).step(tracing.Receive, 2*time.Millisecond)
	c.Channel.BytesRead, c.Channel.Age = 180, 137*time.Millisecond
	c.Messages.ResponseHead = head("HTTP/1.1 "+status, fields...)
	c.Messages.AnswerHead = head("HTTP/1.1 "+status, append(fields, "X-Apigee-Message-ID: mp1-12575-7-1")...)
	c.Messages.ResponseBody = []byte(body)
	fmt.Sscan(status, &c.Status)
	c.Passed, c.BytesOut = true, int64(len(body))
	return c.finish()
}

// fail ends the call in a fault of the step it is in.
func (c *call) fail(id faults.ID, step tracing.Step, err error) *call {
	fault, ok := faults.Find(id)
	if !ok {
		panic(id)
	}
	vars := faults.Vars{"host": "orders.example.com", "path": "/nowhere", "vhost": "default", "reason": "r", "limit": "7,168"}
	c.Failure = &tracing.Failure{Fault: fault, Vars: vars, Step: step, At: c.now, Err: err}
	body := fault.Body(vars, false)
	c.Status, c.Passed, c.BytesOut = fault.Status, false, int64(len(body))
	c.Messages.AnswerHead = head(fmt.Sprintf("HTTP/1.1 %d %s", fault.Status, fault.Reason), "Content-Type: application/json",
		"Date: Sun, 22 Nov 2026 10:16:37 GMT", fmt.Sprint("Content-Length: ", len(body)),
		"X-Apigee-Message-ID: mp1-12575-7-1", "X-Apigee-fault-code: "+fault.TraceCode)
	c.Messages.AnswerBody = body
	return c.finish()
}

func (c *call) finish() *call {
	c.step(tracing.Respond, time.Millisecond)
	c.End = c.now
	return c
}

func channelError(phase channel.Phase, cause channel.Cause, detail string) error {
	return fmt.Errorf("exchange: %w", &channel.Error{Phase: phase, Cause: cause, Detail: detail, Err: os.ErrDeadlineExceeded})
}

func success() *call {
	c := newCall("POST", "/v1/orders/17?expand=items", "Content-Type: application/json", "Content-Length: 14")
	c.Messages.RequestBody, c.BytesIn = []byte(`{"quantity":2}`), 14
	return c.connect().secure().send().pass("200 OK", `{"id":17,"state":"open"}`, "Content-Type: application/json",
		"Server: nginx", "Content-Length: 24", "Connection: keep-alive")
}

func handshakeTimeout() *call {
	c := newCall("GET", "/v1/orders/17?expand=items").connect()
	c.step(tracing.Handshake, 55*time.Second)
	c.Channel.Age, c.Channel.LastIO = 55221*time.Millisecond, 55221*time.Millisecond
	c.Channel.TCP = &channel.TCPInfo{Unacked: 1, Retransmits: 7, TotalRetransmits: 7, BytesAcked: 1, BytesSent: 4136, SegsIn: 1}
	return c.fail(faults.BadGatewayTLSHandshakeTimeout, tracing.Handshake, channelError(channel.Handshake, channel.Timeout, ""))
}

func connectFailure() *call {
	c := newCall("GET", "/v1/orders/17?expand=items").step(tracing.DNS, 2*time.Millisecond).step(tracing.Connect, time.Millisecond)
	c.Channel = channel.Snapshot{Secure: true, ID: 739029, Remote: netip.MustParseAddrPort("203.0.113.7:443")}
	return c.fail(faults.TargetConnectionRefused, tracing.Connect, channelError(channel.Connect, channel.Refused, ""))
}

func passedThrough400() *call {
	return newCall("GET", "/v1/orders/17?expand=items").connect().secure().send().pass("400 Bad Request",
		"<html>400</html>", "Server: awselb/2.0", "Content-Type: text/html", "Content-Length: 16")
}

// record shows c to a fresh Store with a session on it, and returns what was kept.
func record(t *testing.T, c *call) *session.Transaction {
	t.Helper()
	return recordWith(t, c, options())
}

func recordWith(t *testing.T, c *call, o session.Options) *session.Transaction {
	t.Helper()
	s := session.New(o)
	t.Cleanup(s.Close)
	scope := orders
	if c.API.Name == "" {
		s.Observe(c.Record)
		list := s.Faults()
		if len(list) != 1 {
			t.Fatalf("%d faults kept", len(list))
		}
		return list[0]
	}
	start(t, s, scope, "default")
	s.Observe(c.Record)
	list, err := s.Transactions(scope, "default")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d transactions, %v", len(list), err)
	}
	return list[0]
}

func start(t *testing.T, s *session.Store, scope session.Scope, name string, filters ...session.Filter) session.Info {
	t.Helper()
	info, err := s.Create(session.Spec{Scope: scope, Name: name, Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func mustBe(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

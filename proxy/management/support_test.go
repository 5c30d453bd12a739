package management

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
	"message-processor/tracing/session"
)

const (
	base  = "/v1/organizations/acme/environments/test/apis/orders/revisions/3/debugsessions"
	short = "/v1/o/acme/e/test/apis/orders/revisions/3/debugsessions"
)

var orders = session.Scope{Organization: "acme", Environment: "test", API: "orders", Revision: 3}

// record is a call of orders that the target answered.
func record(method, path string, fields ...string) *tracing.Record {
	start := time.Date(2026, 11, 22, 10, 15, 42, 330e6, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	r := &tracing.Record{
		MessageID: "mp1-12575-7-1", Method: []byte(method), Path: []byte(path), Start: start, End: at(40),
		Client: netip.MustParseAddrPort("198.51.100.11:40022"), Status: 200, Passed: true, BytesOut: 2,
		API: tracing.API{Organization: "acme", Environment: "test", Name: "orders", Revision: 3,
			BasePath: "/v0/orders", Target: "orders.example.com:443", TargetURL: "https://orders.example.com:443/api"},
		Channel: channel.Snapshot{Secure: true, ID: 739028, UseCount: 1, Open: true,
			Remote: netip.MustParseAddrPort("203.0.113.7:443"), Local: netip.MustParseAddrPort("10.0.0.5:42828")},
	}
	for i, step := range []tracing.Step{tracing.Request, tracing.Proxy, tracing.DNS, tracing.Connect, tracing.Handshake,
		tracing.Send, tracing.Wait, tracing.Receive} {
		r.Steps[step] = tracing.Interval{Start: at(5 * i), End: at(5*i + 5)}
	}
	r.Messages = tracing.Messages{
		RequestHead:  head1(method+" "+path+" HTTP/1.1", append([]string{"Host: 127.0.0.1:9001"}, fields...)...),
		SentHead:     head1(method+" /api HTTP/1.1", "Host: orders.example.com"),
		ResponseHead: head1("HTTP/1.1 200 OK", "Content-Length: 2"), ResponseBody: []byte("ok"),
		AnswerHead: head1("HTTP/1.1 200 OK", "Content-Length: 2"),
	}
	return r
}

func head1(start string, fields ...string) []byte {
	return []byte(start + "\r\n" + strings.Join(append(fields, "", ""), "\r\n"))
}

// timedOut is a call of orders whose TLS handshake did not come to an end within 2 s.
func timedOut(method, path string, fields ...string) *tracing.Record {
	r := record(method, path, fields...)
	end := r.Steps[tracing.Handshake].Start.Add(2 * time.Second)
	r.Steps[tracing.Handshake].End, r.End = end, end
	for _, step := range []tracing.Step{tracing.Send, tracing.Wait, tracing.Receive} {
		r.Steps[step] = tracing.Interval{}
	}
	r.Steps[tracing.Respond] = tracing.Interval{Start: end, End: end}
	fault, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	r.Failure = &tracing.Failure{Fault: fault, Step: tracing.Handshake, At: end,
		Err: &channel.Error{Phase: channel.Handshake, Cause: channel.Timeout}}
	r.Status, r.Passed = 502, false
	r.Channel.TCP = &channel.TCPInfo{Unacked: 1, Retransmits: 3, TotalRetransmits: 3, BytesAcked: 1}
	body := fault.Body(nil, false)
	r.BytesOut, r.Messages.SentHead, r.Messages.ResponseHead, r.Messages.ResponseBody = int64(len(body)), nil, nil, nil
	r.Messages.AnswerHead, r.Messages.AnswerBody = head1("HTTP/1.1 502 Bad Gateway", "Content-Type: application/json"), body
	return r
}

// opened starts a session of orders.
func opened(t *testing.T, o Options, name string, filters ...session.Filter) {
	t.Helper()
	if _, err := o.Sessions.Create(session.Spec{Scope: orders, Name: name, Filters: filters}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Sessions.Close) // or its timer lives on
}

func post(t *testing.T, url string) reply { return call1(t, "POST", url) }

func call1(t *testing.T, method, url string, fields ...string) reply {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		req.Header.Set(name, value)
	}
	return send(t, req)
}

// list reads a JSON array of strings.
func list(t *testing.T, r reply) []string {
	t.Helper()
	var names []string
	if err := json.Unmarshal([]byte(r.text), &names); err != nil {
		t.Fatalf("%v in %q", err, r.text)
	}
	return names
}

// listener reads server-sent events.
type listener struct {
	t     *testing.T
	lines *bufio.Scanner
	*http.Response
}

func listen(t *testing.T, url string, fields ...string) *listener {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		req.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close(); client.CloseIdleConnections() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %v", resp.Status, resp.Header)
	}
	return &listener{t, bufio.NewScanner(resp.Body), resp}
}

// next returns the next event, which the stream must have; "" at its end.
func (l *listener) next() (event, id, data string) {
	l.t.Helper()
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "event":
			event = value
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if event != "" {
				return event, id, data
			}
		}
	}
	return "", "", ""
}

package session_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
	"message-processor/tracing"
	"message-processor/tracing/session"
)

func TestTheSummaryOfAHandshakeTimeoutTellsTheWholeStory(t *testing.T) {
	got := record(t, handshakeTimeout()).Summary()
	if got.Verdict.ID != verdict.FirewallDropsData || len(got.Verdict.Evidence) < 3 {
		t.Errorf("verdict %+v", got.Verdict)
	}
	got.Verdict = verdict.Verdict{}
	want := session.Summary{
		ID: processor + "__1", Time: began, Organization: "acme", Environment: "staging", API: "orders", Revision: 3,
		Client: "198.51.100.11:40022", Method: "GET", Path: "/v1/orders/17?expand=items", Status: 502,
		Fault: "messaging.adaptors.http.BadGateway", FaultString: "Bad Gateway", FaultSource: "target", DurationMS: 55016,
		MessageID: "mp1-12575-7-1", TraceID: "4bf92f35000000000000000000000000", Target: "orders.example.com:443",
		Channel: "SSLClientChannel[Connected: Remote:203.0.113.7:443 Local:10.0.0.5:42828]@739028 useCount=1 bytesRead=0 " +
			"bytesWritten=0 age=55221ms lastIO=55221ms isOpen=true",
		Steps: []session.Step{{Name: "request", DurationMS: 1}, {Name: "proxy", OffsetMS: 1}, {Name: "dns", OffsetMS: 1, DurationMS: 2},
			{Name: "connect", OffsetMS: 3, DurationMS: 12}, {Name: "tls handshake", OffsetMS: 15, DurationMS: 55000, Failed: true},
			{Name: "response", OffsetMS: 55015, DurationMS: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestASummaryIsJSONWithStableKeys(t *testing.T) {
	text, err := json.Marshal(record(t, success()).Summary())
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "time", "api", "method", "path", "status", "duration_ms", "message_id", "trace_id", "steps", "verdict"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("no key %s", key)
		}
	}
	if _, ok := keys["fault"]; ok {
		t.Error("a fault in a success")
	}
}

// The words in which a Channel says why it failed must be those the verdict knows.
func TestVerdictsFollowFromTheChannelsErrors(t *testing.T) {
	tests := []struct {
		phase  channel.Phase
		cause  channel.Cause
		detail string
		want   string
	}{
		{channel.Lookup, channel.NotResolved, "", verdict.NameNotResolved},
		{channel.Connect, channel.Refused, "", verdict.ConnectionRefused},
		{channel.Connect, channel.Timeout, "", verdict.ConnectionFiltered},
		{channel.Connect, channel.Unreachable, "", verdict.NoRoute},
		{channel.Handshake, channel.Closed, "", verdict.ClosedInHandshake},
		{channel.Handshake, channel.Reset, "", verdict.ResetInHandshake},
		{channel.Handshake, channel.NotTLS, "first record does not look like a TLS handshake", verdict.NotTLS},
		{channel.Handshake, channel.Alert, "protocol_version", verdict.TLSVersionMismatch},
		{channel.Handshake, channel.TLSFailure, "server selected unsupported protocol version 301", verdict.TLSVersionMismatch},
		{channel.Handshake, channel.UntrustedCert, "", verdict.CertificateUntrusted},
		{channel.Handshake, channel.ExpiredCert, "", verdict.CertificateExpired},
		{channel.Handshake, channel.WrongName, "orders (internal): x", verdict.CertificateWrongName},
		{channel.Handshake, channel.WrongAddress, "203.0.113.7", verdict.CertificateWrongName},
		{channel.Handshake, channel.Budget, "", verdict.Inconclusive},
		{channel.Send, channel.Reset, "", verdict.ClosedBeforeResponse},
		{channel.Wait, channel.Timeout, "", verdict.ResponseSilent},
		{channel.Wait, channel.Closed, "", verdict.ClosedBeforeResponse},
		{channel.Receive, channel.Closed, "", verdict.ClosedInResponse},
		{channel.Receive, channel.Timeout, "", verdict.BackendSlow},
	}
	for _, test := range tests {
		c := newCall("GET", "/v1/orders").connect().step(tracing.Handshake, time.Second)
		c.fail(faults.UnexpectedEOFAtTarget, tracing.Handshake, channelError(test.phase, test.cause, test.detail))
		if got := record(t, c).Summary().Verdict; got.ID != test.want {
			t.Errorf("%s, %s: %s, want %s", test.phase, test.cause, got.ID, test.want)
		}
		bare := &channel.Error{Phase: test.phase, Cause: test.cause, Detail: test.detail}
		if got := record(t, c.again(bare)).Summary().Verdict; got.ID != test.want {
			t.Errorf("%s, %s, without an error underneath: %s", test.phase, test.cause, got.ID)
		}
	}
}

func (c *call) again(err error) *call {
	c.Failure.Err = err
	return c
}

func TestVerdictsOfOtherEndings(t *testing.T) {
	stale := keptConnection()
	stale.Channel.BytesRead = 0
	stale.fail(faults.UnexpectedEOFAtTarget, tracing.Wait, channelError(channel.Wait, channel.Closed, ""))
	left := newCall("GET", "/v1/orders").connect()
	left.Status = tracing.StatusClientClosed
	tests := []struct {
		name string
		call *call
		want string
	}{
		{"success", success(), verdict.Healthy},
		{"the target's own error", passedThrough400(), verdict.Healthy},
		{"a stale connection", stale, verdict.StaleConnection},
		{"an answer that is refused", refused405(), verdict.Inconclusive},
		{"a client that left", left, verdict.Inconclusive},
		{"a defect", newCall("GET", "/").fail(faults.InternalError, tracing.Proxy, os.ErrInvalid), verdict.Inconclusive},
	}
	for _, test := range tests {
		if got := record(t, test.call).Summary().Verdict; got.ID != test.want {
			t.Errorf("%s: %s, want %s", test.name, got.ID, test.want)
		}
	}
}

func TestReceivedIsTheRequestToRepeat(t *testing.T) {
	got := record(t, success()).Received()
	want := session.Message{Kind: session.RequestMessage, Verb: "POST", URI: "/v1/orders/17?expand=items", Content: `{"quantity":2}`,
		Headers: []session.Property{{Name: "Host", Value: "gateway.example.com"}, {Name: "User-Agent", Value: "curl/8.5.0"},
			{Name: "Accept", Value: "*/*"}, {Name: "Content-Type", Value: "application/json"}, {Name: "Content-Length", Value: "14"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

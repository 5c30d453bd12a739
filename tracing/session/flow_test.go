package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

const (
	toProxy  = "REQ_START>REQ_HEADERS_PARSED REQ_HEADERS_PARSED>PROXY_REQ_FLOW "
	toTarget = toProxy + "PROXY_REQ_FLOW>TARGET_REQ_FLOW "
	toSent   = toTarget + "TARGET_REQ_FLOW>REQ_SENT "
	toStart  = toSent + "REQ_SENT>RESP_START "
	answered = toStart + "RESP_START>TARGET_RESP_FLOW TARGET_RESP_FLOW>PROXY_RESP_FLOW PROXY_RESP_FLOW>RESP_SENT "
	failed   = "ERROR>RESP_SENT "
	ended    = "RESP_SENT>END END>PROXY_POST_RESP_SENT"
)

// endings are calls by how they ended.
var endings = []struct {
	name   string
	call   func() *call
	states string
	failed string // state of the Error point, "" if there is none
	code   string
}{
	{"success", success, answered + ended, "", ""},
	{"success on a kept connection", keptConnection, answered + ended, "", ""},
	{"answered by the gateway itself", answeredHere,
		toProxy + "PROXY_REQ_FLOW>PROXY_RESP_FLOW PROXY_RESP_FLOW>RESP_SENT " + ended, "", ""},
	{"the target's own 400", passedThrough400, toStart + "RESP_START>TARGET_RESP_FLOW " + failed + ended, "TARGET_RESP_FLOW",
		"messaging.adaptors.http.flow.ErrorResponseCode"},
	{"a head that was refused", func() *call {
		c := newCall("GET", "/")
		c.API, c.Method, c.Path = tracing.API{Organization: "acme", Environment: "staging"}, nil, nil
		c.Steps[tracing.Proxy] = tracing.Interval{}
		return c.fail(faults.RequestLineTooBig, tracing.Request, nil)
	}, failed + ended, "REQ_START", "protocol.http.TooBigLine"},
	{"a path nobody serves", func() *call {
		c := newCall("GET", "/nowhere?q=1")
		c.API = tracing.API{Organization: "acme", Environment: "staging"}
		return c.fail(faults.ApplicationNotFound, tracing.Proxy, nil)
	}, "REQ_START>REQ_HEADERS_PARSED " + failed + ended, "REQ_HEADERS_PARSED", "messaging.adaptors.http.flow.ApplicationNotFound"},
	{"a body that does not come", func() *call {
		return newCall("POST", "/v1/orders").step(tracing.Request, time.Minute).fail(faults.RequestTimeout, tracing.Request, nil)
	}, "REQ_START>REQ_HEADERS_PARSED " + failed + ended, "REQ_HEADERS_PARSED", "messaging.adaptors.http.flow.RequestTimeOut"},
	{"no server left to choose", func() *call {
		return newCall("GET", "/v1/orders").fail(faults.NoActiveTargets, tracing.Proxy, nil)
	}, toTarget + failed + ended, "TARGET_REQ_FLOW", "messaging.adaptors.http.flow.NoActiveTargets"},
	{"a name without address", func() *call {
		return newCall("GET", "/v1/orders").step(tracing.DNS, 5*time.Millisecond).
			fail(faults.TargetDNSFailure, tracing.DNS, channelError(channel.Lookup, channel.NotResolved, ""))
	}, toTarget + failed + ended, "TARGET_REQ_FLOW", "messaging.adaptors.http.flow.ServiceUnavailable"},
	{"a refused connection", connectFailure, toTarget + failed + ended, "TARGET_REQ_FLOW", "messaging.adaptors.http.flow.ServiceUnavailable"},
	{"the handshake timeout", handshakeTimeout, toTarget + failed + ended, "TARGET_REQ_FLOW", "messaging.adaptors.http.BadGateway"},
	{"a connection lost while sending", func() *call {
		return newCall("GET", "/v1/orders").connect().secure().step(tracing.Send, time.Millisecond).
			fail(faults.TargetPrematureClose, tracing.Send, channelError(channel.Send, channel.Reset, ""))
	}, toTarget + failed + ended, "TARGET_REQ_FLOW", "messaging.adaptors.http.flow.ServiceUnavailable"},
	{"a target that does not answer", func() *call {
		return newCall("GET", "/v1/orders").connect().secure().send().step(tracing.Wait, 55*time.Second).
			fail(faults.GatewayTimeoutTargetIO, tracing.Wait, channelError(channel.Wait, channel.Timeout, ""))
	}, toSent + failed + ended, "REQ_SENT", "messaging.adaptors.http.flow.GatewayTimeout"},
	{"an answer that is refused", refused405, toStart + failed + ended, "RESP_START", "protocol.http.Response405WithoutAllowHeader"},
	{"an answer broken off half way", brokenOff, answered + ended, "RESP_SENT", "messaging.adaptors.http.UnexpectedEOFAtTarget"},
	{"a client that leaves during the handshake", func() *call {
		c := newCall("GET", "/v1/orders").connect().step(tracing.Handshake, time.Second)
		c.Status, c.End = tracing.StatusClientClosed, c.now
		return c
	}, toTarget + "TARGET_REQ_FLOW>END END>PROXY_POST_RESP_SENT", "", ""},
	{"a client that leaves with the answer on its way", func() *call {
		c := success()
		c.Status = tracing.StatusClientClosed
		return c
	}, answered + ended, "", ""},
}

func keptConnection() *call {
	c := newCall("GET", "/v1/orders/17")
	c.connect().Reused = true
	c.Steps[tracing.DNS], c.Steps[tracing.Connect], c.Channel.UseCount = tracing.Interval{}, tracing.Interval{}, 4
	return c.send().pass("200 OK", "", "Content-Length: 0")
}

func answeredHere() *call {
	c := newCall("OPTIONS", "/v1/orders", "Max-Forwards: 0")
	c.Status, c.Messages.AnswerHead = 200, head("HTTP/1.1 200 OK", "Content-Length: 0", "X-Apigee-Message-ID: mp1-12575-7-1")
	return c.finish()
}

func refused405() *call {
	c := newCall("PUT", "/v1/orders").connect().secure().send().step(tracing.Wait, 9*time.Millisecond).step(tracing.Receive, 0)
	c.Messages.ResponseHead, c.Channel.BytesRead = head("HTTP/1.1 405 Method Not Allowed", "Content-Length: 0"), 60
	return c.fail(faults.Target405WithoutAllow, tracing.Receive, nil)
}

func brokenOff() *call {
	c := newCall("GET", "/v1/orders").connect().secure().send().pass("200 OK", "half an ans", "Content-Length: 400")
	fault, _ := faults.Find(faults.UnexpectedEOFAtTarget)
	c.Failure = &tracing.Failure{Fault: fault, Step: tracing.Receive, At: c.now, Err: channelError(channel.Receive, channel.Closed, "")}
	return c
}

func TestStatesFollowFromHowACallEnded(t *testing.T) {
	for _, test := range endings {
		t.Run(test.name, func(t *testing.T) {
			document := record(t, test.call()).AppendXML(nil)
			checkStructure(t, document)
			root := parse(t, document)
			if diff := cmp.Diff(strings.Fields(test.states), root.changes()); diff != "" {
				t.Error(diff)
			}
			state := ""
			for _, p := range root.points("Error") {
				state = p.property("state")
			}
			if state != test.failed {
				t.Errorf("failed in %q, want %q", state, test.failed)
			}
			last := root.points("StateChange")[len(root.changes())-1].message()
			if code := strings.Join(last.header("X-Apigee.fault-code"), ""); code != test.code {
				t.Errorf("fault code %q, want %q", code, test.code)
			}
		})
	}
}

func TestEveryFaultOfTheCatalogueIsWellFormed(t *testing.T) {
	for _, f := range faults.All() {
		if !f.Produced || f.String == "" {
			continue
		}
		for step := tracing.Request; step <= tracing.Respond; step++ {
			t.Run(fmt.Sprint(f.ID, " ", step), func(t *testing.T) {
				c := newCall("GET", "/v1/orders").connect().secure().send()
				if step >= tracing.Receive {
					c.Messages.ResponseHead = head("HTTP/1.1 200 OK", "Content-Length: 400")
				}
				checkStructure(t, record(t, c.fail(f.ID, step, nil)).AppendXML(nil))
			})
		}
	}
}

func TestPauseAndResumeEncloseTheWaitForTheTarget(t *testing.T) {
	root := parse(t, record(t, handshakeTimeout()).AppendXML(nil))
	var ids []string
	for _, p := range root.points("") {
		ids = append(ids, p.attr("id"))
	}
	if text := strings.Join(ids, " "); !strings.Contains(text, "Paused FlowInfo FlowInfo Error Resumed Condition Condition Condition StateChange") {
		t.Error(text)
	}
}

func TestTheGapOfAHandshakeTimeoutStandsBeforeItsError(t *testing.T) {
	points := record(t, handshakeTimeout()).Points()
	for i, p := range points {
		if p.ID != "Paused" || points[i+1].ID == "Resumed" || i == len(points)-1 {
			continue
		}
		if gap := points[i+1].Time.Sub(points[i-1].Time); gap < 55*time.Second || gap > 56*time.Second {
			t.Errorf("%s", gap)
		}
		return
	}
	t.Error("never paused")
}

func TestNoConnectionIsShownWhereNoneWasOpened(t *testing.T) {
	if text := string(record(t, connectFailure()).AppendXML(nil)); strings.Contains(text, "targetendpoint_") {
		t.Error("connection properties in a connect failure")
	}
	text := string(record(t, success()).AppendXML(nil))
	for _, want := range []string{`tlsHandshakeStatus">COMPLETED<`, `actualTargetTlsProtocol">TLSv1.3<`,
		`actualTargetCipherSuite">TLS_AES_128_GCM_SHA256<`, `connectionTlsHandshakeTimeMs">31<`, `socketUseCount">0<`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if text := string(record(t, keptConnection()).AppendXML(nil)); !strings.Contains(text, `isFromClientPool">true<`) || !strings.Contains(text, `socketUseCount">3<`) {
		t.Error("a kept connection does not look like one")
	}
}

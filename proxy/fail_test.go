package proxy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/proxy/wire"
)

// exported lists the constants of a type in package channel's phase.go, so that a new one cannot be forgotten here.
func exported(t *testing.T, typeName string) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("channel", "phase.go"))
	check(t, err)
	var values []string
	for _, m := range regexp.MustCompile(`(?m)^\t[A-Z]\w* +`+typeName+` += "([^"]+)"`).FindAllSubmatch(source, -1) {
		values = append(values, string(m[1]))
	}
	return values
}

func TestEveryPhaseAndCauseHasAFaultThatIsProduced(t *testing.T) {
	phases, causes := exported(t, "Phase"), exported(t, "Cause")
	if len(phases) != 7 || len(causes) < 20 {
		t.Fatalf("found the phases %q and the causes %q", phases, causes)
	}
	target := serve(t, always(plain))
	g := unserved(t, setup{target: target.url()}.config(t), setup{})
	defer g.pool.Close()
	defer g.system.Close()
	route := g.state.Load().routes.byBasePath["/v1/orders"]
	x := &exchange{state: g.state.Load(), route: route, server: route.only}
	for _, phase := range phases {
		for _, cause := range causes {
			id, vars := x.targetFault(&channel.Error{Phase: channel.Phase(phase), Cause: channel.Cause(cause), Detail: "detail", Err: os.ErrClosed})
			fault, found := faults.Find(id)
			switch {
			case !found || !fault.Produced:
				t.Errorf("%s by %s: fault %q, which is not produced", phase, cause, id)
			case fault.Status < 500 || fault.Source != "target" && id != faults.APITimedOut:
				t.Errorf("%s by %s: %d, source %s; want a fault of the target", phase, cause, fault.Status, fault.Source)
			}
			if text := fault.Message(x.complete(id, vars)); strings.ContainsAny(text, "{}") {
				t.Errorf("%s by %s: a placeholder is left in %q", phase, cause, text)
			}
		}
	}
}

func TestTheTableNamesOnlyWhatChannelKnows(t *testing.T) {
	phases, causes := exported(t, "Phase"), exported(t, "Cause")
	known := strings.Join(append(append(phases, causes...), ""), "\n")
	for phase, row := range faultOf {
		if !strings.Contains(known, string(phase)) {
			t.Errorf("phase %q", phase)
		}
		if _, found := row[anyCause]; !found {
			t.Errorf("phase %q has no fault for the causes it does not name", phase)
		}
		for cause := range row {
			if !strings.Contains(known, string(cause)) {
				t.Errorf("cause %q", cause)
			}
		}
	}
}

func TestEveryRefusalHasAFault(t *testing.T) {
	for kind := wire.Malformed; kind <= wire.NameInvalidChar; kind++ {
		fault, found := faults.Find(faultOfRefusal[kind])
		if !found || !fault.Produced || fault.Source != "apigee" {
			t.Errorf("%v: fault %q", kind, faultOfRefusal[kind])
		}
	}
}

// TestTargetFaults causes each fault that a plain target can, and looks at all that is said of it.
func TestTargetFaults(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name   string
		answer string // and then the target closes
		want   faults.ID
	}{
		{"end before the answer", "", faults.UnexpectedEOFAtTarget},
		{"end in the status line", "HTTP/1.1 20", faults.UnexpectedEOFAtTarget},
		{"end in the fields", head + "Content-Length: 5\r\nX", faults.UnexpectedEOFAtTarget},
		{"end in the body", head + "Content-Length: 5\r\n\r\nhi", faults.UnexpectedEOFAtTarget},
		{"end in the chunks", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", faults.UnexpectedEOFAtTarget},
		{"end in the trailers", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n", faults.UnexpectedEOFAtTarget},
		{"end after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", faults.UnexpectedEOFAtTarget},
		{"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", faults.MalformedResponse},
		{"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", faults.MalformedResponse},
		{"a later version", "HTTP/2.0 200 OK\r\n\r\n", faults.MalformedResponse},
		{"status of two digits", "HTTP/1.1 99 Low\r\n\r\n", faults.MalformedResponse},
		{"status of four digits", "HTTP/1.1 2000 High\r\n\r\n", faults.MalformedResponse},
		{"folded field", head + "X: y\r\n folded\r\n\r\n", faults.MalformedResponse},
		{"name with a blank", head + "X : y\r\nContent-Length: 0\r\n\r\n", faults.MalformedResponse},
		{"NUL in a value", head + "X: \x00\r\nContent-Length: 0\r\n\r\n", faults.MalformedResponse},
		{"two lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", faults.MalformedResponse},
		{"length and chunks", head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", faults.MalformedResponse},
		{"another coding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", faults.MalformedResponse},
		{"chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", faults.MalformedResponse},
		{"length without end", head + "Content-Length: 99999999999999999999\r\n\r\n", faults.MalformedResponse},
		{"negative length", head + "Content-Length: -1\r\n\r\n", faults.MalformedResponse},
		{"malformed chunk", head + "Transfer-Encoding: chunked\r\n\r\nx\r\n", faults.MalformedResponse},
		{"malformed trailer", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n", faults.MalformedResponse},
		{"interim answers without end", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 65), faults.MalformedResponse},
		{"405 without Allow", "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n", faults.Target405WithoutAllow},
		{"306", "HTTP/1.1 306 Unused\r\nContent-Length: 0\r\n\r\n", faults.Target306Reserved},
		{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", faults.TargetResponseWithBody},
		{"204 with chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", faults.TargetResponseWithBody},
		{"205 with a length", "HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nhi", faults.TargetResponseWithBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target := serve(t, func(p *peer) {
				p.request()
				p.send(c.answer)
			})
			g := setup{target: target.url()}.start(t)
			client := g.dial()
			client.send("GET /v1/orders/7 HTTP/1.1\r\nHost: gw\r\n\r\n")
			a := client.receive("GET")
			for a.StatusCode < 200 {
				a = client.receive("GET") // relayed before it went wrong
			}
			g.faulty(a, c.want)
			if a.Close {
				t.Error("the client's connection ends for a fault of the target")
			}
		})
	}
}

// faulty checks answer, record and log of the one fault a test has caused.
func (g *gateway) faulty(a answer, want faults.ID) record {
	g.t.Helper()
	fault, found := faults.Find(want)
	if !found {
		g.t.Fatalf("no fault %q", want)
	}
	r := g.record()
	if a.StatusCode != fault.Status || a.Status != fmt.Sprintf("%d %s", fault.Status, fault.Reason) ||
		!strings.Contains(a.body, `"errorcode":"`+fault.Code+`"`) || a.Header.Get("Content-Type") != "application/json" {
		g.t.Errorf("answered %s %q, want %s (%d)", a.Status, a.body, want, fault.Status)
	}
	for field, value := range map[string]string{
		"X-Apigee-Message-Id": r.MessageID, "X-Apigee-Fault-Code": fault.TraceCode, "X-Apigee-Fault-Source": fault.Source,
	} {
		if got := a.Header.Get(field); got != value {
			g.t.Errorf("%s: %q, want %q", field, got, value)
		}
	}
	if r.fault != want || r.Status != fault.Status || r.Passed {
		g.t.Errorf("recorded fault %q, status %d; want %q", r.fault, r.Status, want)
	}
	lines := g.lines()
	if len(lines) == 0 || !strings.Contains(lines[0], " ERROR "+fault.Log.Logger+" - ") || !strings.Contains(lines[0], "messageid:"+r.MessageID) {
		g.t.Errorf("system.log says %q, want one ERROR of %s", lines, fault.Log.Logger)
	}
	for _, line := range lines[min(1, len(lines)):] {
		if strings.Contains(line, " ERROR ") {
			g.t.Errorf("a second line: %q", line)
		}
	}
	return r
}

func TestConnectionRefused(t *testing.T) {
	g := setup{target: "http://127.0.0.1:1"}.start(t)
	r := g.faulty(g.get("/v1/orders"), faults.TargetConnectionRefused)
	if r.Channel.Remote.String() != "127.0.0.1:1" || r.Channel.Open {
		t.Errorf("channel %v", r.Channel)
	}
}

func TestANameThatDoesNotExist(t *testing.T) {
	s := setup{target: "http://orders.invalid"}
	s.start(t).faultyGet(faults.TargetDNSFailure)
	s.gateway = "compatibility: {no_resolved_host: true}"
	s.start(t).faultyGet(faults.TargetNoResolvedHost)
}

func (g *gateway) faultyGet(want faults.ID) record {
	g.t.Helper()
	return g.faulty(g.get("/v1/orders"), want)
}

func TestAResetByTheTargetIsItsUnexpectedEnd(t *testing.T) {
	target := serve(t, func(p *peer) {
		p.request()
		resetOnClose(p)
	})
	r := setup{target: target.url()}.start(t).faultyGet(faults.UnexpectedEOFAtTarget)
	if r.Channel.Open {
		t.Error("the channel is told to be open after a reset")
	}
}

// TestATargetThatHangsUpDuringTheRequest is the playbook's broken pipe.
func TestATargetThatHangsUpDuringTheRequest(t *testing.T) {
	target := serve(t, func(p *peer) {
		p.in.ReadByte()
		resetOnClose(p)
	})
	g := setup{target: target.url(), gateway: "limits: {request_body: 100000000}"}.start(t)
	c := g.dial()
	c.send(post("Content-Length: 20000000", strings.Repeat("x", 20000000)))
	g.faulty(c.receive("POST"), faults.TargetPrematureClose)
}

func TestAllow405WithoutAllow(t *testing.T) {
	target := serve(t, always("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"))
	g := setup{target: target.url(), gateway: "compatibility: {allow_405_without_allow: true}"}.start(t)
	if a := g.get("/v1/orders"); a.StatusCode != 405 {
		t.Errorf("answered %s", a.Status)
	}
	if r := g.record(); r.fault != "" || !r.Passed {
		t.Errorf("recorded fault %q", r.fault)
	}
}

func TestAPassedThroughErrorIsNoErrorLine(t *testing.T) {
	target := serve(t, always("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"))
	g := setup{target: target.url()}.start(t)
	g.get("/v1/orders")
	if r := g.record(); r.Status != 500 || !r.Passed || r.fault != "" {
		t.Errorf("recorded %d, fault %q", r.Status, r.fault)
	}
	if lines := g.lines(); lines != nil {
		t.Errorf("system.log says %q", lines)
	}
}

func TestReasonInFaultBodies(t *testing.T) {
	target := serve(t, func(p *peer) { p.request() })
	g := setup{target: target.url(), gateway: "compatibility: {reason: true}"}.start(t)
	if a := g.get("/v1/orders"); !strings.HasSuffix(a.body, `EOFAtTarget","reason":"TARGET_READ_UNEXPECTED_EOF"}}}`) {
		t.Errorf("body %q", a.body)
	}
}

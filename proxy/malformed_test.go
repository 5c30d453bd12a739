package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"message-processor/faults"
)

// hostile is a request that no strict reader accepts, and the fault that says so.
type hostile struct {
	name    string
	request string
	want    faults.ID
}

const (
	// good reaches the target; nothing else that these tests send may.
	good = "GET /v1/orders/good HTTP/1.1\r\nHost: gateway\r\n\r\n"
	// smuggled is what an attacker would like to be read as a request of its own.
	smuggled = "GET /v1/orders/smuggled HTTP/1.1\r\nHost: gateway\r\n\r\n"
	// hostileLimits make what is too big small enough to send often.
	hostileLimits = "limits: {request_line: 200, request_headers: 2000, request_body: 1000}"
)

// listening is a target that keeps every byte it is sent and answers whatever ends like a head.
type listening struct {
	*backend
	heard safeBuffer
}

func listen(t *testing.T) *listening {
	l := new(listening)
	l.backend = serve(t, func(p *peer) {
		var head []byte
		buf := make([]byte, 4096)
		for {
			n, err := p.Read(buf)
			l.heard.Write(buf[:n])
			if head = append(head, buf[:n]...); bytes.HasSuffix(head, []byte("\r\n\r\n")) {
				head = nil
				p.send(plain)
			}
			if err != nil {
				return
			}
		}
	})
	return l
}

// onlyGood checks that the target has heard so many good requests and not a byte else.
func (l *listening) onlyGood(t *testing.T, want int) {
	t.Helper()
	heard := l.heard.String()
	for _, head := range strings.SplitAfter(heard, "\r\n\r\n") {
		if head != "" && !strings.HasPrefix(head, "GET /good HTTP/1.1\r\n") {
			t.Errorf("the target received %q", head)
		}
	}
	if got := strings.Count(heard, "GET "); got != want {
		t.Errorf("the target received %d requests, want the %d good ones", got, want)
	}
}

// TestMalformedRequestsAreRefusedAndReachNoTarget sends each of the cases twice: as the first request of a connection, which
// comes through the door, and behind a good one. What follows it on the connection must not be served.
func TestMalformedRequestsAreRefusedAndReachNoTarget(t *testing.T) {
	target := listen(t)
	g := setup{target: target.url(), gateway: hostileLimits}.start(t)
	cases := hostileRequests()
	if len(cases) < 300 {
		t.Errorf("only %d cases", len(cases))
	}
	inParallel(cases, func(h hostile) {
		if err := refuse(g.address, "", h); err != nil {
			t.Errorf("%s, as the first request: %v\n%.300q", h.name, err, h.request)
		}
		if err := refuse(g.address, good, h); err != nil {
			t.Errorf("%s, as a later request: %v\n%.300q", h.name, err, h.request)
		}
	})
	if a := g.get("/v1/orders/good"); a.StatusCode != 200 {
		t.Errorf("a good request is answered %d afterwards", a.StatusCode)
	}
	target.onlyGood(t, len(cases)+1)
	if got := len(g.lines()); got != 2*len(cases) {
		t.Errorf("system.log has %d lines, want one for each refusal, %d", got, 2*len(cases))
	}
}

func inParallel(cases []hostile, do func(hostile)) {
	work := make(chan hostile)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for h := range work {
				do(h)
			}
		})
	}
	for _, h := range cases {
		work <- h
	}
	close(work)
	workers.Wait()
}

// refuse expects that the gateway, after it has served first, answers h with its fault and ends the connection.
func refuse(address, first string, h hostile) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, first+h.request+smuggled); err != nil {
		return err
	}
	said, err := io.ReadAll(conn)
	if err != nil {
		return fmt.Errorf("said %q, then %w", said, err)
	}
	if first != "" {
		_, rest, found := bytes.Cut(said, []byte("\r\n\r\nok"))
		if !found {
			return fmt.Errorf("the good request before was answered %q", said)
		}
		said = rest
	}
	return isFault(said, h.want)
}

// isFault checks that the gateway said nothing but this fault.
func isFault(said []byte, want faults.ID) error {
	fault, found := faults.Find(want)
	if !found {
		return fmt.Errorf("no fault %q in the catalogue", want)
	}
	head, body, _ := strings.Cut(string(said), "\r\n\r\n")
	for _, part := range []string{
		fmt.Sprintf("HTTP/1.1 %d %s\r\n", fault.Status, fault.Reason),
		"\r\nContent-Type: application/json\r\n",
		fmt.Sprintf("\r\nContent-Length: %d\r\n", len(body)),
		"\r\nX-Apigee-Message-ID: mp1-12575-",
		"\r\nX-Apigee-fault-code: " + fault.TraceCode + "\r\n",
		"\r\nConnection: close",
	} {
		if !strings.Contains(head, part) {
			return fmt.Errorf("no %q in the answer %.600q", part, said)
		}
	}
	if !strings.HasSuffix(body, `"detail":{"errorcode":"`+fault.Code+`"}}}`) {
		return fmt.Errorf("body %q, want errorcode %s", body, fault.Code)
	}
	return nil
}

// TestEveryPrefixOfARequestIsNoRequest cuts requests off at every byte.
func TestEveryPrefixOfARequestIsNoRequest(t *testing.T) {
	target := listen(t)
	g := setup{target: target.url()}.start(t)
	whole := []string{
		"POST /v1/orders/bad HTTP/1.1\r\nHost: gateway\r\nContent-Length: 5\r\n\r\nhello",
		"POST /v1/orders/bad HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
	}
	var cases []hostile
	for _, request := range whole {
		for i := range len(request) {
			cases = append(cases, hostile{name: fmt.Sprintf("cut at %d", i), request: request[:i]})
		}
	}
	inParallel(cases, func(h hostile) {
		if said := halfClosed(t, g.address, h.request); said != "" {
			t.Errorf("%s: answered %q\n%q", h.name, said, h.request)
		}
	})
	target.onlyGood(t, 0)
	if lines := g.lines(); len(lines) > 0 && strings.Contains(strings.Join(lines, "\n"), " ERROR ") {
		t.Errorf("clients that left wrote %q", lines)
	}
}

// halfClosed sends and ends the sending side, and returns what the gateway said until it closed.
func halfClosed(t *testing.T, address, request string) string {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, request)
	conn.(*net.TCPConn).CloseWrite()
	said, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("%q: %v", request, err)
	}
	return string(said)
}

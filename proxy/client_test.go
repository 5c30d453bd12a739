package proxy

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

const short = "defaults: {io_timeout: 300ms}"

// silent is a target that takes a request and answers when it is told to.
func silent(t *testing.T) (target *backend, asked <-chan string, answer chan<- string) {
	requests, answers := make(chan string, 8), make(chan string)
	target = serve(t, func(p *peer) {
		for {
			r, _, err := p.request()
			if err != nil {
				return
			}
			requests <- r.URL.Path
			p.send(<-answers)
		}
	})
	t.Cleanup(func() { close(answers) })
	return target, requests, answers
}

func TestAClientThatStallsInItsHeadIsTimedOut(t *testing.T) {
	for _, before := range []string{"", good} {
		g := setup{target: serve(t, always(plain)).url(), gateway: short}.start(t)
		c := g.dial()
		c.send(before)
		if before != "" {
			c.receive("GET")
			g.record()
		}
		c.send("GET /v1/orders/bad HTTP/1.1\r\nHost: gw\r\n")
		began := time.Now()
		g.faulty(c.receive("GET"), faults.RequestTimeout)
		if took := time.Since(began); took < 250*time.Millisecond {
			t.Errorf("timed out after %v", took)
		}
		c.ended()
	}
}

// TestAByteNowAndThenDoesNotHoldAConnection pins that the head has the I/O timeout as a whole.
func TestAByteNowAndThenDoesNotHoldAConnection(t *testing.T) {
	g := setup{target: serve(t, always(plain)).url(), gateway: short}.start(t)
	c := g.dial()
	c.send("GET /v1/orders HTTP/1.1\r\n")
	go func() {
		for range 100 {
			if _, err := io.WriteString(c, "X: y\r\n"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	if a := c.receive("GET"); a.StatusCode != 408 {
		t.Errorf("answered %s", a.Status)
	}
}

func TestAClientThatStallsInItsBodyIsTimedOut(t *testing.T) {
	for _, streaming := range []string{"", "streaming: {request: true},"} {
		for _, fields := range []string{"Content-Length: 10", "Transfer-Encoding: chunked"} {
			g := setup{target: serve(t, always(plain)).url(), gateway: short, within: streaming + "io_timeout: 5s,"}.start(t)
			c := g.dial()
			began := time.Now()
			c.send(post(fields, "5\r\n"))
			g.faulty(c.receive("POST"), faults.RequestTimeout)
			if took := time.Since(began); took < 250*time.Millisecond || took > 4*time.Second {
				t.Errorf("timed out after %v", took)
			}
			c.ended()
		}
	}
}

func TestASlowBodyIsNoStalledOne(t *testing.T) {
	g := setup{target: serve(t, always(plain)).url(), gateway: short}.start(t)
	c := g.dial()
	c.send(post("Content-Length: 10", ""))
	for range 10 {
		time.Sleep(50 * time.Millisecond) // in all longer than the timeout
		c.send("x")
	}
	if a := c.receive("POST"); a.StatusCode != 200 {
		t.Errorf("answered %s", a.Status)
	}
}

func TestAClientThatSaysNothingIsLeftWithoutAWord(t *testing.T) {
	g := setup{target: serve(t, always(plain)).url(), gateway: short}.start(t)
	g.dial().ended()
	if len(g.records) > 0 || g.lines() != nil {
		t.Error("there is a record of a request that never was")
	}
}

// TestAClientThatLeavesIsNoFault lets the client go while the target is at work, in every way a client can go.
func TestAClientThatLeavesIsNoFault(t *testing.T) {
	for name, leave := range map[string]func(*caller){
		"close": func(c *caller) { c.Close() },
		"reset": func(c *caller) { c.reset() },
	} {
		for _, policy := range []string{"continue", "cancel"} {
			t.Run(name+" "+policy, func(t *testing.T) {
				t.Parallel()
				target, asked, answer := silent(t)
				g := setup{target: target.url(), gateway: "on_client_close: " + policy}.start(t)
				c := g.dial()
				c.send("GET /v1/orders/slow HTTP/1.1\r\nHost: gw\r\n\r\n")
				<-asked
				leave(c)
				if policy == "continue" {
					time.Sleep(2 * lookAfter) // as long as a target may take before anybody looks
					answer <- plain
				}
				r := g.record()
				if r.Status != tracing.StatusClientClosed || r.fault != "" {
					t.Errorf("recorded %d, fault %q", r.Status, r.fault)
				}
				if lines := strings.Join(g.lines(), "\n"); !strings.Contains(lines, " INFO ") || strings.Contains(lines, " ERROR ") {
					t.Errorf("system.log says %q", lines)
				}
			})
		}
	}
}

// TestAHalfClosedClientGetsAllOfItsAnswer pins that a client that may have left is written to as if it had not.
func TestAHalfClosedClientGetsAllOfItsAnswer(t *testing.T) {
	for _, streaming := range []string{"", "streaming: {response: true},"} {
		target, asked, answer := silent(t)
		g := setup{target: target.url(), within: streaming}.start(t)
		c := g.dial()
		c.send(ask)
		c.closeWrite()
		<-asked
		time.Sleep(2 * lookAfter)
		answer <- "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
		if a := c.receive("GET"); a.StatusCode != 200 || a.body != "hi" {
			t.Errorf("answered %s %q", a.Status, a.body)
		}
		c.ended()
		if r := g.record(); r.Status != tracing.StatusClientClosed || r.fault != "" || r.BytesOut != 2 {
			t.Errorf("recorded %d, fault %q, %d bytes", r.Status, r.fault, r.BytesOut)
		}
	}
}

// TestAClientThatLeavesEndsEveryPhase lets clients go whose departure cancels what is under way.
func TestAClientThatLeavesEndsEveryPhase(t *testing.T) {
	reached := make(chan string, 8)
	hold := serve(t, func(p *peer) {
		p.in.ReadByte()
		reached <- "target"
		io.Copy(io.Discard, p.in)
		reached <- "end"
	})
	connecting := &channel.Dialer{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		reached <- "target"
		<-ctx.Done()
		reached <- "end"
		return nil, ctx.Err()
	}}
	const cancel = "on_client_close: cancel"
	for name, s := range map[string]setup{
		"connect":   {target: hold.url(), dialer: connecting, gateway: cancel},
		"handshake": {target: "https://" + hold.address, gateway: cancel},
		"wait":      {target: hold.url(), gateway: cancel},
	} {
		t.Run(name, func(t *testing.T) {
			g := s.start(t)
			c := g.dial()
			c.send(ask)
			<-reached
			c.Close()
			<-reached
			if r := g.record(); r.Status != tracing.StatusClientClosed || r.fault != "" {
				t.Errorf("recorded %d, fault %q", r.Status, r.fault)
			}
		})
	}
}

// TestAClientThatLeavesADyingTarget pins that a fault is told even if there is nobody left to hear it.
func TestAClientThatLeavesADyingTarget(t *testing.T) {
	target, asked, answer := silent(t)
	g := setup{target: target.url()}.start(t)
	c := g.dial()
	c.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n")
	<-asked
	c.Close()
	time.Sleep(2 * lookAfter)
	answer <- "nonsense\r\n\r\n"
	if r := g.record(); r.Status != tracing.StatusClientClosed || r.fault != faults.MalformedResponse {
		t.Errorf("recorded %d, fault %q", r.Status, r.fault)
	}
	if lines := g.lines(); len(lines) != 1 || !strings.Contains(lines[0], " ERROR ") {
		t.Errorf("system.log says %q", lines)
	}
}

// TestAClientThatDoesNotReadIsNoFault fills the client's receive window and waits for the gateway to give up.
func TestAClientThatDoesNotReadIsNoFault(t *testing.T) {
	big := strings.Repeat("x", 9<<20)
	for _, streaming := range []string{"", "streaming: {response: true},"} {
		target := serve(t, always("HTTP/1.1 200 OK\r\nContent-Length: 9437184\r\n\r\n"+big))
		g := setup{target: target.url(), gateway: short, within: streaming}.start(t)
		c := g.dial()
		c.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n")
		if r := g.record(); r.Status != tracing.StatusClientClosed || r.fault != "" {
			t.Errorf("recorded %d, fault %q", r.Status, r.fault)
		}
		c.Close()
	}
}

func TestAClientThatLeavesInItsBodyIsNoFault(t *testing.T) {
	for _, streaming := range []string{"", "streaming: {request: true},"} {
		g := setup{target: serve(t, always(plain)).url(), within: streaming}.start(t)
		c := g.dial()
		c.send(post("Content-Length: 10", "hello"))
		c.Close()
		if r := g.record(); r.Status != tracing.StatusClientClosed || r.fault != "" {
			t.Errorf("recorded %d, fault %q", r.Status, r.fault)
		}
	}
}

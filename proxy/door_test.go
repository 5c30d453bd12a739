package proxy

import (
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAFirstHeadOfAnySizeAndPaceIsServed sends what does not fit into fasthttp's buffer, and what comes byte by byte.
func TestAFirstHeadOfAnySizeAndPaceIsServed(t *testing.T) {
	target := serve(t, always(plain))
	g := setup{target: target.url()}.start(t)
	long := "GET /v1/orders/" + x(7000) + " HTTP/1.1\r\nHost: gw\r\nX: " + x(25000) + "\r\n\r\n"
	many := "GET /v1/orders HTTP/1.1\r\nHost: gw\r\n" + strings.Repeat("X: y\r\n", 500) + "\r\n"
	body := post("Content-Length: 20000", x(20000))
	for name, request := range map[string]string{"long": long, "many fields": many, "with a body": body} {
		c := g.dial()
		for range 3 {
			c.exchange(request, 200)
		}
		c.Close()
		c = g.dial()
		for rest := request; rest != ""; {
			n := min(997, len(rest))
			c.send(rest[:n])
			rest = rest[n:]
			time.Sleep(100 * time.Microsecond) // a packet of its own
		}
		if a := c.receive("GET"); a.StatusCode != 200 {
			t.Errorf("%s, in pieces: answered %s", name, a.Status)
		}
		c.Close()
	}
	c := g.dial()
	for i := range len(ask) {
		c.send(ask[i : i+1])
	}
	if a := c.receive("GET"); a.StatusCode != 200 {
		t.Errorf("byte by byte: answered %s", a.Status)
	}
}

// TestAHundredRequestsInOnePacketAreServedInOrder fills more than the first read with pipelined requests.
func TestAHundredRequestsInOnePacketAreServedInOrder(t *testing.T) {
	target := serve(t, func(p *peer) {
		for {
			r, body, err := p.request()
			if err != nil {
				return
			}
			p.send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(r.URL.Path)+len(body), r.URL.Path, body))
		}
	})
	g := setup{target: target.url()}.start(t)
	c := g.dial()
	var all strings.Builder
	for i := range 100 {
		fmt.Fprintf(&all, "POST /v1/orders/%d HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n%s", i, i, x(i))
	}
	go io.WriteString(c, all.String())
	for i := range 100 {
		if a := c.receive("POST"); a.body != fmt.Sprintf("/%d%s", i, x(i)) {
			t.Fatalf("answer %d is %q", i, a.body)
		}
	}
	if n := target.connections.Load(); n != 1 {
		t.Errorf("%d connections to the target", n)
	}
}

// exhausted is a listener on a machine that is out of file descriptors for a while.
type exhausted struct {
	net.Listener
	left int
}

func (l *exhausted) Accept() (net.Conn, error) {
	if l.left--; l.left >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

func TestAMomentWithoutFileDescriptorsPasses(t *testing.T) {
	g := unserved(t, setup{target: serve(t, always(plain)).url()}.config(t), setup{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	g.address = listener.Addr().String()
	go func() { g.served <- g.Serve(&exhausted{Listener: listener, left: 3}) }()
	t.Cleanup(g.end)
	if a := g.get("/v1/orders"); a.StatusCode != 200 {
		t.Errorf("answered %s", a.Status)
	}
	if lines := g.lines(); len(lines) != 1 || !strings.Contains(lines[0], " WARN ") || !strings.Contains(lines[0], "too many open files") {
		t.Errorf("system.log says %q, want it said once", lines)
	}
}

// TestTheMessageIDCountsConnectionsAndRequests looks at the id of several requests on several connections.
func TestTheMessageIDCountsConnectionsAndRequests(t *testing.T) {
	g := setup{target: serve(t, always(plain)).url()}.start(t)
	seen := make(map[string]bool)
	for range 3 {
		c := g.dial()
		for n := 1; n <= 3; n++ {
			c.send(ask)
			id := c.receive("GET").Header.Get("X-Apigee-Message-ID")
			if parts := strings.Split(id, "-"); len(parts) != 4 || parts[0] != "mp1" || parts[1] != "12575" || parts[3] != fmt.Sprint(n) || seen[id] {
				t.Errorf("request %d has the id %s", n, id)
			}
			seen[id] = true
		}
		c.Close()
	}
}

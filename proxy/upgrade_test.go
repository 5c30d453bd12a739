package proxy

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

const upgradeRequest = "GET /v1/orders/ws HTTP/1.1\r\nHost: gw\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

// switching is a target that agrees to an Upgrade and hands its connection over.
func switching(t *testing.T, script func(*peer)) *backend {
	return serve(t, func(p *peer) {
		r, err := http.ReadRequest(p.in)
		if err != nil {
			return
		}
		if r.Header.Get("Upgrade") == "" {
			p.send(plain)
			always(plain)(p)
			return
		}
		p.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		script(p)
	})
}

func echo(p *peer) { io.Copy(p.Conn, p.in) }

func (c *caller) upgrade() {
	c.t.Helper()
	c.send(upgradeRequest)
	r, err := http.ReadResponse(c.in, nil)
	check(c.t, err)
	if r.StatusCode != 101 {
		c.t.Fatalf("answered %s", r.Status)
	}
}

func (c *caller) hears(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.in, got); err != nil || string(got) != want {
		c.t.Fatalf("heard %q, then %v; want %q", got, err, want)
	}
}

// TestATunnelCarriesAnythingBothWays sends a megabyte through, and its end.
func TestATunnelCarriesAnythingBothWays(t *testing.T) {
	g := setup{target: switching(t, echo).url()}.start(t)
	c := g.dial()
	c.upgrade()
	body, _ := noise(1<<20, 1)
	sent, _ := io.ReadAll(body)
	go func() {
		c.Write(sent)
		c.closeWrite()
	}()
	back, err := c.rest()
	if err != nil || back != string(sent) {
		t.Errorf("%d of %d bytes came back, then %v", len(back), len(sent), err)
	}
	if r := g.record(); r.Status != 101 || r.BytesIn != 1<<20 || r.BytesOut != 1<<20 || r.fault != "" {
		t.Errorf("recorded %d, %d bytes in, %d out, fault %q", r.Status, r.BytesIn, r.BytesOut, r.fault)
	}
}

// TestATunnelsChannelIsNotUsedAgain ends tunnels in every way that leaves the target's connection open.
func TestATunnelsChannelIsNotUsedAgain(t *testing.T) {
	for name, end := range map[string]func(*caller){
		"the client resets": func(c *caller) { c.reset() },
		"the client closes": func(c *caller) { c.Close() },
		"nobody speaks":     func(c *caller) { c.rest() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hold := make(chan struct{})
			target := switching(t, func(p *peer) { <-hold })
			g := setup{target: target.url(), within: "io_timeout: 200ms,"}.start(t)
			c := g.dial()
			c.upgrade()
			end(c)
			if r := g.record(); r.Status != 101 || r.fault != "" {
				t.Errorf("recorded %d, fault %q", r.Status, r.fault)
			}
			if a := g.get("/v1/orders"); a.StatusCode != 200 || target.connections.Load() != 2 {
				t.Errorf("the next request is answered %s, over %d connections", a.Status, target.connections.Load())
			}
			close(hold)
		})
	}
}

// TestATunnelLivesWhileOneSideSpeaks pins that the idle timer is that of the tunnel, not of a direction.
func TestATunnelLivesWhileOneSideSpeaks(t *testing.T) {
	target := switching(t, func(p *peer) {
		for range 8 {
			time.Sleep(100 * time.Millisecond)
			p.send("x")
		}
	})
	g := setup{target: target.url(), within: "io_timeout: 300ms,"}.start(t)
	c := g.dial()
	c.upgrade()
	c.hears("xxxxxxxx")
	c.ended()
}

func TestASilentTunnelEnds(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	g := setup{target: switching(t, func(p *peer) { <-hold }).url(), within: "io_timeout: 200ms,"}.start(t)
	c := g.dial()
	c.upgrade()
	began := time.Now()
	c.ended()
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("the tunnel ended after %v", took)
	}
}

// TestADrainEndsTunnels pins that nobody waits for those that would never end.
func TestADrainEndsTunnels(t *testing.T) {
	g := setup{target: switching(t, echo).url()}.start(t)
	c := g.dial()
	c.upgrade()
	c.send("hello")
	c.hears("hello")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	began := time.Now()
	check(t, g.Shutdown(ctx))
	if took := time.Since(began); took > 2*drainGrace {
		t.Errorf("the drain took %v", took)
	}
	c.ended()
}

// TestATargetThatSwitchesToSomethingElse pins that only what was asked for becomes a tunnel.
func TestATargetThatSwitchesToSomethingElse(t *testing.T) {
	for _, upgrade := range []string{"Upgrade: h2c\r\n", "Upgrade: websocket, x\r\n", "Upgrade:\r\n", ""} {
		target := serve(t, always("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"+upgrade+"\r\n"))
		g := setup{target: target.url()}.start(t)
		c := g.dial()
		c.send(upgradeRequest)
		if a := c.receive("GET"); a.StatusCode != 502 {
			t.Errorf("%q is answered %s", upgrade, a.Status)
		}
	}
}

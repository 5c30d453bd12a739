package proxy

import (
	"net/http"
	"testing"
	"time"

	"message-processor/faults"
)

// choosy opens tunnels to everything but what is named.
func choosy(t *testing.T, refused, to string) *backend {
	return serve(t, func(p *peer) {
		r, err := http.ReadRequest(p.in)
		switch {
		case err != nil:
			return
		case r.Host == refused:
			p.send("HTTP/1.1 502 Bad Gateway\r\n\r\n")
			return
		}
		p.send("HTTP/1.1 200 OK\r\n\r\n")
		named(to)(p)
	})
}

func TestARefusedTunnelIsRetriedWithTheNextServer(t *testing.T) {
	proxy := choosy(t, "down.test:80", "up")
	g := setup{target: "http://orders.test/", gateway: through(proxy.address, ""),
		within: "load_balancer: {max_failures: 2}, servers: [{name: down, host: down.test, port: 80}, {name: up, host: up.test, port: 80}],"}.start(t)
	tries := 0
	for range 6 {
		got, r := g.ask()
		if got.body != "up" || r.fault != "" {
			t.Errorf("answered %d %q, fault %q", got.StatusCode, got.body, r.fault)
		}
		tries += len(r.Attempts)
	}
	if s := g.Servers(); tries != 2 || s[0].InRotation || s[0].Active != 0 || !s[1].InRotation {
		t.Errorf("%d tries, servers %+v", tries, s)
	}
	eventually(t, "channels of refused tunnels are closed", func() bool { return g.dialer.Open() == g.pool.Stats().Idle })
}

func TestAForwardProxyOutOfReachIsNoFailureOfTheServers(t *testing.T) {
	g := setup{target: "http://orders.test/", gateway: "forward_proxy: {url: http://" + refusing(t) + "}",
		within: "load_balancer: {max_failures: 1, health_monitor: {interval: 5ms, tcp: true}}, servers: [{name: a, host: a.test, port: 80}, {name: b, host: b.test, port: 80}],"}.start(t)
	for range 3 {
		if _, r := g.ask(); r.fault != faults.TargetConnectionRefused || len(r.Attempts) != 0 {
			t.Errorf("fault %q after %d attempts", r.fault, len(r.Attempts))
		}
		time.Sleep(10 * time.Millisecond) // for some checks of the monitor
	}
	for _, s := range g.Servers() {
		if !s.InRotation || s.Failures != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestHealthMonitorsGoThroughTheForwardProxy(t *testing.T) {
	for _, c := range []struct{ tunnel, want string }{{"", "/healthz"}, {", tunnel: false", "http://a.test/healthz"}} {
		asked := make(chan string, 1)
		proxy := serve(t, func(p *peer) {
			r, err := http.ReadRequest(p.in)
			if err == nil && r.Method == "CONNECT" {
				p.send("HTTP/1.1 200 OK\r\n\r\n")
				r, err = http.ReadRequest(p.in)
			}
			if err == nil {
				select {
				case asked <- r.RequestURI:
				default:
				}
				p.send(plain)
			}
		})
		setup{target: "http://orders.test/", gateway: through(proxy.address, c.tunnel),
			within: "load_balancer: {health_monitor: {interval: 5ms, http: {path: /healthz}}}, servers: [{name: a, host: a.test, port: 80}],"}.start(t)
		if got := <-asked; got != c.want {
			t.Errorf("asked for %s, want %s", got, c.want)
		}
	}
}

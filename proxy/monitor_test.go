package proxy

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"message-processor/faults"
)

// moody is healthy or not, as ill says; asked counts the requests of a health monitor.
func moody(ill *atomic.Bool, asked *atomic.Int64) func(*peer) {
	return func(p *peer) {
		for {
			r, _, err := p.request()
			switch {
			case err != nil:
				return
			case r.URL.Path == "/healthz":
				asked.Add(1)
			}
			if ill.Load() {
				p.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
			} else {
				p.send(plain)
			}
		}
	}
}

// eventually waits for what must happen.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never: ", what)
		}
	}
}

func TestHealthMonitorTakesServersOutAndBringsThemBack(t *testing.T) {
	var ill atomic.Bool
	var asked atomic.Int64
	g := balanced(t, "load_balancer: {max_failures: 2, health_monitor: {interval: 10ms, http: {path: /healthz}}},",
		serverAt("a", serve(t, moody(&ill, &asked)).address, ""))
	endsIn := func(want faults.ID) func() bool {
		return func() bool {
			_, r := g.ask()
			return r.fault == want
		}
	}
	eventually(t, "healthy", endsIn(""))
	ill.Store(true)
	eventually(t, "out", endsIn(faults.NoActiveTargets))
	ill.Store(false)
	eventually(t, "back", endsIn(""))
	text := strings.Join(g.lines(), "\n")
	if !strings.Contains(text, "Max failure count(2) reached for server : a{") || asked.Load() == 0 ||
		!strings.Contains(text, "Apigee-Timer-0 INFO  ADAPTORS.HTTP.FLOW - LBServer.resetFailureCount() : back in rotation : "+
			"a{Environment=acme__test,Application=orders__3,Target=default}") {
		t.Errorf("after %d checks the log says %s", asked.Load(), text)
	}
}

func TestTCPMonitorNeedsNoMoreThanAConnection(t *testing.T) {
	silent := serve(t, func(p *peer) { p.request() })
	for _, scheme := range []string{"http", "https"} { // a server that never shakes hands takes connections all the same
		s := setup{target: scheme + "://orders.test/", within: "load_balancer: {max_failures: 1, health_monitor: {interval: 10ms, tcp: true}}, servers: [" +
			serverAt("a", silent.address, "") + "],"}
		g := s.start(t)
		b := g.state.Load().routes.byBasePath["/v1/orders"].balancer
		b.failed(b.servers[0], &b.servers[0].failures)
		eventually(t, "back", func() bool { return g.Servers()[0].InRotation })
	}
}

func TestPassedChecksDoNotForgiveFailedRequests(t *testing.T) {
	var checks atomic.Int64
	hangsUp := serve(t, func(p *peer) {
		checks.Add(1)
		p.request()
	})
	g := balanced(t, "load_balancer: {max_failures: 3, health_monitor: {interval: 5ms, tcp: true}},", serverAt("a", hangsUp.address, ""))
	for range 3 {
		before := checks.Load()
		eventually(t, "checks", func() bool { return checks.Load() > before+2 })
		g.ask()
	}
	if text := strings.Join(g.lines(), "\n"); !strings.Contains(text, "Max failure count(3) reached for server : a{") {
		t.Errorf("after three failed requests among passed checks the log says %s", text)
	}
}

func TestMonitorsEndWithTheirConfiguration(t *testing.T) {
	backend := serve(t, always(plain))
	s := setup{target: "http://orders.test/", within: "load_balancer: {health_monitor: {interval: 5ms, http: {}}}, servers: [" +
		serverAt("a", backend.address, "") + "],"}
	g := s.start(t)
	eventually(t, "asked", func() bool { return backend.connections.Load() > 2 })
	g.Reload(setup{target: "http://orders.test/"}.config(t))
	before := backend.connections.Load()
	time.Sleep(50 * time.Millisecond)
	if now := backend.connections.Load(); now > before+1 { // one check may have been under way; going on, it would be ten
		t.Errorf("asked %d times after the reload", now-before)
	}
}

func TestReloadKeepsWhatAMonitorKnowsOfServersThatStay(t *testing.T) {
	stays, goes := serverAt("stays", refusing(t), ""), serverAt("goes", refusing(t), "")
	within := func(monitor, servers string) setup {
		return setup{target: "http://orders.test/", within: "load_balancer: {max_failures: 1, health_monitor: {" + monitor + "}}, servers: [" + servers + "],"}
	}
	const hourly = "interval: 1h, tcp: true"
	g := within(hourly, stays+", "+goes).start(t)
	g.ask() // tries both, both leave the rotation
	out := func(want ...bool) {
		t.Helper()
		for i, s := range g.Servers() {
			if s.InRotation == want[i] {
				t.Errorf("server %s is in rotation: %v", s.Name, s.InRotation)
			}
		}
	}
	out(true, true)
	g.Reload(within(hourly, stays+", "+serverAt("goes", refusing(t), "")).config(t))
	out(true, false)
	g.Reload(within("", stays).config(t)) // without a monitor a reload is what brings servers back
	out(false)
}

func TestServersAreListedAsTheyFare(t *testing.T) {
	down := refusing(t)
	g := balanced(t, "load_balancer: {max_failures: 1},", serverAt("down", down, ""),
		serverAt("spare", serve(t, named("spare")).address, "fallback: true"), serverAt("off", down, "enabled: false"))
	if got, _ := g.ask(); got.body != "spare" {
		t.Errorf("answered by %q", got.body)
	}
	got := g.Servers()
	if len(got) != 2 || got[1].Name != "spare" || !got[1].Fallback || !got[1].InRotation {
		t.Fatalf("servers %+v", got)
	}
	want := ServerState{API: "orders", Revision: 3, Name: "down", Address: down, Failures: 1}
	if got[0] != want {
		t.Errorf("%+v, want %+v", got[0], want)
	}
}

package proxy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing"
)

// until waits for what must become true.
func (g *gateway) until(what string, holds func(tracing.Bounds) bool) {
	g.t.Helper()
	for deadline := time.Now().Add(patience); !holds(g.Bounds()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			g.t.Fatalf("%s: %+v", what, g.Bounds())
		}
	}
}

func TestBoundsTellHowFullTheGatewayIs(t *testing.T) {
	target, asked, release := held(t)
	g := setup{target: target.url(), gateway: "limits: {wait_for_place: 1m, client_connections: 4}", proxy: "max_in_flight: 1,"}.start(t)
	all := []*caller{g.dial(), g.dial(), g.dial(), g.dial()}
	all[0].send(aRequest)
	<-asked
	all[1].send(aRequest)
	g.until("the second waits", func(b tracing.Bounds) bool { return b.Proxies[0].Waiting == 1 })
	all[2].send(aRequest) // as many may wait as there are places
	expectOverloaded(t, g, all[2].receive("GET"), "1 requests in flight for API proxy orders")
	fifth := g.dial()
	fifth.send(aRequest)
	if a := fifth.receive("GET"); a.StatusCode != 503 {
		t.Errorf("one connection too many is answered %d", a.StatusCode)
	}
	fifth.ended()
	g.until("the fifth has gone", func(b tracing.Bounds) bool { return b.Connections.Used == 4 })
	got := g.Bounds()
	want := tracing.Bounds{
		Connections: tracing.Bound{Used: 4, Limit: 4, Refused: 1},
		Bodies:      tracing.Bound{Limit: 1 << 30},
		Proxies: []tracing.ProxyBounds{{API: got.Proxies[0].API, Waiting: 1,
			InFlight: tracing.Bound{Used: 1, Limit: 1, Refused: 1}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	close(release)
	all[0].receive("GET")
	all[1].receive("GET")
	g.until("all places are free", func(b tracing.Bounds) bool { return b.Proxies[0].InFlight.Used+b.Proxies[0].Waiting == 0 })
}

func TestAServerThatHangsTakesNoMoreThanItsPlaces(t *testing.T) {
	hung, asked, release := held(t)
	g := balanced(t, "load_balancer: {max_in_flight: 2},", serverAt("hung", hung.address, ""), serverAt("well", serve(t, named("well")).address, ""))
	var stuck []*caller
	for range 2 {
		stuck = append(stuck, g.dial())
		stuck[len(stuck)-1].send(aRequest)
		<-asked
		if got := g.spread(1); got["well"] != 1 {
			t.Fatalf("the rotation answers %v", got)
		}
	}
	if got := g.spread(20); got["well"] != 20 {
		t.Errorf("of 20 requests the other server answers %v", got)
	}
	servers := g.Bounds().Proxies[0].Servers
	if want := (tracing.ServerBound{Target: hung.address, Bound: tracing.Bound{Used: 2, Limit: 2, Refused: 21}}); servers[0] != want {
		t.Errorf("%+v", servers[0])
	}
	close(release)
	for _, client := range stuck {
		client.receive("GET")
	}
}

func TestARequestThatAllServersAreFullForIsRefused(t *testing.T) {
	hung, asked, release := held(t)
	g := balanced(t, "load_balancer: {max_in_flight: 1},", serverAt("a", hung.address, ""), serverAt("b", hung.address, "fallback: true"))
	first, second := g.dial(), g.dial()
	for _, client := range []*caller{first, second} {
		client.send(aRequest)
		<-asked
	}
	expectOverloaded(t, g, g.get("/v1/orders"), "1 requests in flight at each server of API proxy orders")
	if p := g.Bounds().Proxies[0]; p.RefusedServers != 1 || p.InFlight.Used != 2 {
		t.Errorf("%+v", p)
	}
	close(release)
	first.receive("GET")
	second.receive("GET")
}

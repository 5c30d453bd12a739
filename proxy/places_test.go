package proxy

import (
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults"
)

const aRequest = "GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n"

// held is a target that keeps each request until it is released.
func held(t *testing.T) (target *backend, asked chan struct{}, release chan struct{}) {
	asked, release = make(chan struct{}, 100), make(chan struct{})
	return serve(t, func(p *peer) {
		for {
			if _, _, err := p.request(); err != nil {
				return
			}
			asked <- struct{}{}
			<-release
			p.send(plain)
		}
	}), asked, release
}

// expectOverloaded checks the refusal of a request because a bound is reached.
func expectOverloaded(t *testing.T, g *gateway, a answer, bound string) {
	t.Helper()
	want := `{"fault":{"faultstring":"The gateway is at its limit: ` + bound + `","detail":{"errorcode":"emulator.Overloaded"}}}`
	if a.StatusCode != 503 || a.body != want {
		t.Errorf("%d %s, want %s", a.StatusCode, a.body, want)
	}
	if r := g.record(); r.fault != faults.Overloaded {
		t.Errorf("fault %q", r.fault)
	}
	if lines := g.lines(); len(lines) == 0 || !strings.Contains(lines[len(lines)-1], "ERROR HTTP.SERVER") ||
		!strings.HasSuffix(lines[len(lines)-1], "The gateway is at its limit: "+bound) {
		t.Errorf("system.log says %q", lines)
	}
}

func TestOneRequestTooManyOfAnAPIProxyIsRefusedAndNoOther(t *testing.T) {
	target, asked, release := held(t)
	other := serve(t, always(plain))
	yaml := "proxies:\n  - {name: orders, base_path: /v1/orders, max_in_flight: 2, target: {url: \"" + target.url() + "\"}}\n" +
		"  - {name: other, base_path: /other, target: {url: \"" + other.url() + "\"}}\n"
	g := startWith(t, parse(t, []byte(yaml)), setup{})
	first, second := g.dial(), g.dial()
	for _, client := range []*caller{first, second} {
		client.send(aRequest)
		<-asked
	}
	expectOverloaded(t, g, g.get("/v1/orders"), "2 requests in flight for API proxy orders")
	if a := g.get("/other"); a.StatusCode != 200 {
		t.Errorf("the other API proxy answers %d", a.StatusCode)
	}
	close(release)
	for _, client := range []*caller{first, second} {
		if a := client.receive("GET"); a.StatusCode != 200 {
			t.Errorf("who was there first is answered %d", a.StatusCode)
		}
		client.send(aRequest) // the place is free again
		if a := client.receive("GET"); a.StatusCode != 200 {
			t.Errorf("afterwards: %d", a.StatusCode)
		}
	}
}

func TestARequestWaitsForItsPlace(t *testing.T) {
	target, asked, release := held(t)
	g := setup{target: target.url(), proxy: "max_in_flight: 1,", gateway: "limits: {wait_for_place: 1m}"}.start(t)
	first, second := g.dial(), g.dial()
	first.send(aRequest)
	<-asked
	second.send(aRequest)
	release <- struct{}{}
	if a := first.receive("GET"); a.StatusCode != 200 {
		t.Errorf("the first is answered %d", a.StatusCode)
	}
	<-asked // only now
	release <- struct{}{}
	if a := second.receive("GET"); a.StatusCode != 200 {
		t.Errorf("who waited is answered %d", a.StatusCode)
	}
}

func TestWaitingForAPlaceEndsWithItsTimeAndWithTheCalls(t *testing.T) {
	for _, c := range []struct{ wait, call string }{{"50ms", "0s"}, {"1m", "50ms"}} {
		target, asked, release := held(t)
		g := setup{target: target.url(), gateway: "limits: {in_flight: 1, wait_for_place: " + c.wait + "}", proxy: "api_timeout: " + c.call + ","}.start(t)
		first := g.dial()
		first.send(aRequest)
		<-asked
		a := g.get("/v1/orders")
		if !strings.Contains(a.body, "emulator.Overloaded") && c.call == "0s" {
			t.Errorf("wait %s, call %s: %d %s", c.wait, c.call, a.StatusCode, a.body)
		}
		if a.StatusCode != 503 && a.StatusCode != 504 {
			t.Errorf("wait %s, call %s: %d", c.wait, c.call, a.StatusCode)
		}
		close(release)
		first.receive("GET")
	}
}

func TestABoundHoldsAcrossAReload(t *testing.T) {
	target, asked, release := held(t)
	s := setup{target: target.url(), proxy: "max_in_flight: 1,"}
	g := s.start(t)
	first := g.dial()
	first.send(aRequest)
	<-asked
	g.Reload(s.config(t))
	expectOverloaded(t, g, g.get("/v1/orders"), "1 requests in flight for API proxy orders")
	s.proxy = "max_in_flight: 2,"
	g.Reload(s.config(t))
	second := g.dial()
	second.send(aRequest)
	<-asked
	close(release)
	for _, client := range []*caller{first, second} {
		if a := client.receive("GET"); a.StatusCode != 200 {
			t.Errorf("answered %d", a.StatusCode)
		}
	}
}

func TestOneClientConnectionTooManyIsToldWhy(t *testing.T) {
	target := serve(t, always(plain))
	g := setup{target: target.url(), gateway: "limits: {client_connections: 2}"}.start(t)
	first, second := g.dial(), g.dial()
	for _, client := range []*caller{first, second} {
		client.send(aRequest)
		client.receive("GET")
		g.record()
	}
	third := g.dial()
	third.send(aRequest)
	expectOverloaded(t, g, third.receive("GET"), "2 client connections")
	third.ended()
	first.Close()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		a := g.get("/v1/orders")
		if a.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no place becomes free")
		}
	}
	second.send(aRequest)
	if a := second.receive("GET"); a.StatusCode != 200 {
		t.Errorf("who is in is answered %d", a.StatusCode)
	}
}

func TestBeyondTheBoundAndThoseWhoAreToldSoConnectionsEndAtOnce(t *testing.T) {
	s := newConnections()
	g := unserved(t, parse(t, []byte("proxies: []\n")), setup{})
	g.served <- nil
	t.Cleanup(g.end)
	stays := 0
	var all []*doorConn
	for range 3 + maxExcess + 5 {
		c := &doorConn{gateway: g.Gateway}
		if s.add(c, 3) {
			stays++
			all = append(all, c)
		}
	}
	if stays != 3+maxExcess || s.count() != stays {
		t.Errorf("%d stay, %d are counted", stays, s.count())
	}
	for _, c := range all {
		s.remove(c)
	}
	if c := (&doorConn{gateway: g.Gateway}); !s.add(c, 3) || c.excess || s.count() != 1 {
		t.Error("after all have gone there is no place")
	}
}

func BenchmarkTakePlace(b *testing.B) {
	p := newPlaces(config.Proxy{Name: "orders", MaxInFlight: 32768}, new(tally))
	x := &exchange{route: &route{places: p}}
	b.RunParallel(func(pb *testing.PB) {
		mine := *x
		for pb.Next() {
			mine.takePlace()
			mine.place.leave()
		}
	})
}

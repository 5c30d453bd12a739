package proxy

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/proxy/channel"
)

// balanced is a gateway in front of a target of several servers. Its requests are those of setup.
func balanced(t *testing.T, balancer string, servers ...string) *gateway {
	t.Helper()
	return setup{target: "http://orders.test/", within: balancer + " servers: [" + strings.Join(servers, ", ") + "],"}.start(t)
}

// serverAt is one server of the list in a configuration.
func serverAt(name, address, more string) string {
	host, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf("{name: %s, host: %s, port: %s, %s}", name, host, port, more)
}

// named answers every request with a name.
func named(name string) func(*peer) {
	return always(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(name), name))
}

// refusing is an address that nothing listens on.
func refusing(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	check(t, listener.Close())
	return listener.Addr().String()
}

func (g *gateway) ask() (answer, record) {
	g.t.Helper()
	client := g.dial()
	defer client.Close()
	client.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n")
	return client.receive("GET"), g.record()
}

// spread is how many of n requests each name answered.
func (g *gateway) spread(n int) map[string]int {
	g.t.Helper()
	count := map[string]int{}
	for range n {
		got, _ := g.ask()
		count[got.body]++
	}
	return count
}

func TestRoundRobinGivesEveryServerTheSame(t *testing.T) {
	g := balanced(t, "", serverAt("a", serve(t, named("a")).address, ""), serverAt("b", serve(t, named("b")).address, ""),
		serverAt("c", serve(t, named("c")).address, ""), serverAt("off", refusing(t), "enabled: false"))
	if got := g.spread(30); got["a"] != 10 || got["b"] != 10 || got["c"] != 10 {
		t.Errorf("30 requests are spread %v", got)
	}
}

func TestWeightsAreSharesWithoutBursts(t *testing.T) {
	g := balanced(t, "load_balancer: {algorithm: Weighted},",
		serverAt("a", serve(t, named("a")).address, "weight: 5"), serverAt("b", serve(t, named("b")).address, "weight: 1"))
	var order string
	for range 12 {
		got, _ := g.ask()
		order += got.body
	}
	if strings.Count(order, "b") != 2 || strings.Contains(order, "bb") || strings.Contains(order, "aaaaaaaaa") {
		t.Errorf("12 requests go %s", order)
	}
}

func TestLeastConnectionsAvoidsTheBusyServer(t *testing.T) {
	release := make(chan struct{})
	var busy atomic.Int64
	slow := serve(t, func(p *peer) {
		if _, _, err := p.request(); err == nil {
			busy.Add(1)
			<-release
			p.send(plain)
		}
	})
	g := balanced(t, "load_balancer: {algorithm: LeastConnections},",
		serverAt("slow", slow.address, ""), serverAt("quick", serve(t, named("quick")).address, ""))
	stuck := g.dial()
	stuck.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n")
	for busy.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	if got := g.spread(5); got["quick"] != 5 {
		t.Errorf("beside a busy server 5 requests are spread %v", got)
	}
	close(release)
	stuck.receive("GET")
}

func TestLeastConnectionsRotatesAmongIdleServers(t *testing.T) {
	g := balanced(t, "load_balancer: {algorithm: LeastConnections},",
		serverAt("a", serve(t, named("a")).address, ""), serverAt("b", serve(t, named("b")).address, ""))
	if got := g.spread(10); got["a"] != 5 || got["b"] != 5 {
		t.Errorf("10 requests, one after the other, are spread %v", got)
	}
}

func TestPicksAtTheSameTimeSeeOneAnother(t *testing.T) {
	b := &balancer{config: config.LoadBalancer{Algorithm: config.LeastConnections}}
	for range 4 {
		b.servers = append(b.servers, &server{health: new(health)})
	}
	var picking sync.WaitGroup
	for range 40 {
		picking.Go(func() { b.pick(nil) })
	}
	picking.Wait()
	for i, s := range b.servers {
		if n := s.active.Load(); n != 10 {
			t.Errorf("server %d has %d of 40", i, n)
		}
	}
}

func TestServerThatCannotBeConnectedToIsPassedOver(t *testing.T) {
	g := balanced(t, "", serverAt("down", refusing(t), ""), serverAt("up", serve(t, named("up")).address, ""))
	tries := 0
	for range 4 {
		got, r := g.ask()
		if got.body != "up" || r.fault != "" || r.Server != "up" {
			t.Errorf("answered %d %q by %q, fault %q", got.StatusCode, got.body, r.Server, r.fault)
		}
		tries += len(r.Attempts)
		for _, a := range r.Attempts {
			var failed *channel.Error
			if a.Server != "down" || a.Took <= 0 || !errors.As(a.Err, &failed) || failed.Phase != channel.Connect || failed.Cause != channel.Refused {
				t.Errorf("attempt %+v", a)
			}
		}
	}
	if tries != 2 {
		t.Errorf("the record shows %d tries at the other server, want 2", tries)
	}
}

func TestWhenNobodyCanBeConnectedToTheLastFailureIsAnswered(t *testing.T) {
	g := balanced(t, "", serverAt("a", refusing(t), ""), serverAt("b", refusing(t), ""))
	for range 3 {
		got, r := g.ask()
		if got.StatusCode != 503 || r.fault != faults.TargetConnectionRefused || len(r.Attempts) != 2 {
			t.Errorf("answered %d, fault %q after %d attempts", got.StatusCode, r.fault, len(r.Attempts))
		}
	}
	for _, s := range g.state.Load().routes.byBasePath["/v1/orders"].balancer.servers {
		if n := s.active.Load(); n != 0 {
			t.Errorf("%d requests are counted as under way", n)
		}
	}
}

func TestWithoutRetryTheFailureIsAnswered(t *testing.T) {
	g := balanced(t, "load_balancer: {retry: false},", serverAt("down", refusing(t), ""), serverAt("up", serve(t, named("up")).address, ""))
	var statuses []int
	for range 4 {
		got, _ := g.ask()
		statuses = append(statuses, got.StatusCode)
	}
	slices.Sort(statuses)
	if !slices.Equal(statuses, []int{200, 200, 503, 503}) {
		t.Errorf("answered %v", statuses)
	}
}

func TestRequestThatWasSentIsNeverSentToAnotherServer(t *testing.T) {
	hangsUp := func(p *peer) { p.request() }
	g := balanced(t, "", serverAt("a", serve(t, hangsUp).address, ""), serverAt("b", serve(t, hangsUp).address, ""))
	if got, r := g.ask(); got.StatusCode != 502 || r.fault != faults.UnexpectedEOFAtTarget || len(r.Attempts) != 0 {
		t.Errorf("answered %d, fault %q, %d attempts", got.StatusCode, r.fault, len(r.Attempts))
	}
}

func TestServerLeavesTheRotationAfterItsFailuresAndTheLogTellsOnce(t *testing.T) {
	g := balanced(t, "load_balancer: {max_failures: 2, retry: false},",
		serverAt("one", refusing(t), ""), serverAt("two", refusing(t), ""))
	for range 4 {
		if got, r := g.ask(); got.StatusCode != 503 || r.fault != faults.TargetConnectionRefused {
			t.Errorf("answered %d, fault %q", got.StatusCode, r.fault)
		}
	}
	for range 3 {
		got, r := g.ask()
		want := `{"fault":{"faultstring":"The Service is temporarily unavailable","detail":{"errorcode":"messaging.adaptors.http.flow.NoActiveTargets"}}}`
		if got.StatusCode != 503 || got.body != want || r.fault != faults.NoActiveTargets {
			t.Errorf("with nobody left: %d %s", got.StatusCode, got.body)
		}
	}
	left := 0
	for _, line := range g.lines() {
		for _, name := range []string{"one", "two"} {
			if line == "Apigee-Timer-0 WARN  ADAPTORS.HTTP.FLOW - LBServer.incrementFailureCount() : Max failure count(2) reached for server : "+
				name+"{Environment=acme__test,Application=orders__3,Target=default}" {
				left++
			}
		}
	}
	if left != 2 {
		t.Errorf("%d WARN lines in %q", left, g.lines())
	}
}

func TestFailuresInARowCount(t *testing.T) {
	var requests atomic.Int64
	everyOther := func(p *peer) {
		for {
			if _, _, err := p.request(); err != nil {
				return
			}
			if requests.Add(1)%2 == 0 {
				p.send("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
			} else {
				p.send(plain)
			}
		}
	}
	g := balanced(t, "load_balancer: {max_failures: 2, unhealthy_codes: [500]},", serverAt("a", serve(t, everyOther).address, ""))
	for range 10 {
		if _, r := g.ask(); r.fault == faults.NoActiveTargets {
			t.Fatal("single failures between successes took the server out")
		}
	}
}

func TestUnhealthyCodesTakeAServerOutAndFallbackTakesOver(t *testing.T) {
	ill := serve(t, always("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nill"))
	g := balanced(t, "load_balancer: {max_failures: 3, unhealthy_codes: [503]},",
		serverAt("ill", ill.address, ""), serverAt("spare", serve(t, named("spare")).address, "fallback: true"))
	if got := g.spread(8); got["ill"] != 3 || got["spare"] != 5 {
		t.Errorf("spread %v", got)
	}
}

func TestEveryServerGetsItsOwnHost(t *testing.T) {
	hosts := make(chan string, 4)
	tells := func(p *peer) {
		if r, _, err := p.request(); err == nil {
			hosts <- r.Host
			p.send(plain)
		}
	}
	address := serve(t, tells).address
	g := balanced(t, "", serverAt("a", address, ""))
	g.ask()
	if got := <-hosts; got != address {
		t.Errorf("Host: %s, want %s", got, address)
	}
}

func BenchmarkPick(b *testing.B) {
	for _, algorithm := range []string{config.RoundRobin, config.Weighted, config.LeastConnections} {
		b.Run(algorithm, func(b *testing.B) {
			spread := &balancer{config: config.LoadBalancer{Algorithm: algorithm}}
			for i := range 8 {
				spread.servers = append(spread.servers, &server{weight: i + 1, health: new(health)})
			}
			b.ReportAllocs()
			for b.Loop() {
				spread.pick(nil)
			}
		})
	}
}

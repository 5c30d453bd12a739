package proxy

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// through is a gateway setting: a forward proxy with a password.
func through(address, more string) string {
	return "forward_proxy: {url: \"http://gateway:hunter2@" + address + "\"" + more + "}"
}

const hunter = "Basic Z2F0ZXdheTpodW50ZXIy" // gateway:hunter2

// refuser answers whatever it is asked like this, and ends the connection.
func refuser(answer string) func(*peer) {
	return func(p *peer) {
		http.ReadRequest(p.in)
		p.send(answer)
	}
}

// tunneller is a forward proxy that leads every tunnel to one address; asked gets the CONNECT requests.
func tunneller(t *testing.T, to string, asked chan<- *http.Request) *backend {
	return serve(t, func(p *peer) {
		r, err := http.ReadRequest(p.in)
		if err != nil {
			return
		}
		asked <- r
		target, err := net.Dial("tcp", to)
		if err != nil {
			p.send("HTTP/1.1 502 Bad Gateway\r\n\r\n")
			return
		}
		defer target.Close()
		p.send("HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			io.Copy(target, p.in)
			target.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(p.Conn, target)
	})
}

// expectCONNECT checks what the forward proxy was asked for.
func expectCONNECT(t *testing.T, r *http.Request, target string) {
	t.Helper()
	if r.Method != "CONNECT" || r.RequestURI != target || r.Host != target || r.Header.Get("Proxy-Authorization") != hunter || len(r.Header) != 1 {
		t.Errorf("the proxy was asked for %s %s, Host %s, %v", r.Method, r.RequestURI, r.Host, r.Header)
	}
}

// keepsItsSecret checks that nothing that is shown to people holds the forward proxy's password.
func (g *gateway) keepsItsSecret(sent string) {
	g.t.Helper()
	text := strings.Join(g.lines(), "\n") + sent
	if strings.Contains(text, "hunter2") || strings.Contains(text, hunter) {
		g.t.Errorf("the password is told:\n%s", text)
	}
}

func TestTLSTargetsAreReachedThroughATunnelThatIsUsedAgain(t *testing.T) {
	target, trusted := secure(t, nil)
	asked := make(chan *http.Request, 9)
	proxy := tunneller(t, target.Listener.Addr().String(), asked)
	// The name has no address here: only the proxy needs to know one.
	g := setup{target: "https://example.invalid:8443", within: "tls: {" + trusted + ", server_name: example.com},",
		gateway: through(proxy.address, ", tunnel: false") + "\nsystem_log: {level: debug}"}.start(t)
	client := g.dial()
	for use := 1; use <= 3; use++ {
		client.send(ask)
		if a := client.receive("GET"); a.StatusCode != 200 || a.body != "ok" {
			t.Fatalf("answered %s %q", a.Status, a.body)
		}
		r := g.record()
		if r.Channel.UseCount != use || !r.Channel.Secure || r.Channel.Remote.String() != proxy.address || r.API.Target != "example.invalid:8443" {
			t.Errorf("use %d: target %s, channel %v", use, r.API.Target, r.Channel)
		}
		if r.Steps[tracing.Connect].Happened() != (use == 1) {
			t.Errorf("use %d connects: %v", use, r.Steps[tracing.Connect])
		}
	}
	expectCONNECT(t, <-asked, "example.invalid:8443")
	if len(asked) != 0 {
		t.Error("more than one tunnel was asked for")
	}
	g.keepsItsSecret("")
}

func TestPlainTargetsAreTunnelledUnlessToldOtherwise(t *testing.T) {
	asked, hosts := make(chan *http.Request, 9), make(chan *http.Request, 9)
	target := serve(t, func(p *peer) {
		if r, _, err := p.request(); err == nil {
			hosts <- r
			p.send(plain)
		}
	})
	g := setup{target: "http://orders.test/api", gateway: through(tunneller(t, target.address, asked).address, "")}.start(t)
	if a := g.get("/v1/orders/7"); a.body != "ok" {
		t.Errorf("answered %s", a.Status)
	}
	expectCONNECT(t, <-asked, "orders.test:80")
	if r := <-hosts; r.RequestURI != "/api/7" || r.Host != "orders.test" || r.Header.Get("Proxy-Authorization") != "" {
		t.Errorf("the target got %s, Host %s, %v", r.RequestURI, r.Host, r.Header)
	}
}

func TestRequestsThatTheProxyRelaysAreInAbsoluteForm(t *testing.T) {
	got := make(chan *http.Request, 9)
	proxy := serve(t, func(p *peer) {
		for {
			r, _, err := p.request()
			if err != nil {
				return
			}
			got <- r
			p.send(plain)
		}
	})
	sent := make(chan string, 9)
	s := setup{target: "http://orders.test:8080/api", base: "/", gateway: through(proxy.address, ", tunnel: false")}
	s.observe = func(r *tracing.Record) { sent <- string(r.Messages.SentHead) }
	g := s.start(t)
	client := g.dial()
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/7?a=b", "http://orders.test:8080/api/7?a=b"},
		{"POST", "/", "http://orders.test:8080/api/"},
		{"OPTIONS", "*", "http://orders.test:8080"},
	} {
		client.send(c.method + " " + c.path + " HTTP/1.1\r\nHost: gw\r\nProxy-Authorization: Basic Y2xpZW50\r\nContent-Length: 2\r\n\r\nhi")
		client.receive(c.method)
		r := <-got
		if r.RequestURI != c.want || r.Host != "orders.test:8080" || strings.Join(r.Header["Proxy-Authorization"], ",") != hunter {
			t.Errorf("%s %s: the proxy got %s, Host %s, %v", c.method, c.path, r.RequestURI, r.Host, r.Header["Proxy-Authorization"])
		}
		head := <-sent
		if !strings.HasPrefix(head, c.method+" "+c.want+" HTTP/1.1\r\n") || !strings.HasSuffix(head, "\r\n\r\n") {
			t.Errorf("recorded as sent: %q", head)
		}
		g.keepsItsSecret(head)
	}
	if n := proxy.connections.Load(); n != 1 {
		t.Errorf("%d connections for three requests", n)
	}
}

// TestForwardProxiesThatOpenNoTunnel causes each way in which that goes wrong at once.
func TestForwardProxiesThatOpenNoTunnel(t *testing.T) {
	for name, c := range map[string]struct {
		proxy func(*peer)
		want  faults.ID
		says  string
	}{
		"forbids":           {refuser("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), faults.ProxyTunnelCreationFailed, "with response status 403"},
		"wants credentials": {refuser("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), faults.ProxyTunnelCreationFailed, "with response status 407"},
		"finds no target":   {refuser("HTTP/1.0 504 Gateway Timeout\r\n\r\n"), faults.ProxyTunnelCreationFailed, "with response status 504"},
		"speaks SSH":        {refuser("SSH-2.0-OpenSSH_9.2\r\n"), faults.MalformedResponse, ""},
		"talks on":          {refuser("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), faults.MalformedResponse, ""},
		"closes":            {refuser(""), faults.UnexpectedEOFAtTarget, ""},
		"resets":            {func(p *peer) { p.in.ReadByte(); resetOnClose(p) }, faults.UnexpectedEOFAtTarget, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := serve(t, c.proxy)
			g := setup{target: "https://orders.invalid", gateway: through(proxy.address, "")}.start(t)
			a := g.get("/v1/orders")
			r := g.faulty(a, c.want)
			if !strings.Contains(a.body, c.says) || r.Channel.Remote.String() != proxy.address || r.Steps[tracing.Handshake].Happened() {
				t.Errorf("body %s, channel %v", a.body, r.Channel)
			}
			g.keepsItsSecret(r.Failure.Err.Error())
		})
	}
}

func TestARefusedTunnelInEveryDetail(t *testing.T) {
	proxy := serve(t, refuser("HTTP/1.1 403 Forbidden\r\n\r\n"))
	g := setup{target: "https://orders.invalid", gateway: through(proxy.address, "")}.start(t)
	a := g.get("/v1/orders")
	const body = `{"fault":{"faultstring":"Proxy refused to create tunnel with response status 403","detail":{"errorcode":"protocol.http.ProxyTunnelCreationFailed"}}}`
	if a.Status != "503 Service Unavailable" || a.body != body {
		t.Errorf("answered %s %s", a.Status, a.body)
	}
	r := g.faulty(a, faults.ProxyTunnelCreationFailed)
	line := g.lines()[0]
	if !strings.Contains(line, " ERROR HTTP.CLIENT - HTTPClient$Context.onException() : SSLClientChannel[Connected: Remote:"+proxy.address+" Local:127.0.0.1:") ||
		!strings.HasSuffix(line, "isOpen=true Proxy refused to create tunnel with response status 403") {
		t.Errorf("system.log says %s", line)
	}
	if r.Failure.Step != tracing.Connect {
		t.Errorf("failed in step %s", r.Failure.Step)
	}
}

func TestAForwardProxyOutOfReachIsAnsweredLikeSuchATarget(t *testing.T) {
	s := setup{target: "http://127.0.0.1:1", gateway: "forward_proxy: {url: http://127.0.0.1:2}"}
	if r := s.start(t).faultyGet(faults.TargetConnectionRefused); r.Channel.Remote.String() != "127.0.0.1:2" {
		t.Errorf("channel %v", r.Channel)
	}
	s.gateway = "forward_proxy: {url: http://proxy.invalid:3128}"
	g := s.start(t)
	g.faultyGet(faults.TargetDNSFailure)
	if line := g.lines()[0]; !strings.Contains(line, "Unable to resolve host : proxy.invalid: ") {
		t.Errorf("system.log says %s", line)
	}
}

func TestASilentForwardProxyIsGivenTheIOTimeout(t *testing.T) {
	for _, c := range []struct {
		proxy string
		want  faults.ID
		after time.Duration
	}{{"", faults.GatewayTimeoutTargetIO, 55 * time.Second}, {"api_timeout: 7s,", faults.APITimedOut, 7 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			g := timeless(t, setup{target: "https://orders.invalid", proxy: c.proxy, gateway: through("203.0.113.9:3128", "")}, unheard)
			client := g.pipe()
			began := time.Now()
			client.send(ask)
			a := client.receive("GET")
			if took := time.Since(began); took != c.after {
				t.Errorf("answered after %v, want %v", took, c.after)
			}
			if r := g.faulty(a, c.want); r.Channel.Remote.String() != "203.0.113.9:3128" || r.Channel.BytesRead != 0 || r.Channel.BytesWritten == 0 {
				t.Errorf("channel %v", r.Channel)
			}
			g.stop(client)
		})
	}
}

// TestTheHandshakeTimerBeginsBehindTheTunnel is the playbook's case behind a forward proxy.
func TestTheHandshakeTimerBeginsBehindTheTunnel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := timeless(t, setup{target: "https://orders.invalid", within: "handshake_timeout: 9s,", gateway: through("203.0.113.9:3128", "")}, func(p *peer) {
			http.ReadRequest(p.in)
			time.Sleep(20 * time.Second)
			p.send("HTTP/1.1 200 OK\r\n\r\n")
			unheard(p)
		})
		client := g.pipe()
		began := time.Now()
		client.send(ask)
		a := client.receive("GET")
		if took := time.Since(began); took != 29*time.Second {
			t.Errorf("answered after %v", took)
		}
		r := g.faulty(a, faults.BadGatewayTLSHandshakeTimeout)
		if r.Channel.BytesRead != 0 || r.Channel.BytesWritten != 0 || r.Channel.LastIO != r.Channel.Age || r.Steps[tracing.Connect].Duration() != 20*time.Second {
			t.Errorf("channel %v, connect %v", r.Channel, r.Steps[tracing.Connect].Duration())
		}
		g.stop(client)
	})
}

func TestAClientThatLeavesEndsTheWaitForATunnel(t *testing.T) {
	waiting := make(chan struct{})
	ended := make(chan struct{})
	proxy := serve(t, func(p *peer) {
		http.ReadRequest(p.in)
		close(waiting)
		p.in.ReadByte()
		close(ended)
	})
	g := setup{target: "https://orders.invalid", gateway: through(proxy.address, "") + "\non_client_close: cancel"}.start(t)
	client := g.dial()
	client.send(ask)
	<-waiting
	client.Close()
	<-ended
	if r := g.record(); r.Status != tracing.StatusClientClosed || r.fault != "" {
		t.Errorf("recorded %d, fault %q", r.Status, r.fault)
	}
}

func TestAReloadLeavesTheChannelsOfTheOldProxyBehind(t *testing.T) {
	var tunnels [2]atomic.Int64
	var proxies [2]*backend
	for i := range proxies {
		proxies[i] = serve(t, func(p *peer) {
			if _, err := http.ReadRequest(p.in); err != nil {
				return
			}
			tunnels[i].Add(1)
			p.send("HTTP/1.1 200 OK\r\n\r\n")
			named(string(rune('a' + i)))(p)
		})
	}
	with := func(gateway string) setup { return setup{target: "http://orders.test/", gateway: gateway} }
	g := with(through(proxies[0].address, "")).start(t)
	for _, c := range []struct {
		proxy int
		limit string
		want  string
	}{{0, "", "a"}, {0, "limits: {request_line: 5000}", "a"}, {1, "", "b"}} {
		g.Reload(with(through(proxies[c.proxy].address, "") + "\n" + c.limit).config(t))
		if got := g.get("/v1/orders"); got.body != c.want {
			t.Errorf("answered by %q, want %q", got.body, c.want)
		}
		g.record()
	}
	if a, b := tunnels[0].Load(), tunnels[1].Load(); a != 1 || b != 1 {
		t.Errorf("%d and %d tunnels, want one each: a reload that leaves the proxy alone keeps its channels", a, b)
	}
	if stats := g.pool.Stats(); stats.Idle != 1 {
		t.Errorf("%d idle channels", stats.Idle)
	}
}

// TestARequestHasNoCostOfAForwardProxyThatIsNotThere guards the way of most requests.
func TestARequestHasNoCostOfAForwardProxyThatIsNotThere(t *testing.T) {
	target := channel.NewTarget("orders.test", 80, nil, channel.Timeouts{})
	s := newServer(target)
	if s.relay != (relay{}) || target.Via(nil) != target {
		t.Errorf("relay %+v", s.relay)
	}
	r := &route{}
	r.proxy.BasePath = "/"
	buffer, path := make([]byte, 0, 64), []byte("/7")
	if n := testing.AllocsPerRun(100, func() { s.appendTarget(buffer, r, path) }); n != 0 {
		t.Errorf("%v allocations for a request target", n)
	}
}

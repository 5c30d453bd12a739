package proxy

import (
	"bufio"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/faults"
	"message-processor/proxy/channel"
)

// timeless is a gateway on virtual time: its connections are pipes, and its targets are what script does with the other end.
// Addresses are dialled only as far as script's pipe goes; a nil script never lets a connection come about.
func timeless(t *testing.T, s setup, script func(*peer)) *gateway {
	if s.target == "" {
		s.target = "http://203.0.113.7"
	}
	var scripts sync.WaitGroup
	t.Cleanup(scripts.Wait)
	s.dialer = &channel.Dialer{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if script == nil {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ours, theirs := net.Pipe()
		scripts.Go(func() {
			script(newPeer(theirs))
			theirs.Close()
		})
		return ours, nil
	}}
	return unserved(t, s.config(t), s)
}

// pipe connects a client to the gateway, behind the door.
func (g *gateway) pipe() *caller {
	ours, theirs := net.Pipe()
	conn := &doorConn{Conn: theirs, gateway: g.Gateway}
	g.connections.add(conn, 1)
	go func() {
		conn.handOver().serve(false)
		conn.Close()
	}()
	return &caller{Conn: ours, t: g.t, in: bufio.NewReader(ours)}
}

// stop ends everything, so that the bubble can.
func (g *gateway) stop(clients ...*caller) {
	for _, c := range clients {
		c.Close()
	}
	g.served <- nil
	g.end()
}

const ask = "GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n"

// unheard reads and never answers.
func unheard(p *peer) {
	for buf := make([]byte, 4096); ; {
		if _, err := p.Read(buf); err != nil {
			return
		}
	}
}

// timer is one that runs out.
type timer struct {
	name    string
	setup   setup
	target  func(*peer)
	request string
	want    faults.ID
	after   time.Duration
}

// hanging answers so far and no further; deaf does not even read.
func hanging(answer string) func(*peer) {
	return func(p *peer) {
		p.request()
		p.send(answer)
		unheard(p)
	}
}

func deaf(*peer) { time.Sleep(time.Hour) }

var timers = []timer{
	{"connect", setup{}, nil, ask, faults.TargetConnectTimeout, 3 * time.Second},
	{"handshake", setup{target: "https://203.0.113.7"}, unheard, ask, faults.BadGatewayTLSHandshakeTimeout, 55 * time.Second},
	{"handshake, ClientHello not taken", setup{target: "https://203.0.113.7"}, deaf, ask, faults.BadGatewayTLSHandshakeTimeout, 55 * time.Second},
	{"handshake, timer of its own", setup{target: "https://203.0.113.7", within: "handshake_timeout: 7s,"}, unheard, ask,
		faults.BadGatewayTLSHandshakeTimeout, 7 * time.Second},
	{"handshake follows I/O", setup{target: "https://203.0.113.7", within: "io_timeout: 8s,"}, unheard, ask,
		faults.BadGatewayTLSHandshakeTimeout, 8 * time.Second},
	{"send", setup{}, deaf, ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},
	{"send, the other status", setup{gateway: "compatibility: {write_timeout_status: 408}"}, deaf, ask, faults.RequestTimeout, 55 * time.Second},
	{"wait", setup{}, unheard, ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},
	{"wait behind an interim answer", setup{}, hanging("HTTP/1.1 100 Continue\r\n\r\n"), ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},
	{"receive, in the head", setup{}, hanging("HTTP/1.1 200 OK\r\n"), ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},
	{"receive, in the body", setup{}, hanging("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"), ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},
	{"receive, until close", setup{}, hanging("HTTP/1.1 200 OK\r\n\r\nhi"), ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},

	{"budget in connect", setup{proxy: "api_timeout: 2s,"}, nil, ask, faults.TargetConnectTimeout, 2 * time.Second},
	{"budget in handshake", setup{target: "https://203.0.113.7", proxy: "api_timeout: 2s,"}, unheard, ask,
		faults.BadGatewayTLSHandshakeTimeout, 2 * time.Second},
	{"budget in send", setup{proxy: "api_timeout: 2s,"}, deaf, ask, faults.APITimedOut, 2 * time.Second},
	{"budget in wait", setup{proxy: "api_timeout: 2s,"}, unheard, ask, faults.APITimedOut, 2 * time.Second},
	{"budget in receive", setup{proxy: "api_timeout: 2s,"}, hanging("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"), ask, faults.APITimedOut, 2 * time.Second},
	{"budget in the request's body", setup{proxy: "api_timeout: 2s,"}, unheard, post("Content-Length: 5", "hi"), faults.APITimedOut, 2 * time.Second},
	{"budget in a streamed body", setup{proxy: "api_timeout: 2s,", within: "streaming: {request: true},"}, unheard,
		post("Content-Length: 5", "hi"), faults.APITimedOut, 2 * time.Second},
	{"budget beyond the timer", setup{proxy: "api_timeout: 70s,"}, unheard, ask, faults.GatewayTimeoutTargetIO, 55 * time.Second},

	{"client in its head", setup{}, unheard, "GET / HTTP/1.1\r\n", faults.RequestTimeout, 55 * time.Second},
	{"client in its body", setup{}, unheard, post("Content-Length: 5", "hi"), faults.RequestTimeout, 55 * time.Second},
	{"client in its streamed body", setup{within: "streaming: {request: true}, io_timeout: 90s,"}, unheard,
		post("Content-Length: 5", "hi"), faults.RequestTimeout, 55 * time.Second},
}

// TestTimers lets every timer run out, in no time.
func TestTimers(t *testing.T) {
	for _, c := range timers {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := timeless(t, c.setup, c.target)
				client := g.pipe()
				began := time.Now()
				client.send(c.request)
				a := client.receive("GET")
				if took := time.Since(began); took != c.after {
					t.Errorf("answered after %v, want %v", took, c.after)
				}
				g.faulty(a, c.want)
				g.stop(client)
			})
		})
	}
}

// TestHandshakeTimeoutInEveryDetail is the playbook's case: what the client gets, what system.log says, what the record holds.
func TestHandshakeTimeoutInEveryDetail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := timeless(t, setup{target: "https://203.0.113.7:8443/api"}, unheard)
		client := g.pipe()
		client.send(ask)
		a := client.receive("GET")
		const body = `{"fault":{"faultstring":"Bad Gateway","detail":{"errorcode":"messaging.adaptors.http.flow.BadGateway"}}}`
		if a.Status != "502 Bad Gateway" || a.body != body {
			t.Errorf("answered %s %s", a.Status, a.body)
		}
		r := g.faulty(a, faults.BadGatewayTLSHandshakeTimeout)
		want := "org:acme env:test api:orders rev:3 messageid:" + r.MessageID + " NIOThread@"
		const end = " ERROR HTTP.CLIENT - HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:203.0.113.7:8443 Local:0.0.0.0:0]@"
		const rest = " useCount=1 bytesRead=0 bytesWritten=0 age=55000ms lastIO=55000ms isOpen=true handshake timeout"
		line := g.lines()[0]
		if !strings.HasPrefix(line, want) || !strings.Contains(line, end) || !strings.HasSuffix(line, rest) {
			t.Errorf("system.log says\n%s\nwant\n%s…%s…%s", line, want, end, rest)
		}
		if step := r.Steps[r.Failure.Step]; step.Duration() != 55*time.Second || r.Failure.Step.String() != "tls handshake" {
			t.Errorf("step %s took %v", r.Failure.Step, step.Duration())
		}
		g.stop(client)
	})
}

// TestIdleChannelsLiveForTheKeepAliveTimeout counts connections to the target.
func TestIdleChannelsLiveForTheKeepAliveTimeout(t *testing.T) {
	for _, c := range []struct {
		idle  time.Duration
		dials int
	}{{59 * time.Second, 1}, {61 * time.Second, 2}} {
		synctest.Test(t, func(t *testing.T) {
			dials := 0
			g := timeless(t, setup{}, func(p *peer) {
				dials++
				always(plain)(p)
			})
			for range 2 {
				client := g.pipe()
				client.send(ask)
				client.receive("GET")
				client.Close()
				time.Sleep(c.idle)
			}
			if dials != c.dials {
				t.Errorf("%d connections for requests %v apart, want %d", dials, c.idle, c.dials)
			}
			g.stop()
		})
	}
}

func TestAnIdleClientIsLetGoAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := timeless(t, setup{}, always(plain))
		client := g.pipe()
		for range 3 {
			time.Sleep(59 * time.Second)
			client.send(ask)
			client.receive("GET")
		}
		began := time.Now()
		client.ended()
		if idle := time.Since(began); idle != clientIdle {
			t.Errorf("the connection ended after %v", idle)
		}
		g.stop(client)
	})
}

// TestAStreamedRequestIsNoSilence uploads for longer than the I/O timeout before the target says anything.
func TestAStreamedRequestIsNoSilence(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer time.Duration // after the last byte
		want   int
	}{{"the target answers in time", 54 * time.Second, 200}, {"the target is silent then", 200 * time.Second, 504}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := timeless(t, setup{within: "streaming: {request: true},"}, func(p *peer) {
					p.request()
					time.Sleep(c.answer)
					p.send(plain)
				})
				client := g.pipe()
				client.send(post("Content-Length: 10", ""))
				for range 10 {
					time.Sleep(20 * time.Second)
					client.send("x")
				}
				last := time.Now()
				if a := client.receive("POST"); a.StatusCode != c.want {
					t.Errorf("answered %s", a.Status)
				}
				if took := time.Since(last); c.want == 504 && (took < 55*time.Second || took > 56*time.Second) {
					t.Errorf("timed out %v after the last byte", took)
				}
				g.stop(client)
			})
		})
	}
}

// TestASilentStreamIsATimeoutOfTheTarget is an answer that has begun: nothing but the end can tell.
func TestASilentStreamIsATimeoutOfTheTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := timeless(t, setup{within: "streaming: {response: true},"}, func(p *peer) {
			p.request()
			p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
			unheard(p)
		})
		client := g.pipe()
		client.send(ask)
		began := time.Now()
		if _, err := client.tryReceive("GET"); err == nil || time.Since(began) != 55*time.Second {
			t.Errorf("ended with %v after %v", err, time.Since(began))
		}
		if r := g.record(); r.fault != faults.GatewayTimeoutTargetIO || r.Status != 200 {
			t.Errorf("recorded %d, fault %q", r.Status, r.fault)
		}
		g.stop(client)
	})
}

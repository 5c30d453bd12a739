package channel

import (
	"bufio"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"message-processor/proxy/wire"
)

// behind is a target that nobody can reach but through the forward proxy.
func behind(address netip.AddrPort, settings *TLS, timeouts Timeouts) *Target {
	return NewTarget("backend.invalid", 8443, settings, timeouts).
		Via(&ForwardProxy{Host: address.Addr().String(), Port: int(address.Port()), Tunnel: true})
}

// tunnelling answers CONNECT like this, and then runs script on the same connection.
func tunnelling(answer string, script func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			return
		}
		io.WriteString(conn, answer)
		script(conn)
	}
}

const established = "HTTP/1.0 200 Connection established\r\nContent-Length: 5\r\n\r\n" // whose length means nothing

func (c *Channel) dig() error { return c.Tunnel(time.Time{}) }

func digging(script ...func(net.Conn)) provocation {
	return func(t *testing.T, _ circumstances) error {
		return dial(t, new(Dialer), behind(serve(t, steps(script)), &TLS{}, patient)).dig()
	}
}

func diggingInVain(script func(net.Conn)) provocation {
	return func(t *testing.T, with circumstances) error {
		target := behind(netip.MustParseAddrPort("192.0.2.1:3128"), nil, original)
		return dial(t, overPipe(t, script), target).Tunnel(with.budget)
	}
}

// diggingInterrupted closes the Channel while the proxy's answer is awaited.
func diggingInterrupted(t *testing.T, _ circumstances) error {
	busy := make(chan struct{})
	address := serve(t, func(conn net.Conn) {
		await(conn)
		close(busy)
	})
	c := dial(t, new(Dialer), behind(address, nil, patient))
	go func() { <-busy; c.Close() }()
	return c.dig()
}

func TestTLSRunsThroughTheTunnelWithTheTargetItself(t *testing.T) {
	authority := newAuthority(t)
	named := authority.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"backend.invalid"} })
	names := make(chan string, 1)
	address := serve(t, tunnelling("HTTP/1.1 103 Early Hints\r\n\r\n"+established, func(conn net.Conn) {
		secure := serverSide(conn, server(named))
		names <- secure.ConnectionState().ServerName
		silent(secure)
	}))
	target := behind(address, &TLS{RootCAs: authority.roots()}, patient)
	c := dial(t, new(Dialer), target)
	check(t, c.dig())
	check(t, c.shake())
	if name := <-names; name != "backend.invalid" {
		t.Errorf("the target was asked for as %q", name)
	}
	s := c.Snapshot()
	if !s.Secure || s.Remote != address || s.BytesRead != 0 || s.BytesWritten != 0 || s.LastIO != s.Age {
		t.Errorf("what was said to the proxy counts as the target's: %v", s)
	}
	if target.String() != "backend.invalid:8443" || target.Host() != "backend.invalid" || target.Peer() != address.Addr().String() {
		t.Errorf("target %s, peer %s", target, target.Peer())
	}
}

func TestCONNECTNamesTheTargetAndCarriesTheCredentials(t *testing.T) {
	for authorization, want := range map[string]string{
		"":           "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n",
		"Basic dTpw": "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n",
	} {
		target := NewTarget("2001:db8::1", 443, &TLS{}, patient).Via(&ForwardProxy{Host: "p", Port: 1, Authorization: authorization})
		if got := string(target.connectHead()); got != want {
			t.Errorf("%q", got)
		}
	}
}

func TestOnlyAForwardProxyThatTunnelsIsAsked(t *testing.T) {
	relaying := &ForwardProxy{Host: "127.0.0.1", Port: 1}
	for name, c := range map[string]struct {
		target *Target
		want   bool
	}{
		"no proxy":                 {NewTarget("h", 1, nil, patient).Via(nil), false},
		"relayed":                  {NewTarget("h", 1, nil, patient).Via(relaying), false},
		"TLS is never relayed":     {NewTarget("h", 1, &TLS{}, patient).Via(relaying), true},
		"plain, and tunnels asked": {behind(netip.MustParseAddrPort("127.0.0.1:1"), nil, patient), true},
	} {
		if c.target.Tunnels() != c.want {
			t.Errorf("%s: tunnels %v", name, c.target.Tunnels())
		}
	}
	first := make(chan byte, 1)
	address := serve(t, func(conn net.Conn) {
		var got [1]byte
		io.ReadFull(conn, got[:])
		first <- got[0]
	})
	c := dial(t, new(Dialer), NewTarget("h", 1, nil, patient).Via(&ForwardProxy{Host: address.Addr().String(), Port: int(address.Port())}))
	check(t, c.dig())
	c.Write([]byte("G"))
	if got := <-first; got != 'G' {
		t.Errorf("the proxy got %q", got)
	}
}

func TestTheProxysNameIsLookedUpAndNotTheTargets(t *testing.T) {
	dialer := &Dialer{LookupNetIP: func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if host != "proxy.example" {
			t.Errorf("%s is looked up", host)
		}
		return addrs("192.0.2.7"), nil
	}}
	target := NewTarget("backend.example", 443, nil, patient).Via(&ForwardProxy{Host: "proxy.example", Port: 3128})
	if got, err := dialer.Lookup(t.Context(), target); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	dialer.DialContext = func(_ context.Context, _, address string) (net.Conn, error) {
		if address != "192.0.2.7:3128" {
			t.Errorf("%s is connected to", address)
		}
		return nil, io.EOF
	}
	_, err := dialer.Dial(t.Context(), target, addrs("192.0.2.7"))
	if s := failure(t, err).Snapshot; s.Name != "proxy.example:3128" {
		t.Errorf("the log names %q", s.Name)
	}
}

func TestAStatusThatIsNoSuccessRefusesTheTunnel(t *testing.T) {
	for _, status := range []string{"101", "302", "403", "407", "502", "599"} {
		err := digging(await, say("HTTP/1.1 "+status+" No\r\nContent-Length: 2\r\n\r\nno"))(t, circumstances{})
		if failed := expect(t, err, Tunnel, TunnelRefused); failed.Detail != status || !failed.Snapshot.Open || failed.Snapshot.BytesRead == 0 {
			t.Errorf("%s: %v, %v", status, failed, failed.Snapshot)
		}
	}
}

func TestBytesBehindTheAnswerAreNotTakenForTheTargets(t *testing.T) {
	expect(t, digging(await, say(established+"HTTP/1.1 200 OK\r\n"))(t, circumstances{}), Tunnel, Malformed)
}

func TestInterimAnswersOfTheProxyHaveAnEnd(t *testing.T) {
	many := strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", maxInterim)
	expect(t, digging(await, say(many+established))(t, circumstances{}), Tunnel, Malformed)
}

func TestTheProxysAnswerIsAwaitedForTheIOTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := diggingInVain(silent)(t, circumstances{})
		if took := time.Since(began); took != original.IO {
			t.Errorf("gave up after %v", took)
		}
		expect(t, err, Tunnel, Timeout)
	})
}

func TestChannelsThroughOtherProxiesAreNotInterchangeable(t *testing.T) {
	plain := NewTarget("h", 80, nil, patient)
	keys := map[string]string{}
	for name, target := range map[string]*Target{
		"direct":            plain,
		"relayed":           plain.Via(&ForwardProxy{Host: "p", Port: 1}),
		"tunnelled":         plain.Via(&ForwardProxy{Host: "p", Port: 1, Tunnel: true}),
		"other port":        plain.Via(&ForwardProxy{Host: "p", Port: 2}),
		"other credentials": plain.Via(&ForwardProxy{Host: "p", Port: 1, Authorization: "Basic c2VjcmV0"}),
		"secure":            NewTarget("h", 80, &TLS{}, patient).Via(&ForwardProxy{Host: "p", Port: 1}),
	} {
		if other := keys[target.Key()]; other != "" {
			t.Errorf("%s and %s share a key", name, other)
		}
		if keys[target.Key()] = name; strings.Contains(target.Key(), "c2VjcmV0") {
			t.Errorf("the key tells the secret: %s", target.Key())
		}
	}
	secure := NewTarget("h", 80, &TLS{}, patient)
	if secure.Via(&ForwardProxy{Host: "p", Port: 1}).Key() != secure.Via(&ForwardProxy{Host: "p", Port: 1, Tunnel: true}).Key() {
		t.Error("with TLS it makes no difference whether plain targets are tunnelled, but the keys differ")
	}
}

func TestATunnelIsKeptAndUsedAgain(t *testing.T) {
	answers := func(conn net.Conn) {
		for in := bufio.NewReader(conn); ; {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}
	pool := NewPool(1)
	defer pool.Close()
	target := behind(serve(t, tunnelling(established, answers)), nil, patient)
	c := dial(t, new(Dialer), target)
	check(t, c.dig())
	for use := 1; use <= 3; use++ {
		c.Use(time.Time{})
		var response wire.Response
		c.Write([]byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
		check(t, c.ReadResponse(&response, []byte("GET"), limits))
		if s := c.Snapshot(); s.UseCount != use {
			t.Errorf("use %d is told to be %d", use, s.UseCount)
		}
		pool.Put(c)
		if pool.Take(target) != c {
			t.Fatal("the tunnel is not kept")
		}
	}
}

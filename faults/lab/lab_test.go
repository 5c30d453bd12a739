package lab

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// patience is how long a test waits for something that must happen.
const patience = 10 * time.Second

// silence is how long a test watches for something that must not happen.
const silence = 150 * time.Millisecond

func TestMain(m *testing.M) {
	// fasthttp keeps one goroutine for the Date field of all its servers, and its body streams' buffers in pools.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
}

// startLab starts a lab that ends with the test.
func startLab(t testing.TB, o Options) *Lab {
	t.Helper()
	l, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("closing the lab: %v", err)
		}
	})
	return l
}

// startOne starts one backend, with settings "KNOB=VALUE".
func startOne(t testing.TB, name string, settings ...string) (*Lab, Backend) {
	t.Helper()
	o := Options{Names: []string{name}, Set: map[string]string{}}
	for _, s := range settings {
		knob, value, _ := strings.Cut(s, "=")
		o.Set[name+"."+knob] = value
	}
	l := startLab(t, o)
	b := l.Backends()[0]
	if !b.Available {
		if os.Getenv("REQUIRE_COMPONENTS") == "1" {
			t.Fatalf("%s is not available: %s", name, b.Note)
		}
		t.Skipf("%s is not available: %s", name, b.Note)
	}
	return l, b
}

// dialTCP opens a plain connection whose every read and write must be done within patience.
func dialTCP(t testing.TB, b Backend) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", b.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

// trusting is what a client sets who trusts the lab's authority.
func trusting(l *Lab, b Backend) *tls.Config {
	host, _, _ := net.SplitHostPort(b.Address)
	return &tls.Config{RootCAs: l.CA(), ServerName: host, NextProtos: []string{"http/1.1"}}
}

// handshake opens TCP and tries a handshake.
func handshake(t testing.TB, b Backend, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	conn := tls.Client(dialTCP(t, b), config)
	return conn, conn.Handshake()
}

// dialTLS opens a connection whose handshake must succeed.
func dialTLS(t testing.TB, l *Lab, b Backend) *tls.Conn {
	t.Helper()
	conn, err := handshake(t, b, trusting(l, b))
	if err != nil {
		t.Fatalf("handshake with %s: %v", b.Name, err)
	}
	return conn
}

const get = "GET /some/path HTTP/1.1\r\nHost: lab\r\n\r\n"

func send(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// staysSilent fails when anything comes, an end included.
func staysSilent(t testing.TB, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(silence))
	p := make([]byte, 100)
	n, err := conn.Read(p)
	if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %q, %v; want nothing but the deadline", p[:n], err)
	}
}

// readResponse reads one response with its body.
func readResponse(t testing.TB, in *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestEveryBackendStartsWithAnAddressOrSaysWhyNot(t *testing.T) {
	l := startLab(t, Options{})
	var names []string
	for _, b := range l.Backends() {
		names = append(names, b.Name)
		if !b.Available {
			if b.Note == "" || b.Address != "" || b.URL != "" {
				t.Errorf("%s is not available, with note %q, address %q, URL %q", b.Name, b.Note, b.Address, b.URL)
			}
			continue
		}
		u, err := url.Parse(b.URL)
		if err != nil || u.Host != b.Address || (u.Scheme == "https") != b.Secure || b.Secure == b.ForwardProxy {
			t.Errorf("%s: URL %q does not fit address %q", b.Name, b.URL, b.Address)
		}
	}
	if diff := cmp.Diff(Names(), names); diff != "" {
		t.Errorf("backends are not in the order of the table (-table +backends):\n%s", diff)
	}
}

func TestABasePortNumbersTheBackendsInTheOrderOfTheTable(t *testing.T) {
	for range 20 { // another program may have one of the ports
		base := freePort(t)
		l, err := Start(context.Background(), Options{BasePort: base, Names: []string{"tls-close", "dns-failure", "healthy", "status-503"}})
		if err != nil {
			continue
		}
		defer l.Close()
		var got []string
		for _, b := range l.Backends() {
			got = append(got, b.Name+" "+b.Address)
		}
		local := func(i int) string { return " 127.0.0.1:" + strconv.Itoa(base+i) }
		want := []string{"healthy" + local(0), "tls-close" + local(1), "dns-failure dns-failure.invalid:443", "status-503" + local(3)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		return
	}
	t.Fatal("no four free ports in a row in 20 attempts")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return int(netip.MustParseAddrPort(l.Addr().String()).Port())
}

func TestATakenPortIsAnErrorThatNamesTheBackendAndLeavesNothingOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := int(netip.MustParseAddrPort(taken.Addr().String()).Port())

	_, err = Start(context.Background(), Options{BasePort: port - 1, Names: []string{"healthy", "tls-silent"}})
	if err == nil || !strings.Contains(err.Error(), "lab: tls-silent: ") {
		if err == nil || !strings.Contains(err.Error(), "lab: healthy: ") { // somebody has the port below
			t.Errorf("error is %v", err)
		}
		return
	}
	if conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port-1)); err == nil {
		conn.Close()
		t.Error("healthy still listens after Start failed")
	}
}

func TestAnUnknownNameIsAnErrorThatListsTheNames(t *testing.T) {
	_, err := Start(context.Background(), Options{Names: []string{"healthy", "tls-silence"}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range append(Names(), `"tls-silence"`) {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not mention %s: %v", want, err)
		}
	}
}

func TestClosingEndsConnectionsAndMayBeRepeated(t *testing.T) {
	l, b := startOne(t, "tls-silent")
	conn := dialTCP(t, b)
	send(t, conn, "hello")
	for range 2 {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes of a closed lab", n)
	}
	if _, err := net.Dial("tcp", b.Address); err == nil {
		t.Error("the closed lab still listens")
	}
}

func TestTheLabEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	l, err := Start(ctx, Options{Names: []string{"tls-slow"}})
	if err != nil {
		t.Fatal(err)
	}
	conn := dialTCP(t, l.Backends()[0])
	go tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	cancel()
	if err := l.Close(); err != nil { // waits for the end that the context began
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Backends()[0].Address); err == nil {
		t.Error("still listens")
	}
}

func TestANameAsHostIsInURLsCertificatesAndFaults(t *testing.T) {
	l := startLab(t, Options{Host: "localhost", Names: []string{"healthy", "tls-wrong-name"}})
	healthy, wrong := l.Backends()[0], l.Backends()[1]
	if !strings.HasPrefix(healthy.URL, "https://localhost:") {
		t.Errorf("URL is %s", healthy.URL)
	}
	if _, err := handshake(t, healthy, trusting(l, healthy)); err != nil {
		t.Errorf("handshake: %v", err)
	}
	if want := "ssl_hostname_mismatch_dns"; wrong.Fault != want {
		t.Errorf("fault of tls-wrong-name is %s, want %s", wrong.Fault, want)
	}
}

func TestIPv6Hosts(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skipf("this machine has no IPv6 loopback: %v", err)
	} else {
		l.Close()
	}
	l := startLab(t, Options{Host: "::1", Names: []string{"healthy", "connect-refused", "connect-timeout", "tls-blackhole"}})
	for _, b := range l.Backends() {
		if b.Available && !strings.HasPrefix(b.URL, "https://[::1]:") {
			t.Errorf("URL of %s is %s", b.Name, b.URL)
		}
	}
	dialTLS(t, l, l.Backends()[0])
}

func BenchmarkStartAndCloseOfTheWholeLab(b *testing.B) {
	for b.Loop() {
		l, err := Start(context.Background(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}

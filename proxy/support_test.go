package proxy

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/proxy/channel"
	"message-processor/tracing"
	"message-processor/tracing/systemlog"
)

func TestMain(m *testing.M) {
	// fasthttp's sweeper of idle workers notices the end of its server only when it wakes up, every ten seconds.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// patience is how long a test waits for what must happen: long enough for a busy machine.
const patience = 10 * time.Second

// setup describes a gateway with one API proxy, orders, revision 3, at /v1/orders.
type setup struct {
	target  string // URL; of the proxy's target
	base    string // base path, if not /v1/orders
	within  string // further settings of the target, each in front of a comma: "io_timeout: 1s,"
	proxy   string // further settings of the proxy, the same way
	gateway string // further settings of the gateway, as lines
	dialer  *channel.Dialer
	observe tracing.Observer
}

func (s setup) yaml() []byte {
	const form = "%s\nproxies:\n  - {name: orders, revision: 3, base_path: %s, %s target: {%s url: %q}}\n"
	return fmt.Appendf(nil, form, s.gateway, cmp.Or(s.base, "/v1/orders"), s.proxy, s.within, s.target)
}

func (s setup) config(t testing.TB) *config.Gateway {
	t.Helper()
	return parse(t, s.yaml())
}

func parse(t testing.TB, yaml []byte) *config.Gateway {
	t.Helper()
	c, err := config.Parse("gateway.yaml", yaml, config.Overrides{})
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, yaml)
	}
	return c
}

// gateway is a Gateway under test with all it says about its work.
type gateway struct {
	*Gateway
	t       testing.TB
	address string
	system  *systemlog.Writer
	text    *safeBuffer
	records chan record
	served  chan error
	taken   sync.Map // addresses of the clients whose connections were accepted
}

// record is a copy of a finished record.
type record struct {
	tracing.Record
	fault faults.ID // empty: none
}

// start serves s on loopback until the test ends, and expects an orderly end then.
func (s setup) start(t testing.TB) *gateway {
	t.Helper()
	return startWith(t, s.config(t), s)
}

func startWith(t testing.TB, c *config.Gateway, s setup) *gateway {
	t.Helper()
	g := unserved(t, c, s)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	g.address = listener.Addr().String()
	noting := &notingListener{TCPListener: listener.(*net.TCPListener), taken: &g.taken}
	go func() { g.served <- g.Serve(noting) }()
	t.Cleanup(g.end)
	return g
}

// notingListener remembers whom it has accepted.
type notingListener struct {
	*net.TCPListener
	taken *sync.Map
}

func (l *notingListener) Accept() (net.Conn, error) {
	conn, err := l.TCPListener.Accept()
	if err == nil {
		l.taken.Store(conn.RemoteAddr().String(), true)
	}
	return conn, err
}

// took tells whether the gateway has accepted the connection. One that it has not is reset by the kernel when the listener
// closes.
func (g *gateway) took(c net.Conn) bool {
	_, taken := g.taken.Load(c.LocalAddr().String())
	return taken
}

// unserved makes the Gateway and leaves serving to the test.
func unserved(t testing.TB, c *config.Gateway, s setup) *gateway {
	t.Helper()
	g := &gateway{t: t, text: new(safeBuffer), records: make(chan record, 100), served: make(chan error, 1)}
	var err error
	g.system, err = systemlog.Open(systemlog.Options{Path: "-", Stdout: g.text, Format: "text"})
	check(t, err)
	observers := []tracing.Observer{g.observe}
	if s.observe != nil {
		observers = append(observers, s.observe)
	}
	g.Gateway = New(c, Options{Host: "mp1", PID: 12575, Log: zerolog.New(g.system), Dialer: s.dialer, Observers: observers})
	return g
}

func (g *gateway) end() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.Shutdown(ctx); err != nil {
		g.t.Errorf("shutdown: %v", err)
	}
	if err := <-g.served; err != nil {
		g.t.Errorf("serve: %v", err)
	}
	check(g.t, g.system.Close())
}

func (g *gateway) observe(r *tracing.Record) {
	kept := record{Record: *r}
	kept.Method, kept.Path = bytes.Clone(r.Method), bytes.Clone(r.Path)
	if r.Failure != nil {
		failure := *r.Failure
		kept.Failure, kept.fault = &failure, failure.Fault.ID
	}
	select {
	case g.records <- kept:
	default: // nobody is interested in so many
	}
}

// record waits for the next finished record.
func (g *gateway) record() record {
	g.t.Helper()
	select {
	case r := <-g.records:
		return r
	case <-time.After(patience):
		g.t.Fatal("no request was finished")
		return record{}
	}
}

// lines returns what system.log has to say so far, without the leading time.
func (g *gateway) lines() []string {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	check(g.t, g.system.Flush(ctx))
	lines := strings.Split(strings.TrimSuffix(g.text.String(), "\n"), "\n")
	if lines[0] == "" {
		return nil
	}
	for i, line := range lines {
		if _, rest, found := strings.Cut(line, "  "); found {
			lines[i] = rest
		}
	}
	return lines
}

// safeBuffer is a bytes.Buffer for two goroutines.
type safeBuffer struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.Write(p)
}

func (b *safeBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.String()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

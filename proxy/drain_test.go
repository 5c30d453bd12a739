package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// looper is a client that asks again and again. What it asks on a connection that the gateway has accepted must be answered.
type looper struct {
	*gateway
	request  string
	answered *atomic.Int64
	stop     chan struct{}
}

func (g *gateway) loop(request string) looper {
	return looper{gateway: g, request: request, answered: new(atomic.Int64), stop: make(chan struct{})}
}

// run takes a new connection whenever the gateway ends one, until nobody accepts any more.
func (l looper) run() {
	for {
		conn, err := net.Dial("tcp", l.address)
		if err != nil {
			return
		}
		conn.SetDeadline(time.Now().Add(3 * patience))
		again, err := l.use(conn)
		if err != nil && l.took(conn) {
			l.t.Errorf("a request was lost: %v", err)
		}
		conn.Close()
		if !again {
			return
		}
	}
}

// use asks until the gateway says close or the test says stop.
func (l looper) use(conn net.Conn) (again bool, err error) {
	in := bufio.NewReader(conn)
	for {
		select {
		case <-l.stop:
			return false, nil
		default:
		}
		if _, err := io.WriteString(conn, l.request); err != nil {
			return true, err
		}
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return true, err
		}
		if body, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 200 {
			return true, fmt.Errorf("answered %s %q, then %v", r.Status, body, err)
		}
		l.answered.Add(1)
		if r.Close {
			return true, nil
		}
	}
}

// more waits for so many further answers.
func (l looper) more(n int64) {
	for before := l.answered.Load(); l.answered.Load() < before+n; {
		time.Sleep(time.Millisecond)
	}
}

// TestReloadsAndADrainLoseNoRequest reloads twenty times between two targets under load, then shuts down.
func TestReloadsAndADrainLoseNoRequest(t *testing.T) {
	targets := []*backend{serve(t, always(plain)), serve(t, always(plain))}
	g := setup{target: targets[0].url()}.start(t)
	l := g.loop(ask)
	var clients sync.WaitGroup
	for range 32 {
		clients.Go(l.run)
	}
	for i := range 20 {
		l.more(100)
		g.Reload(setup{target: targets[(i+1)%2].url()}.config(t))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	check(t, g.Shutdown(ctx))
	close(l.stop)
	clients.Wait()
	if targets[0].connections.Load() == 0 || targets[1].connections.Load() == 0 {
		t.Error("the reloads led to one target only")
	}
	if g.Clients() != 0 {
		t.Errorf("%d connections are left", g.Clients())
	}
}

// TestNewConnectionsDuringADrain dials all the time while the gateway shuts down.
func TestNewConnectionsDuringADrain(t *testing.T) {
	for range 5 {
		g := setup{target: serve(t, always(plain)).url()}.start(t)
		l := g.loop("GET /v1/orders HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n")
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(l.run)
		}
		l.more(50)
		check(t, g.Shutdown(context.Background()))
		clients.Wait()
	}
}

// TestADrainFinishesWhatIsUnderWay asks the target before the drain and answers during it.
func TestADrainFinishesWhatIsUnderWay(t *testing.T) {
	target, asked, answer := silent(t)
	g := setup{target: target.url()}.start(t)
	c := g.dial()
	c.send(ask)
	<-asked
	down := make(chan error)
	go func() { down <- g.Shutdown(context.Background()) }()
	for !g.Draining() {
		time.Sleep(time.Millisecond)
	}
	answer <- plain
	if a := c.receive("GET"); a.StatusCode != 200 || !a.Close {
		t.Errorf("answered %s, close %v", a.Status, a.Close)
	}
	c.ended()
	c.Close()
	check(t, <-down)
}

// TestADrainWaitsForThoseWhoAreIn pins that a connection that has said nothing yet is not dropped at once: its request may be
// on the way.
func TestADrainWaitsForThoseWhoAreIn(t *testing.T) {
	g := setup{target: serve(t, always(plain)).url()}.start(t)
	fresh, used := g.dial(), g.dial()
	used.send(ask)
	used.receive("GET")
	for g.Clients() < 2 {
		time.Sleep(time.Millisecond)
	}
	down := make(chan error)
	go func() { down <- g.Shutdown(context.Background()) }()
	for !g.Draining() {
		time.Sleep(time.Millisecond)
	}
	for name, c := range map[string]*caller{"new": fresh, "used": used} {
		c.send(ask)
		if a := c.receive("GET"); a.StatusCode != 200 || !a.Close {
			t.Errorf("the request on a %s connection is answered %s, close %v", name, a.Status, a.Close)
		}
		c.ended()
		c.Close()
	}
	check(t, <-down)
}

// TestADrainEndsInTime cuts what does not end by itself.
func TestADrainEndsInTime(t *testing.T) {
	target, asked, answer := silent(t)
	g := setup{target: target.url()}.start(t)
	c := g.dial()
	c.send(ask)
	<-asked
	defer func() { answer <- plain }()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := g.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	if rest, err := c.rest(); rest != "" || outOfPatience(err) {
		t.Errorf("heard %q, then %v", rest, err)
	}
}

func TestAServeThatCannotAcceptSaysWhy(t *testing.T) {
	g := unserved(t, setup{target: "http://127.0.0.1:1"}.config(t), setup{})
	defer g.system.Close()
	defer g.pool.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	listener.Close()
	if err := g.Serve(listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("serve: %v", err)
	}
}

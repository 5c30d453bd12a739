package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// backend is a scripted target.
type backend struct {
	address     string
	connections atomic.Int64
}

func (b *backend) url() string { return "http://" + b.address }

// serve accepts on loopback and runs script once per connection. When the test ends, connections are closed and scripts
// waited for.
func serve(t testing.TB, script func(*peer)) *backend {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	b := &backend{address: listener.Addr().String()}
	var scripts sync.WaitGroup
	var mutex sync.Mutex
	open := make(map[net.Conn]bool)
	run := func(conn net.Conn) {
		script(newPeer(conn))
		conn.Close()
		mutex.Lock()
		delete(open, conn)
		mutex.Unlock()
	}
	scripts.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.connections.Add(1)
			mutex.Lock()
			open[conn] = true
			mutex.Unlock()
			scripts.Go(func() { run(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mutex.Lock()
		for conn := range open {
			conn.Close()
		}
		mutex.Unlock()
		scripts.Wait()
	})
	return b
}

// peer is the target's end of a connection.
type peer struct {
	net.Conn
	in *bufio.Reader
}

func newPeer(conn net.Conn) *peer { return &peer{Conn: conn, in: bufio.NewReader(conn)} }

// request reads one request and its whole body.
func (p *peer) request() (*http.Request, string, error) {
	r, err := http.ReadRequest(p.in)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(r.Body)
	return r, string(body), err
}

func (p *peer) send(s string) error {
	_, err := io.WriteString(p.Conn, s)
	return err
}

// resetOnClose makes the end of the connection a reset.
func resetOnClose(p *peer) { p.Conn.(*net.TCPConn).SetLinger(0) }

// always answers every request alike.
func always(answer string) func(*peer) {
	return func(p *peer) {
		for {
			if _, _, err := p.request(); err != nil {
				return
			}
			if p.send(answer) != nil {
				return
			}
		}
	}
}

// plain is the answer of a target whose answer does not matter.
const plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// caller is a client of the gateway.
type caller struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// answer is what a caller got.
type answer struct {
	*http.Response
	body string
}

func (g *gateway) dial() *caller {
	g.t.Helper()
	return dialTo(g.t, g.address)
}

func dialTo(t testing.TB, address string) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	check(t, conn.SetDeadline(time.Now().Add(patience)))
	return &caller{Conn: conn, t: t, in: bufio.NewReader(conn)}
}

func (c *caller) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, s); err != nil {
		c.t.Fatalf("the gateway does not take the request: %v", err)
	}
}

func (c *caller) closeWrite() {
	c.t.Helper()
	check(c.t, c.Conn.(*net.TCPConn).CloseWrite())
}

// reset ends the connection with RST.
func (c *caller) reset() {
	c.t.Helper()
	check(c.t, c.Conn.(*net.TCPConn).SetLinger(0))
	check(c.t, c.Conn.Close())
}

// receive reads the answer to a request of this method.
func (c *caller) receive(method string) answer {
	c.t.Helper()
	a, err := c.tryReceive(method)
	if err != nil {
		c.t.Fatalf("no whole answer: %v", err)
	}
	return a
}

func (c *caller) tryReceive(method string) (answer, error) {
	r, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(r.Body)
	return answer{Response: r, body: string(body)}, err
}

// rest reads to the end of the connection.
func (c *caller) rest() (string, error) {
	rest, err := io.ReadAll(c.in)
	return string(rest), err
}

// ended expects that the gateway says no more and ends the connection in an orderly way.
func (c *caller) ended() {
	c.t.Helper()
	if rest, err := c.rest(); rest != "" || err != nil {
		c.t.Fatalf("after the answer came %q, then %v; want the end of the connection", rest, err)
	}
}

// get sends a GET for the path on a connection of its own and returns the answer.
func (g *gateway) get(path string) answer {
	g.t.Helper()
	c := g.dial()
	defer c.Close()
	c.send("GET " + path + " HTTP/1.1\r\nHost: gateway\r\n\r\n")
	return c.receive("GET")
}

// outOfPatience tells whether a test's own patience ended.
func outOfPatience(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

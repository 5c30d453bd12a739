package channel

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

const noContent = "HTTP/1.1 204 No Content\r\n\r\n"

// used is a Channel that has carried one exchange with a peer that then waits
// for spoil. now makes the peer do that and waits until it can be noticed.
func used(t *testing.T, secure bool, spoil func(net.Conn)) (c *Channel, now func()) {
	t.Helper()
	start := make(chan struct{})
	begin := sync.OnceFunc(func() { close(start) })
	script := func(conn net.Conn) {
		await(conn)
		io.WriteString(conn, noContent)
		<-start
		spoil(conn)
		io.Copy(io.Discard, conn)
	}
	if secure {
		authority := newAuthority(t)
		address := serveTLS(t, server(authority.issue(t, nil)), func(conn *tls.Conn) { script(conn) })
		c = open(t, new(Dialer), secured(address, authority, nil))
	} else {
		c = open(t, new(Dialer), toward(serve(t, script), nil, patient))
	}
	t.Cleanup(begin) // before the scripts are waited for
	check(t, c.ask())
	return c, func() {
		begin()
		arrived(t, c)
	}
}

// arrived waits until the kernel has something for c.
func arrived(t *testing.T, c *Channel) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		if _, err := c.socket.peekNow(c.socket.one[:]); err != errNothing {
			return
		}
	}
	t.Fatal("nothing arrived")
}

func TestAnIdleChannelThatThePeerSpoiledIsNotUsed(t *testing.T) {
	ways := map[string]func(net.Conn){
		"ended":           func(conn net.Conn) { conn.(interface{ CloseWrite() error }).CloseWrite() },
		"reset":           reset,
		"talking unasked": say("HTTP/1.1 200 OK\r\n\r\n"),
		"not TLS":         func(conn net.Conn) { io.WriteString(beneath(conn), "HTTP/1.1 408 Request Timeout\r\n\r\n") },
		"ended beneath":   func(conn net.Conn) { beneath(conn).(*net.TCPConn).CloseWrite() },
	}
	for name, spoil := range ways {
		for _, secure := range []bool{false, true} {
			t.Run(map[bool]string{false: "plain", true: "secure"}[secure]+"/"+name, func(t *testing.T) {
				c, now := used(t, secure, spoil)
				pool := pooled(t, 8)
				pool.Put(c)
				now()
				if pool.Take(c.Target()) != nil || pool.Stats().Stale != 1 || !c.closed.Load() {
					t.Errorf("it was, or stayed open: %+v", pool.Stats())
				}
			})
		}
	}
}

func beneath(conn net.Conn) net.Conn {
	if secure, ok := conn.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return conn
}

func TestAnOlderChannelIsTakenWhenTheLastOneIsSpoiled(t *testing.T) {
	target := toward(serve(t, func(conn net.Conn) {
		if wish := make([]byte, 1); readsByte(conn, wish) && wish[0] == 'x' {
			hangUp(conn)
		}
		silent(conn)
	}), nil, patient)
	dialer, pool := new(Dialer), pooled(t, 8)
	good, bad := dial(t, dialer, target), dial(t, dialer, target)
	bad.Write([]byte("x"))
	arrived(t, bad)
	pool.Put(good)
	pool.Put(bad)
	if pool.Take(target) != good || pool.Stats().Stale != 1 {
		t.Errorf("%+v", pool.Stats())
	}
}

func readsByte(conn net.Conn, into []byte) bool {
	_, err := conn.Read(into)
	return err == nil
}

func TestPendingSessionTicketsDoNotSpoilAChannel(t *testing.T) {
	authority := newAuthority(t)
	config := server(authority.issue(t, nil))
	config.ClientAuth = tls.RequestClientCert // so that Go sends them after our Finished, not before
	address := serveTLS(t, config, func(conn *tls.Conn) { answer(noContent)(conn) })
	target, pool := secured(address, authority, nil), pooled(t, 8)
	c := open(t, new(Dialer), target)
	arrived(t, c) // nothing but tickets: no request has been sent
	pool.Put(c)
	if pool.Take(target) != c {
		t.Fatalf("it was refused: %+v", pool.Stats())
	}
	c.Use(time.Time{})
	get(t, c)
	if again := open(t, new(Dialer), target); !again.ConnectionState().DidResume {
		t.Error("the tickets were lost")
	}
}

// held collects what TLS writes until it is let go, so that several records, or
// a part of one, reach the peer at once.
type held struct {
	net.Conn
	records bytes.Buffer
	holding bool
}

func (h *held) Write(p []byte) (int, error) {
	if h.holding {
		return h.records.Write(p)
	}
	return h.Conn.Write(p)
}

func serveHeld(t *testing.T, script func(h *held, secure *tls.Conn)) (*Channel, *Target) {
	t.Helper()
	authority := newAuthority(t)
	config := server(authority.issue(t, nil))
	address := serve(t, func(conn net.Conn) {
		h := &held{Conn: conn}
		secure := tls.Server(h, config)
		if secure.Handshake() == nil {
			script(h, secure)
		}
	})
	target := secured(address, authority, nil)
	return open(t, new(Dialer), target), target
}

func TestUnaskedBytesThatTLSHasAlreadyBufferedSpoilAChannel(t *testing.T) {
	c, target := serveHeld(t, func(h *held, secure *tls.Conn) {
		await(secure)
		h.holding = true
		io.WriteString(secure, noContent)
		io.WriteString(secure, "HTTP/1.1 200 OK\r\n\r\n")
		h.Conn.Write(h.records.Bytes())
		silent(secure)
	})
	check(t, c.ask())
	if _, err := c.socket.peekNow(c.socket.one[:]); err != errNothing {
		t.Skip("the records were read one by one: ", err)
	}
	pool := pooled(t, 8)
	pool.Put(c)
	if pool.Take(target) != nil {
		t.Error("it was used")
	}
}

func TestLookingIntoTheMiddleOfARecordDoesNoHarm(t *testing.T) {
	half, rest := make(chan struct{}), make(chan struct{})
	finish := sync.OnceFunc(func() { close(rest) })
	c, target := serveHeld(t, func(h *held, secure *tls.Conn) {
		await(secure)
		io.WriteString(secure, noContent)
		h.holding = true
		io.WriteString(secure, noContent)
		h.Conn.Write(h.records.Next(9))
		close(half)
		<-rest
		h.Conn.Write(h.records.Bytes())
		silent(secure)
	})
	t.Cleanup(finish)
	check(t, c.ask())
	<-half
	pool := pooled(t, 8)
	pool.Put(c)
	if pool.Take(target) != c {
		t.Fatal("it was refused")
	}
	c.Use(time.Time{})
	finish()
	check(t, c.ask())
}

func TestWithoutASocketAnIdleChannelIsUsedUnlookedAt(t *testing.T) {
	target := NewTarget("192.0.2.1", 80, nil, patient)
	c, pool := dial(t, overPipe(t, silent), target), pooled(t, 8)
	pool.Put(c)
	if pool.Take(target) != c {
		t.Error("it was refused")
	}
	if c.Fail(io.EOF).Snapshot.TCP != nil {
		t.Error("a pipe has TCP_INFO")
	}
}

func TestLookingAtAnIdleChannelCostsNextToNothing(t *testing.T) {
	for secure, most := range map[bool]float64{false: 0, true: 1} { // crypto/tls makes one of 24 bytes per read
		c, _ := used(t, secure, silent)
		if n := testing.AllocsPerRun(100, func() {
			if !c.healthy() {
				t.Fatal("it is spoiled")
			}
		}); n > most {
			t.Errorf("secure %v: %v allocations", secure, n)
		}
	}
}

package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestConnectRefusedRefusesAndKeepsItsPort(t *testing.T) {
	_, b := startOne(t, "connect-refused")
	for range 3 {
		if _, err := net.Dial("tcp", b.Address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("connecting: %v, want a refusal", err)
		}
	}
	if l, err := net.Listen("tcp", b.Address); err == nil {
		l.Close()
		t.Errorf("another program could listen on %s", b.Address)
	}
}

func TestConnectTimeoutNeverAnswersASYN(t *testing.T) {
	_, b := startOne(t, "connect-timeout")
	for range 3 { // also the first one: no place in the queue is left
		start := time.Now()
		conn, err := net.DialTimeout("tcp", b.Address, silence)
		if err == nil {
			conn.Close()
			t.Fatal("connected")
		}
		if !os.IsTimeout(err) || time.Since(start) < silence {
			t.Errorf("connecting: %v after %v, want the timeout", err, time.Since(start))
		}
	}
}

// A lab that is restarted finds its ports again, though the last one's connections are still in TIME_WAIT.
func TestFixedPortsSurviveARestart(t *testing.T) {
	o := Options{Host: "localhost", BasePort: freePort(t), Names: []string{"tls-close", "connect-refused", "connect-timeout"}}
	for round := range 3 {
		l, err := Start(context.Background(), o)
		if err != nil && round == 0 {
			t.Skipf("another program has a port: %v", err)
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		conn := dialTCP(t, l.Backends()[0])
		sendHello(t, conn, tls.VersionTLS13)
		io.Copy(io.Discard, conn) // the lab closes first, so TIME_WAIT is on its side
		conn.Close()
		if _, err := net.Dial("tcp", l.Backends()[1].Address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("round %d: connect-refused: %v", round, err)
		}
		if err := l.Close(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		o.Names[0], o.Names[1] = o.Names[1], o.Names[0] // the order of Names does not matter
	}
}

func TestAHostThatIsNoneOfThisMachineIsAnError(t *testing.T) {
	for _, name := range []string{"healthy", "connect-refused", "connect-timeout"} {
		l, err := Start(context.Background(), Options{Host: "192.0.2.1", Names: []string{name}})
		if err == nil {
			available := l.Backends()[0].Available
			l.Close()
			if available {
				t.Errorf("%s claims to listen on an address reserved for documentation", name)
			}
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("error does not name %s: %v", name, err)
		}
	}
}

func TestTheNameOfDNSFailureIsInvalid(t *testing.T) {
	_, b := startOne(t, "dns-failure")
	if b.URL != "https://dns-failure.invalid:443/" || b.Address != "dns-failure.invalid:443" {
		t.Errorf("URL %q, address %q", b.URL, b.Address)
	}
}

// The filter is attached or the backend says so; either way no other backend suffers.
func TestAFilterThatCannotBeAttachedMakesTheBackendUnavailable(t *testing.T) {
	refused := func(string, string, syscall.RawConn) error { return unavailable("needs a reason") }
	p := place{ctx: context.Background(), host: "127.0.0.1"}
	h := newHandler(1, func(*link) {})
	h.control = refused
	_, err := p.serve(newPlan(Entry{Does: "tls-blackhole"}, time.Now()), map[string]*handler{"tls-blackhole": h})
	var missing unavailable
	if !errors.As(err, &missing) || missing.Error() != "needs a reason" {
		t.Errorf("error is %v", err)
	}
}

func TestConnectionsBeyondTheLimitWaitUntilAnotherOneEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := place{ctx: ctx, host: "127.0.0.1"}
	greet := newHandler(1, func(conn *link) { // sends a byte, then waits for the end
		conn.Write([]byte("x"))
		untilClosed(conn)
	})
	e, err := p.serve(newPlan(Entry{Does: "greet"}, time.Now()), map[string]*handler{"greet": greet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); e.close() })
	b := Backend{Address: p.hostPort(e.port())}
	first, second := dialTCP(t, b), dialTCP(t, b)
	if _, err := io.ReadFull(first, make([]byte, 1)); err != nil {
		t.Fatalf("the first connection: %v", err)
	}
	staysSilent(t, second)
	first.Close()
	second.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(second, make([]byte, 1)); err != nil {
		t.Errorf("the second connection, after the first one ended: %v", err)
	}
}

package lab

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// linked is a link and its peer.
func linked(t *testing.T) (*link, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer := dialTCP(t, Backend{Address: l.Addr().String()})
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &link{TCPConn: conn.(*net.TCPConn)}, peer
}

func TestALinkEndsOnlyWhenItBothExpiredAndRests(t *testing.T) {
	for _, c := range []struct {
		what  string
		steps func(*link)
		ends  bool
	}{
		{"rests", (*link).rest, false},
		{"expires at work", (*link).expire, false},
		{"rests, works, expires", func(l *link) { l.rest(); l.work(); l.expire() }, false},
		{"rests, expires", func(l *link) { l.rest(); l.expire() }, true},
		{"expires, rests", func(l *link) { l.expire(); l.rest() }, true},
	} {
		l, _ := linked(t)
		c.steps(l)
		l.SetReadDeadline(time.Now().Add(silence))
		if _, err := l.Read(make([]byte, 1)); errors.Is(err, io.EOF) != c.ends {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// Bytes that the kernel has taken before the end are no lost request.
func TestARequestThatHasArrivedIsReadBeforeTheEnd(t *testing.T) {
	l, peer := linked(t)
	send(t, peer, get)
	l.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(l, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	l.rest()
	l.expire()
	if rest, err := io.ReadAll(l); !bytes.Equal(rest, []byte(get[1:])) || err != nil {
		t.Errorf("read %q, %v", rest, err)
	}
}

// Whatever a backend was before, a switch makes it the same as the one that is started so.
func TestASwitchedBackendIsLikeTheOneOfThatName(t *testing.T) {
	l := startLab(t, Options{Names: []string{"healthy"},
		Set: map[string]string{"tls-slow.delay": "10ms", "slow-body.interval": "10ms", "broken-pipe.delay": "50ms"}})
	for _, i := range Table() {
		if i.Alone != "" || i.Name == "broken-pipe" { // without its small buffers it takes 4 MB
			continue
		}
		mustSwitch(t, l, i.Name, 0)
		b := l.Backends()[0]
		b.Name, b.Governs = i.Name, i.Governs
		if got, err := visit(l, b); got != outcomes[i.Name] {
			t.Errorf("%s: %s (%v), want %s", i.Name, got, err, outcomes[i.Name])
		}
	}
}

func TestAWebSocketOutlivesASwitch(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn, in := ask(t, l, b, "GET / HTTP/1.1\r\nHost: lab\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", resp, err)
	}
	mustSwitch(t, l, "tls-silent", 0)
	send(t, conn, string(maskedFrame(1, "still here")))
	echo := make([]byte, 2+len("still here"))
	if _, err := io.ReadFull(in, echo); err != nil || string(echo[2:]) != "still here" {
		t.Errorf("%q, %v", echo, err)
	}
}

// Behaviours, connections and the end of the lab all change at once; the race detector and goleak look on.
func TestSwitchesConnectionsAndTheEndMayComeTogether(t *testing.T) {
	l, b := startEntry(t, Entry{Does: "healthy", Share: map[string]float64{"tls-close": 0.3},
		Schedule: []Step{{At: 20 * time.Millisecond, Does: "tls-reset", For: 20 * time.Millisecond}, {At: 60 * time.Millisecond, Does: "tls-close"}}})
	var working sync.WaitGroup
	for range 4 {
		working.Go(func() {
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: l.CA()}}
			defer transport.CloseIdleConnections()
			for range 40 {
				post(&http.Client{Transport: transport, Timeout: 50 * time.Millisecond}, b.URL, 10)
			}
		})
	}
	working.Go(func() {
		for _, does := range []string{"tls-silent", "status-503", "", "healthy", "stale-keepalive"} {
			if err := l.Switch("outage", does, 30*time.Millisecond); does != "" && err != nil {
				t.Error(err)
			}
			time.Sleep(15 * time.Millisecond)
			l.State()
		}
	})
	time.Sleep(120 * time.Millisecond)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	working.Wait()
	if s := l.State()[0]; s.Open != 0 {
		t.Errorf("after the end: %+v", s)
	}
}

package lab

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// startEntry starts a lab of one entry.
func startEntry(t testing.TB, e Entry) (*Lab, Backend) {
	t.Helper()
	e.Name = "outage"
	l := startLab(t, Options{Entries: []Entry{e}})
	return l, l.Backends()[0]
}

// fate tells how a new connection to b fares: a healthy handshake, or an end before it.
func fate(t testing.TB, b Backend) string {
	t.Helper()
	conn, err := net.Dial("tcp", b.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	if err == nil {
		return "healthy"
	}
	if kind := class(err); kind != "end" {
		return kind
	}
	return "closed"
}

func mustSwitch(t *testing.T, l *Lab, does string, d time.Duration) {
	t.Helper()
	if err := l.Switch(l.Backends()[0].Name, does, d); err != nil {
		t.Fatal(err)
	}
}

func TestASwitchChangesNewConnectionsAtOnceAndIsOverInTime(t *testing.T) {
	l, b := startOne(t, "healthy")
	const outage = time.Second
	mustSwitch(t, l, "tls-close", outage)
	began := time.Now()
	if got := fate(t, b); got != "closed" {
		t.Errorf("after the switch: %s", got)
	}
	if s := l.State()[0]; s.Does != "tls-close" || s.Left <= 0 || s.Left > outage || !s.Switchable {
		t.Errorf("state is %+v", s)
	}
	for l.State()[0].Does != "healthy" && time.Since(began) < patience {
		time.Sleep(time.Millisecond)
	}
	if took := time.Since(began); took < outage-50*time.Millisecond {
		t.Errorf("the outage was over after %v, not %v", took, outage)
	}
	if got := fate(t, b); got != "healthy" {
		t.Errorf("after the outage: %s", got)
	}
	if diff := cmp.Diff(map[string]int{"tls-close": 1, "healthy": 1}, l.State()[0].Accepted); diff != "" {
		t.Error(diff)
	}
}

func TestASwitchForGoodLastsUntilItIsTakenBack(t *testing.T) {
	l, b := startEntry(t, Entry{Does: "tls-close", Share: map[string]float64{"tls-silent": 1e-9}})
	mustSwitch(t, l, "healthy", 0)
	if got, s := fate(t, b), l.State()[0]; got != "healthy" || s.Left != 0 || s.Share != nil {
		t.Errorf("switched: %s, %+v", got, s)
	}
	mustSwitch(t, l, "", 0)
	if got, s := fate(t, b), l.State()[0]; got != "closed" || s.Does != "tls-close" || s.Share["tls-silent"] != 1e-9 {
		t.Errorf("taken back: %s, %+v", got, s)
	}
}

func TestASwitchEndsConnectionsBetweenTwoRequestsOnly(t *testing.T) {
	for _, name := range []string{"healthy", "status-503"} {
		t.Run(name, func(t *testing.T) {
			l, b := startOne(t, name)
			resting, in := ask(t, l, b, get)
			readResponse(t, in, "GET")
			working, workingIn := ask(t, l, b, "POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 5\r\n\r\nhe")
			fresh := dialTLS(t, l, b)

			mustSwitch(t, l, "tls-silent", 0)
			if _, err := in.ReadByte(); err != io.EOF {
				t.Errorf("the connection at rest: %v, want its end", err)
			}
			send(t, working, "llo")
			if resp, _ := readResponse(t, workingIn, "POST"); resp.StatusCode == 0 {
				t.Error("no answer to the request in the middle of which the switch came")
			}
			if _, err := workingIn.ReadByte(); err != io.EOF {
				t.Errorf("that connection after its answer: %v, want its end", err)
			}
			send(t, fresh, get) // it has the behaviour it got
			readResponse(t, bufio.NewReader(fresh), "GET")
			resting.Close()
		})
	}
}

func TestAStaleConnectionDoesNotOutliveItsBehaviour(t *testing.T) {
	l, b := startOne(t, "stale-keepalive")
	conn, in := ask(t, l, b, get)
	readResponse(t, in, "GET")
	mustSwitch(t, l, "healthy", 0)
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("%v, want the end", err)
	}
	conn.Close()
	_, in = ask(t, l, b, get+get)
	readResponse(t, in, "GET")
	readResponse(t, in, "GET")
}

func TestASwitchToWhatIsInForceEndsNothing(t *testing.T) {
	l, b := startEntry(t, Entry{Does: "healthy", Schedule: []Step{{At: 0, Does: "healthy", For: silence}}})
	conn, in := ask(t, l, b, get)
	readResponse(t, in, "GET")
	mustSwitch(t, l, "healthy", 0)
	time.Sleep(silence)
	send(t, conn, get)
	readResponse(t, in, "GET")
}

func TestWhatCannotBeSwitchedIsToldWhy(t *testing.T) {
	l := startLab(t, Options{Names: []string{"healthy", "connect-refused"}})
	for _, c := range []struct{ name, does, want string }{
		{"unwell", "tls-silent", `no backend is named "unwell"`},
		{"healthy", "tls-silence", `is "tls-silence", which is no behaviour of the lab; allowed: healthy, `},
		{"healthy", "tls-blackhole", "cannot share a listener"},
		{"connect-refused", "healthy", "connect-refused cannot be switched: it never listens"},
	} {
		if err := l.Switch(c.name, c.does, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s to %s: %v, want %q", c.name, c.does, err, c.want)
		}
	}
	if err := l.Switch("healthy", "tls-silent", -1); err == nil {
		t.Error("a switch into the past works")
	}
	for i, s := range l.State() {
		if s.Switchable != (i == 0) || s.Does != l.Backends()[i].Name || (s.Note == "") != s.Switchable {
			t.Errorf("state is %+v", s)
		}
	}
}

func TestAShareOfConnectionsRepeatsExactlyWithItsSeed(t *testing.T) {
	run := func(seed uint64) string {
		_, b := startEntry(t, Entry{Does: "healthy", Share: map[string]float64{"tls-close": 0.3}, Seed: seed})
		var fates []string
		for range 60 {
			fates = append(fates, fate(t, b))
		}
		return strings.Join(fates, " ")
	}
	first := run(1)
	if second := run(1); first != second {
		t.Errorf("two runs differ:\n%s\n%s", first, second)
	}
	if first == run(2) {
		t.Error("another seed gives the same connections")
	}
	if closed := strings.Count(first, "closed"); closed < 8 || closed > 30 {
		t.Errorf("%d of 60 connections were closed, want about 18", closed)
	}
}

func TestWhoWaitsForAPlaceInAnOutageGetsInWhenItIsOver(t *testing.T) {
	l, b := startOne(t, "tls-silent")
	s := l.servers["tls-silent"]
	for range cap(s.handlers["tls-silent"].slots) { // as if that many were stuck
		s.handlers["tls-silent"].slots <- struct{}{}
	}
	conn := tls.Client(dialTCP(t, b), &tls.Config{InsecureSkipVerify: true})
	done := make(chan error, 1)
	go func() { done <- conn.Handshake() }()
	select {
	case err := <-done:
		t.Fatalf("the outage lets a connection in: %v", err)
	case <-time.After(silence):
	}
	mustSwitch(t, l, "healthy", 0)
	if err := <-done; err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

package probe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"message-processor/faults/diagnosis/probe"
	"message-processor/faults/lab"
	"message-processor/faults/verdict"
)

// scripted runs a script for each connection to a port on loopback.
func scripted(t *testing.T, script func(net.Conn)) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var scripts sync.WaitGroup
	scripts.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			scripts.Go(func() {
				defer conn.Close()
				script(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		scripts.Wait()
	})
	return netip.MustParseAddrPort(l.Addr().String())
}

// answering reads one request and sends an answer.
func answering(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			io.WriteString(conn, answer)
		}
	}
}

func plain(at netip.AddrPort) probe.Plan {
	return probe.Plan{Host: at.Addr().String(), Port: int(at.Port()), Timeouts: patient, Request: probe.Request{Host: at.String()}}
}

// named gives a plan a name that resolves to addresses.
func named(p probe.Plan, addresses ...string) probe.Plan {
	p.Host = "orders.example.com"
	p.LookupNetIP = func(context.Context, string, string) ([]netip.Addr, error) {
		var list []netip.Addr
		for _, a := range addresses {
			list = append(list, netip.MustParseAddr(a))
		}
		return list, nil
	}
	return p
}

func TestTheBadAddressOfANameIsNamed(t *testing.T) {
	at := scripted(t, answering("HTTP/1.1 204 No Content\r\n\r\n"))
	// Only 127.0.0.1 listens; the rest of 127/8 is this machine too, and refuses.
	report := run(t, named(plain(at), "127.0.0.1", "127.0.0.2", "127.0.0.1"))
	if len(report.Addresses) != 2 {
		t.Fatalf("%d addresses, want each once: %+v", len(report.Addresses), report.Addresses)
	}
	bad := fmt.Sprintf("127.0.0.2:%d", at.Port())
	v := report.Verdict
	if v.ID != verdict.ConnectionRefused || !strings.Contains(v.Summary, "1 is bad: "+bad) || !strings.Contains(v.NextStep, bad) {
		t.Errorf("%+v", v)
	}
	if report.Addresses[0].Verdict.ID != verdict.Healthy || report.Addresses[1].Verdict.ID != verdict.ConnectionRefused {
		t.Errorf("%+v", report.Addresses)
	}
}

func TestEveryAddressIsTriedEvenIfTheFirstIsSilent(t *testing.T) {
	var mutex sync.Mutex
	var told []string
	at := scripted(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	p := named(plain(at), "127.0.0.1", "127.0.0.3", "127.0.0.2")
	_, err := probe.Run(t.Context(), p, func(a probe.Attempt) {
		if !mutex.TryLock() {
			t.Error("told two attempts at once")
			return
		}
		defer mutex.Unlock()
		told = append(told, a.Address+" "+a.Verdict.ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(told)
	want := fmt.Sprintf("127.0.0.1:%[1]d healthy,127.0.0.2:%[1]d connection-refused,127.0.0.3:%[1]d connection-refused", at.Port())
	if got := strings.Join(told, ","); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestRoundsAreSummedUpInATable(t *testing.T) {
	n := 0
	var mutex sync.Mutex
	at := scripted(t, func(conn net.Conn) {
		mutex.Lock()
		n++
		second := n == 2
		mutex.Unlock()
		if second {
			bufio.NewReader(conn).ReadString('\n')
			return // an end without an answer
		}
		answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(conn)
	})
	p := plain(at)
	p.Count = 4
	report := run(t, p)
	only := report.Addresses[0]
	if v := report.Verdict; v.ID != verdict.ClosedBeforeResponse || v.Evidence[0] != "Of 4 attempts: 3 healthy, 1 closed-before-response." {
		t.Errorf("%+v", v)
	}
	counts := map[string]string{}
	for _, s := range only.Rounds {
		counts[s.Name] = fmt.Sprint(s.OK, " ", s.Failed)
		if s.MinMS > s.MedianMS || s.MedianMS > s.MaxMS {
			t.Errorf("no order in %+v", s)
		}
	}
	if want := "map[connect:4 0 dns:4 0 receive:3 0 send:4 0 wait:3 1]"; fmt.Sprint(counts) != want {
		t.Errorf("%v, want %s", counts, want)
	}
}

func TestTheSourceAddressIsTheOneAskedFor(t *testing.T) {
	from := make(chan string, 1)
	at := scripted(t, func(conn net.Conn) {
		from <- conn.RemoteAddr().(*net.TCPAddr).IP.String()
		answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")(conn)
	})
	p := plain(at)
	p.From = netip.MustParseAddr("127.0.0.9")
	if v := run(t, p).Verdict; v.ID != verdict.Healthy {
		t.Fatalf("%+v", v)
	}
	if got := <-from; got != "127.0.0.9" {
		t.Errorf("connected from %s", got)
	}

	p.From = netip.MustParseAddr("203.0.113.99") // reserved for documentation, RFC 5737
	if _, err := probe.Run(t.Context(), p, nil); err == nil || !strings.Contains(err.Error(), "not an address of this machine") {
		t.Errorf("error %v", err)
	}
	p.From = netip.MustParseAddr("127.0.0.9")
	if _, err := probe.Run(t.Context(), named(p, "2001:db8::1"), nil); err == nil || !strings.Contains(err.Error(), "no address of that family") {
		t.Errorf("error %v", err)
	}
}

func TestTheRequestIsTheOneAskedFor(t *testing.T) {
	got := make(chan *http.Request, 1)
	at := scripted(t, func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			t.Error(err)
			return
		}
		got <- r
		io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
	})
	p := plain(at)
	p.Request = probe.Request{Method: "HEAD", Path: "/health?deep=1", Host: "orders.example.com", Header: []string{"User-Agent: me", "X-Key: a b"}}
	if v := run(t, p).Verdict; v.ID != verdict.Healthy {
		t.Errorf("%+v", v)
	}
	r := <-got
	said := fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.Host, " ", r.Header["User-Agent"], r.Header["X-Key"], r.Close)
	if want := "HEAD /health?deep=1 orders.example.com [me] [a b] true"; said != want {
		t.Errorf("%s, want %s", said, want)
	}
}

func TestRequestsThatCannotBeSentAreRefused(t *testing.T) {
	for _, r := range []probe.Request{
		{Method: "GE T"}, {Method: "CONNECT"}, {Header: []string{"no colon"}}, {Header: []string{"Bad Name: x"}},
		{Header: []string{"X: a\r\nY: b"}}, {Header: []string{"content-length: 5"}}, {Header: []string{"Transfer-Encoding: chunked"}},
	} {
		p := plain(netip.MustParseAddrPort("127.0.0.1:1"))
		p.Request = r
		if _, err := probe.Run(t.Context(), p, nil); err == nil || !strings.HasPrefix(err.Error(), "--") {
			t.Errorf("%+v: error %v", r, err)
		}
	}
}

func TestAnAnswerWithoutEndIsNotReadForEver(t *testing.T) {
	at := scripted(t, func(conn net.Conn) {
		answering("HTTP/1.1 200 OK\r\n\r\n")(conn)
		for {
			if _, err := conn.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	v := run(t, plain(at)).Verdict
	if v.ID != verdict.Healthy || !strings.Contains(strings.Join(v.Evidence, "\n"), "not read to its end") {
		t.Errorf("%+v", v)
	}
}

func TestAnInterruptedProbeTellsWhatItKnows(t *testing.T) {
	running := start(t, lab.Options{Names: []string{"tls-silent"}})
	p := toward(t, running, running.Backends()[0], patient)
	p.Count, p.Interval = 100, time.Hour
	for _, test := range []struct {
		after time.Duration
		want  verdict.ID
	}{
		{1200 * time.Millisecond, verdict.BackendSilent}, // long enough for a retransmission to be seen
		{100 * time.Millisecond, verdict.Inconclusive},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), test.after)
		defer cancel()
		began := time.Now()
		report, err := probe.Run(ctx, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("an interrupt after %v took %v", test.after, took)
		}
		v := report.Verdict
		if v.ID != test.want || !strings.Contains(strings.Join(v.Evidence, "\n"), "was interrupted") {
			t.Errorf("interrupted after %v: %+v, want %s", test.after, v, test.want)
		}
	}
}

// A probe that is interrupted in a later round still has the earlier ones.
func TestAnInterruptBetweenRoundsKeepsTheOthers(t *testing.T) {
	at := scripted(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	p := plain(at)
	p.Count, p.Interval = 5, time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	report, err := probe.Run(ctx, p, func(probe.Attempt) { cancel() })
	if err != nil || report.Verdict.ID != verdict.Healthy {
		t.Errorf("%+v, %v", report.Verdict, err)
	}
}

func TestANameThatCannotBeLookedUpIsAStepThatFailed(t *testing.T) {
	p := plain(netip.MustParseAddrPort("127.0.0.1:1"))
	p.Host = "orders.example.com"
	p.LookupNetIP = func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	p.Timeouts.Connect = 50 * time.Millisecond
	report := run(t, p)
	only := report.Addresses[0]
	if report.Verdict.ID != verdict.NameNotResolved || only.Address != "" || only.Steps[0].OK || only.Steps[0].Error == "" {
		t.Errorf("%+v", report)
	}
	p.LookupNetIP = func(context.Context, string, string) ([]netip.Addr, error) {
		return nil, errors.New("no\x1b[31msuch host")
	}
	report = run(t, p)
	if text := report.Addresses[0].Steps[0].Error; text != "not resolved: no?[31msuch host" {
		t.Errorf("error %q", text)
	}
}

func TestALargeNumberOfAddressesIsTriedInPart(t *testing.T) {
	at := scripted(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("127.0.1.%d", i+1))
	}
	report := run(t, named(plain(at), many...))
	if len(report.Addresses) != 64 || report.Verdict.ID != verdict.ConnectionRefused {
		t.Errorf("%d addresses, %+v", len(report.Addresses), report.Verdict)
	}
}

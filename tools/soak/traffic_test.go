package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// standIn plays a gateway: it passes requests to the plain backend, with the field that a message id comes in.
func standIn(t *testing.T, handler http.HandlerFunc) *soak {
	t.Helper()
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("X-Apigee-Message-ID", fmt.Sprint("m-", n))
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return &soak{ledger: newLedger(), options: options{rate: 100}, began: time.Now(),
		gateways: []*gateway{{child: &child{name: "stand-in"}, traffic: strings.TrimPrefix(server.URL, "http://")}}}
}

func TestHealthyRequestsOfThePlainBackendAreJudgedByTheirBytes(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		wrong   int
	}{
		{"as they should be", servePlain, 0},
		{"a byte short", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("0"))
		}, 1},
		{"a fault", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
		}, 1},
	} {
		for _, w := range wishes {
			if !strings.Contains(w.kind, "plain backend") {
				continue
			}
			s := standIn(t, c.handler)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			s.grant(client, w, rand.New(rand.NewPCG(1, 2)), "alone")
			if got := *s.ledger.kinds[w.kind]; got != (tally{sent: 1, answered: 1, wrong: c.wrong}) {
				t.Errorf("%s, %s: %+v, %q", c.name, w.kind, got, s.ledger.wrong)
			}
			if n := len(s.ledger.timing("alone")); n != 1-c.wrong {
				t.Errorf("%s, %s: %d timings", c.name, w.kind, n)
			}
		}
	}
}

func TestTheEchoTellsWhatArrived(t *testing.T) {
	_, right := postEcho(rand.New(rand.NewPCG(1, 2)), "http://gateway")
	if err := right([]byte(`{"method":"POST","path":"/post","body_sha256":"00"}`)); err == nil {
		t.Error("another body passes")
	}
	request, right := getEcho(rand.New(rand.NewPCG(1, 2)), "http://gateway")
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for path, want := range map[string]bool{strings.TrimPrefix(request.URL.Path, "/tls"): true, "/number": false} {
		if err := right([]byte(`{"method":"GET","path":"` + path + `","body_sha256":"` + empty + `"}`)); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestStuckRequestsAreTimedFromTheirLastByteToTheFirstOfTheAnswer(t *testing.T) {
	const delay = 50 * time.Millisecond
	s := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		w.Header().Set("X-Apigee-fault-code", badGateway)
		w.WriteHeader(http.StatusBadGateway)
	})
	s.around.timeout = delay
	h := holder{gateway: s.gateways[0].traffic, source: "127.0.0.1", wait: 10 * time.Second}
	got := h.hold("/stuck/1")
	if got.Err != "" || got.ID != "m-1" || got.Status != 502 || got.Fault != badGateway || got.Took < delay {
		t.Errorf("%+v", got)
	}
	s.stuckAnswer(got, stuckSeries)
	got.ID, got.Took = "m-2", delay/2
	s.stuckAnswer(got, stuckSeries)
	got.ID, got.Status = "m-3", 200
	s.stuckAnswer(got, stuckSeries)
	s.stuckAnswer(held{Err: "connection refused"}, stuckSeries)
	if t1 := *s.ledger.kinds[stuckKind]; t1 != (tally{sent: 4, answered: 3, wrong: 3}) || len(s.ledger.timing(stuckSeries)) != 1 {
		t.Errorf("%+v, %q", t1, s.ledger.wrong)
	}
}

func TestTheHolderWritesALineForEachRequest(t *testing.T) {
	s := standIn(t, servePlain)
	var out strings.Builder
	err := runHold(t.Context(), []string{"-gateway", s.gateways[0].traffic, "-count", "3", "-targets", "2", "-ramp", "10ms"}, &out)
	if err != nil || strings.Count(out.String(), `"status":200`) != 3 {
		t.Errorf("%v\n%s", err, &out)
	}
}

func TestClientsLeaveInTheMiddle(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, d := range departures {
		received := make(chan string, 1)
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if d.reads > 0 {
				io.WriteString(conn, strings.Repeat("x", d.reads))
			}
			text, _ := io.ReadAll(conn) // ends with EOF or a reset
			received <- string(text)
		}()
		d.waits = min(d.waits, 50*time.Millisecond)
		// A generator that says 1 closes in good order.
		if err := d.depart(listener.Addr().String(), rand.New(rand.NewPCG(1, 1))); err != nil {
			t.Errorf("%s: %v", d.kind, err)
		}
		if text := <-received; !strings.HasPrefix(d.sends, text) {
			t.Errorf("%s: sent %q", d.kind, text)
		}
	}
}

func TestSlowhttptestIsUnderstood(t *testing.T) {
	for said, wrong := range map[string]int{"service available:   \x1b[1;32mYES\x1b[0m": 0, "service available:   \x1b[1;31mNO\x1b[0m": 1} {
		program := filepath.Join(t.TempDir(), "slowhttptest")
		if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf '"+said+"\\n'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		s := standIn(t, servePlain)
		s.slowProgram = program
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		s.slow(ctx)
		cancel()
		if got := s.ledger.kinds["slowhttptest -H"]; got == nil || (got.wrong > 0) != (wrong > 0) {
			t.Errorf("%q: %+v", said, got)
		}
	}
}

func TestMessageIDsAreFoundInATraceFile(t *testing.T) {
	file, err := os.ReadFile("../../tracing/session/testdata/connect-failure.xml")
	if err != nil {
		t.Fatal(err)
	}
	if got := messageIDs(file); !cmp.Equal(got, []string{"mp1-12575-7-1"}) {
		t.Errorf("%q", got)
	}
}

func TestThePercentilesOfASeries(t *testing.T) {
	l := newLedger()
	for i := range 100 {
		l.took("x", time.Duration(100-i))
	}
	d := l.timing("x")
	if d.at(.5) != 51 || d.at(.99) != 100 || d.at(1) != 100 || durations(nil).at(.5) != 0 {
		t.Errorf("p50 %d, p99 %d, p100 %d", d.at(.5), d.at(.99), d.at(1))
	}
}

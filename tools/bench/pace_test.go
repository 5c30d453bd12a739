package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAPaceAsksAsOftenAsItSays(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Write([]byte(r.URL.Path))
	}))
	defer server.Close()
	p := pace{connections: 5, rate: 200, path: "/thing"}
	askers, err := p.connect(t.Context(), strings.TrimPrefix(server.URL, "http://"))
	defer hangUp(askers)
	if err != nil {
		t.Fatal(err)
	}
	latencies, err := p.run(t.Context(), askers, 500*time.Millisecond)
	if err != nil || len(latencies) != 100 || asked.Load() != 100 {
		t.Errorf("%d latencies, %d requests, %v", len(latencies), asked.Load(), err)
	}
}

func TestAnAnswerThatIsLateCountsFromWhenItsRequestWasDue(t *testing.T) {
	const slow = 60 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(slow) }))
	defer server.Close()
	p := pace{connections: 1, rate: 50, path: "/"} // every 20 ms, so the third waits for two
	askers, err := p.connect(t.Context(), strings.TrimPrefix(server.URL, "http://"))
	defer hangUp(askers)
	if err != nil {
		t.Fatal(err)
	}
	latencies, err := p.run(t.Context(), askers, 60*time.Millisecond)
	if err != nil || len(latencies) != 3 || time.Duration(latencies[2]) < 3*slow-40*time.Millisecond {
		t.Errorf("%v, %v", latencies, err)
	}
}

func TestAnErrorIsNoAnswer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	p := pace{connections: 2, rate: 100, path: "/"}
	askers, err := p.connect(t.Context(), strings.TrimPrefix(server.URL, "http://"))
	defer hangUp(askers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.run(t.Context(), askers, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "404") {
		t.Error(err)
	}
}

func TestTheProcessorClockCountsWhatAProcessDoes(t *testing.T) {
	busy := &program{cmd: exec.Command("sh", "-c", "while :; do :; done"), said: new(talk)}
	idle := &program{cmd: exec.Command("sleep", "60"), said: new(talk)}
	for _, p := range []*program{busy, idle} {
		if err := p.start(); err != nil {
			t.Fatal(err)
		}
		defer p.stop()
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		used, err := busy.cpu()
		if err != nil {
			t.Skip("this kernel does not tell: ", err)
		}
		if used > 20*time.Millisecond {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a busy loop used %v", used)
		}
	}
	if used, err := idle.cpu(); err != nil || used > 20*time.Millisecond {
		t.Errorf("sleep used %v, %v", used, err)
	}
	if busy.resident() <= 0 {
		t.Error("no memory")
	}
}

func TestWorkersBelongToTheirProgram(t *testing.T) {
	p := &program{cmd: exec.Command("sh", "-c", "sleep 60 & sleep 60; :")}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, pid := range tree(p.cmd.Process.Pid)[1:] {
			if worker, err := os.FindProcess(pid); err == nil {
				worker.Kill()
			}
		}
		p.stop()
	}()
	for deadline := time.Now().Add(10 * time.Second); len(tree(p.cmd.Process.Pid)) != 3; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the tree is %v", tree(p.cmd.Process.Pid))
		}
	}
}

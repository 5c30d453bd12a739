package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestSIGTERMLetsARequestFinishAndTellsLoadBalancers(t *testing.T) {
	t.Parallel()
	backend := holding(t)
	p := serving(t, "--target", backend.url)
	if r := mustGet(t, p.management+"/readyz"); r.status != 200 {
		t.Errorf("before the drain /readyz is %d", r.status)
	}
	answer := later(p.gateway + "/slow")
	<-backend.arrived
	p.signal(t, syscall.SIGTERM)
	p.mustAwait(t, &p.stderr, `message-processor draining 1 connection, at most 30s; a second signal ends it at once\n`)
	awaitStatus(t, p.management+"/readyz", http.StatusServiceUnavailable)
	if r := mustGet(t, p.management+"/healthz"); r.status != 200 {
		t.Errorf("while draining /healthz is %d", r.status)
	}
	awaitRefusal(t, hostOf(p.gateway))
	close(backend.letGo)
	if r := <-answer; r.err != nil || r.status != 200 || r.body != "late but whole" {
		t.Errorf("the request under way: %+v", r)
	}
	p.mustExit(t, 0)
	log := p.stdout.String()
	lines := strings.Split(log, "\n")
	if !strings.HasSuffix(log, " : stopped\n") || !strings.Contains(lines[len(lines)-3], "Gateway.drain() : terminated, draining 1 connection") {
		t.Errorf("the log ends with %q", log[max(0, len(log)-300):])
	}
}

// awaitStatus asks until the answer has a status.
func awaitStatus(t *testing.T, url string, status int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		r := mustGet(t, url)
		if r.status == status {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still answers %d", url, r.status)
		}
	}
}

// awaitRefusal connects until nobody listens: what was in the kernel's queue when the drain began is still taken.
func awaitRefusal(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			conn.Close()
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still accepts: %v", address, err)
		}
	}
}

func TestASecondSignalEndsTheDrainAtOnce(t *testing.T) {
	t.Parallel()
	backend := holding(t)
	p := serving(t, "--target", backend.url)
	answer := later(p.gateway + "/stuck")
	<-backend.arrived
	p.signal(t, syscall.SIGINT)
	p.mustAwait(t, &p.stderr, `draining 1 connection`)
	p.signal(t, syscall.SIGHUP) // is no second signal to end
	awaitStatus(t, p.management+"/readyz", http.StatusServiceUnavailable)
	began := time.Now()
	p.signal(t, syscall.SIGINT)
	p.mustExit(t, 0)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if r := <-answer; r.err == nil {
		t.Errorf("the request was answered: %+v", r)
	}
	if log := p.stdout.String(); !strings.Contains(log, "Gateway.drain() : 1 connection cut off") || !strings.HasSuffix(log, " : stopped\n") {
		t.Errorf("the log does not say that a connection was cut off:\n%s", log)
	}
}

func TestADrainLastsNoLongerThanTheShutdownTimeout(t *testing.T) {
	t.Parallel()
	backend := holding(t)
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "shutdown_timeout: 300ms\nproxies:\n"+proxyYAML("a", "/", backend.url))
	p := serving(t, "--config", file)
	answer := later(p.gateway + "/stuck")
	<-backend.arrived
	began := time.Now()
	p.signal(t, syscall.SIGTERM)
	p.mustExit(t, 0)
	if took := time.Since(began); took < 300*time.Millisecond || took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if r := <-answer; r.err == nil {
		t.Errorf("the request was answered: %+v", r)
	}
}

func TestAnIdleKeepAliveConnectionDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	p := serving(t, "--target", named(t, "a"))
	client := keepAlive{address: hostOf(p.gateway)}
	defer client.close()
	if status, err := client.do("/"); status != 200 || err != nil {
		t.Fatal(status, err)
	}
	began := time.Now()
	p.stop(t)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestNoFaultLineIsLostAtTheEnd(t *testing.T) {
	t.Parallel()
	const n = 200
	backend := staysSilent(t, n)
	p := serving(t, "--target", backend.url, "--handshake-timeout", "2s")
	ids := make(chan string, n)
	var asking sync.WaitGroup
	for range n {
		asking.Go(func() {
			r, err := get(p.gateway + "/")
			if err != nil || r.status != 502 {
				t.Errorf("%d, %v", r.status, err)
			}
			ids <- r.id()
		})
	}
	select {
	case <-backend.waiting:
	case <-time.After(patience):
		t.Fatalf("only %d of %d reached the backend", backend.accepted.Load(), n)
	}
	p.signal(t, syscall.SIGTERM)
	asking.Wait()
	p.mustExit(t, 0)
	close(ids)
	log := p.stdout.String()
	for id := range ids {
		if lines := linesWith(log, "messageid:"+id+" "); len(lines) != 1 || !strings.Contains(lines[0], " ERROR HTTP.CLIENT - ") {
			t.Errorf("lines of %q: %q", id, lines)
		}
	}
	if lines := linesWith(log, " ERROR "); len(lines) != n {
		t.Errorf("%d ERROR lines for %d faults", len(lines), n)
	}
}

func TestTheLineOfAnAnsweredFaultIsThereHoweverSoonTheEndComes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "system.log")
	p := serving(t, "--system-log", file)
	r := mustGet(t, p.gateway+"/lab/connect-refused")
	p.stop(t)
	if lines := linesWith(read(t, file), "messageid:"+r.id()+" "); len(lines) != 1 {
		t.Errorf("lines of %q: %q", r.id(), lines)
	}
}

func TestNoRequestIsLostInTwentyReloadsAndTheEnd(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(t.TempDir(), "gateway.yaml"), "proxies:\n"+proxyYAML("a", "/v1", named(t, "a")))
	p := serving(t, "--config", file)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var served atomic.Int64
	var looping sync.WaitGroup
	for range 8 {
		looping.Go(func() { loop(ctx, t, hostOf(p.gateway), &served) })
	}
	for range 20 {
		p.reload(t, "configuration reloaded")
		awaitMore(t, &served)
	}
	cancel() // a connection that is announced to be closed is not replaced any more
	p.stop(t)
	looping.Wait()
	if log := p.stdout.String(); strings.Contains(log, " ERROR ") || strings.Contains(log, "cut off") {
		t.Errorf("the log tells of trouble:\n%s", log)
	}
	t.Logf("%d requests served", served.Load())
}

// awaitMore waits until some more requests have been served.
func awaitMore(t *testing.T, served *atomic.Int64) {
	t.Helper()
	for enough := served.Load() + 16; served.Load() < enough; time.Sleep(time.Millisecond) {
		if t.Failed() {
			t.FailNow()
		}
	}
}

// loop sends one request after the other on a connection that is kept, until ctx has ended and the gateway has answered
// that it closes the connection.
func loop(ctx context.Context, t *testing.T, address string, served *atomic.Int64) {
	client := keepAlive{address: address}
	defer client.close()
	for ctx.Err() == nil || client.conn != nil {
		if status, err := client.do("/v1/orders"); err != nil || status != http.StatusOK {
			t.Errorf("lost: status %d, %v", status, err)
			return
		}
		served.Add(1)
	}
}

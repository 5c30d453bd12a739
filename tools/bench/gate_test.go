package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// mostOfNginx is far above what the gateway costs: this finds the mistake that doubles it, not the day on which the
// machine is busy.
const mostOfNginx = 3.0

// components are the programs that play the peers of these tests.
func components(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := find(name); err != nil {
			if os.Getenv("REQUIRE_COMPONENTS") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// newTestGround builds the gateway and starts the backend.
func newTestGround(t *testing.T) *ground {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds of all processors")
	}
	binary := filepath.Join(t.TempDir(), "message-processor")
	build := exec.Command("go", "build", "-o", binary, "./cmd/message-processor")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	g, err := newGround(binary, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	return g
}

func TestARequestCostsNotMuchMoreThanNginxes(t *testing.T) {
	components(t, "nginx", "wrk")
	g := newTestGround(t)
	s := scenarios()[0]
	s.by = []contender{nginx, gateway}
	found, err := s.run(t.Context(), g, effort{rounds: 5, duration: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	figure, _ := found.of(gateway.name)
	t.Logf("%s: %s of nginx, which spends %s CPU-seconds on 1,000 requests", s.id, figure, found.base())
	if figure.median >= mostOfNginx {
		t.Errorf("a request costs %.2f times what it costs nginx, at most %.1f", figure.median, mostOfNginx)
	}
}

func TestEveryContenderPassesTheLoadOn(t *testing.T) {
	components(t, "nginx", "haproxy")
	g := newTestGround(t)
	for _, s := range scenarios() {
		for _, e := range s.entrants(g) {
			if e.name == reverseProxy.name {
				continue // the bench starts itself as one, and is a test here
			}
			p, err := e.start(g, e.setting)
			if err != nil {
				t.Fatalf("%s, %s: %v", s.id, e.name, err)
			}
			spent, requests, err := pace{connections: 1, rate: 20, path: filePath(1 << 10)}.load()(t.Context(), p, 50*time.Millisecond)
			if err != nil || requests != 1 || spent <= 0 {
				t.Errorf("%s, %s: %d requests for %v, %v", s.id, e.name, requests, spent, err)
			}
			p.stop()
		}
	}
}

func TestHandshakesThatHangAreCounted(t *testing.T) {
	components(t, "nginx")
	g := newTestGround(t)
	found, err := getStuck(t.Context(), g, entrant{contender: gateway, setting: secure(g), patience: time.Second}, 20)
	if err != nil {
		t.Fatal(err)
	}
	if found.unanswered > 0 || found.lateMedian < 0 || found.lateMedian > 5000 || found.alone <= 0 || found.beside <= 0 {
		t.Errorf("%+v", found)
	}
}

func TestSpansThatAreNotExportedAreSeen(t *testing.T) {
	components(t, "nginx")
	g := newTestGround(t)
	s := secure(g)
	s.spans = g.backend.plain
	p, err := gateway.start(g, s)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	if lost, err := spansLost(context.Background(), p); lost != 0 || err != nil {
		t.Error(lost, err)
	}
}

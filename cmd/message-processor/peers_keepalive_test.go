package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"message-processor/tracing/systemlog"
)

// spaced lets clients ask one after the other, each on a connection of its own and with pauses in [from, to), and returns
// how each path was answered.
func spaced(t *testing.T, gateway string, clients, requests int, from, to time.Duration) map[string]reply {
	t.Helper()
	var mutex sync.Mutex
	answers := map[string]reply{}
	var asking sync.WaitGroup
	for client := range clients {
		asking.Go(func() {
			transport := &http.Transport{DisableCompression: true}
			defer transport.CloseIdleConnections()
			time.Sleep(rand.N(to)) // not all at once
			for n := range requests {
				path := fmt.Sprintf("/counted/%d-%d", client, n)
				r, err := sendOn(transport, http.MethodGet, gateway+path, nil)
				if err != nil {
					t.Errorf("%s: %v", path, err)
				}
				mutex.Lock()
				answers[path] = r
				mutex.Unlock()
				time.Sleep(from + rand.N(to-from))
			}
		})
	}
	asking.Wait()
	return answers
}

// servedOnce are the paths that the web server has served; one that it served twice is an error.
func servedOnce(t *testing.T, s webServer) map[string]bool {
	t.Helper()
	log, err := os.ReadFile(s.counted)
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for line := range strings.Lines(string(log)) {
		path := strings.Fields(line)[6] // of the combined format
		if served[path] {
			t.Errorf("%s was served twice", path)
		}
		served[path] = true
	}
	return served
}

// TestABackendWithAShorterKeepAliveLosesTheRaceNowAndThen is the playbook of the keep-alive mismatch: the backend closes
// idle connections after a second, the gateway keeps them for a minute.
func TestABackendWithAShorterKeepAliveLosesTheRaceNowAndThen(t *testing.T) {
	t.Parallel()
	server := nginx(t)
	p := frontNginx(t, server, "keepalive_timeout: 60s")
	answers := spaced(t, p.gateway, 150, 5, 998*time.Millisecond, 1003*time.Millisecond)
	p.stop(t)
	served, raced := servedOnce(t, server), 0
	for path, r := range answers {
		switch {
		case r.status == http.StatusOK && served[path]:
		case r.status == http.StatusBadGateway && !served[path]:
			raced++
			checkRace(t, r, linesWith(p.stdout.String(), "messageid:"+r.id()+" "))
		default:
			t.Errorf("%s was answered %d %s, served: %t", path, r.status, r.body, served[path])
		}
	}
	t.Logf("%d of %d requests met a connection that was just being closed", raced, len(answers))
}

// checkRace expects what tells the race from every other fault: the end of a connection that had served before.
func checkRace(t *testing.T, r reply, lines []string) {
	t.Helper()
	if code := r.header.Get("X-Apigee-fault-code"); code != "messaging.adaptors.http.UnexpectedEOFAtTarget" || len(lines) != 1 {
		t.Errorf("fault %s, %d lines", code, len(lines))
		return
	}
	event, err := systemlog.Parse(lines[0])
	if err != nil {
		t.Error(err)
	}
	if channel, ok := systemlog.ParseChannel(event.Message); !ok || channel.UseCount < 2 || channel.BytesRead != 0 {
		t.Errorf("%s", lines[0])
	}
}

func TestAGatewayWithAShorterKeepAliveNeverMeetsAClosedConnection(t *testing.T) {
	t.Parallel()
	server := nginx(t)
	p := frontNginx(t, server, "keepalive_timeout: 200ms")
	answers := spaced(t, p.gateway, 250, 20, 150*time.Millisecond, 250*time.Millisecond)
	p.stop(t)
	served := servedOnce(t, server)
	if len(answers) != 5_000 || len(served) != 5_000 {
		t.Errorf("%d requests answered, %d served", len(answers), len(served))
	}
	for path, r := range answers {
		if r.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

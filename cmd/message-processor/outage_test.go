package main

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// rehearsal is six seconds of an outage, as an operator writes it down.
const rehearsal = `
defaults: {handshake_timeout: 250ms}
lab:
  - name: outage
    does: healthy
    schedule: ["at 1s: eof-before-response for 2s", "at 3s: tls-silent for 1s", "at 5s: status-503"]
`

// outcomes are how requests were answered, counted by the second they began in.
type outcomes struct {
	mutex   sync.Mutex
	seconds [6]map[string]int
}

func (o *outcomes) add(second int, r reply, err error) {
	outcome := r.header.Get("X-Apigee-fault-code")
	if err != nil {
		outcome = err.Error()
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.seconds[second] == nil {
		o.seconds[second] = map[string]int{}
	}
	o.seconds[second][outcome[strings.LastIndexByte(outcome, '.')+1:]]++
}

func TestARehearsedOutageIsSeenThroughTheGatewaySecondBySecond(t *testing.T) {
	t.Parallel()
	p := serving(t, "--config", write(t, filepath.Join(t.TempDir(), "gateway.yaml"), rehearsal))
	start := time.Now() // the schedule's, but for the time from opening the lab to the ready line
	var seen outcomes
	var asking sync.WaitGroup
	sent := 0
	for at := time.Duration(0); at < 6*time.Second; at += 20 * time.Millisecond {
		// What begins near a change of the schedule may meet either behaviour.
		if at%time.Second < 300*time.Millisecond || at%time.Second > 600*time.Millisecond {
			continue
		}
		time.Sleep(time.Until(start.Add(at)))
		sent++
		asking.Go(func() {
			r, err := get(p.gateway + "/lab/outage")
			seen.add(int(at/time.Second), r, err)
		})
	}
	asking.Wait()
	p.stop(t)
	each := sent / 6
	for second, want := range []string{"", "UnexpectedEOFAtTarget", "UnexpectedEOFAtTarget", "BadGateway", "", "ErrorResponseCode"} {
		if got := seen.seconds[second]; len(got) != 1 || got[want] != each {
			t.Errorf("second %d: %v, want %d times %q", second, got, each, want)
		}
	}
	log := p.stdout.String()
	timedOut, cut := len(linesWith(log, "handshakeTimeout()")), len(linesWith(log, "eof unexpected"))
	if errors := len(linesWith(log, " ERROR ")); timedOut != each || cut != 2*each || errors != 3*each {
		t.Errorf("%d ERROR lines, %d of timeouts and %d of early ends; want %d of each fault's second", errors, timedOut, cut, each)
	}
}

package lab

import (
	"crypto/tls"
	"net/http"
	"sync"
	"testing"
	"time"
)

// tally counts the outcomes of requests by the second they began in.
type tally struct {
	mu      sync.Mutex
	seconds [6]map[string]int
}

func (c *tally) add(second int, outcome string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seconds[second] == nil {
		c.seconds[second] = map[string]int{}
	}
	c.seconds[second][outcome]++
}

// load sends a request every 20 ms on kept connections until the six seconds are over. Requests that begin near a change
// of the schedule may meet either behaviour and are not sent; who has no answer after 250 ms has left before the next change.
func load(l *Lab, b Backend, start time.Time, c *tally) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: l.CA()}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 250 * time.Millisecond}
	var asking sync.WaitGroup
	for at := time.Duration(0); at < 6*time.Second; at += 20 * time.Millisecond {
		if at%time.Second < 300*time.Millisecond || at%time.Second > 700*time.Millisecond {
			continue
		}
		time.Sleep(time.Until(start.Add(at)))
		asking.Go(func() {
			outcome, _ := post(client, b.URL, 10)
			c.add(int(at/time.Second), outcome)
		})
	}
	asking.Wait()
}

// Six seconds of an outage as a configuration file describes it.
func TestARehearsedOutageFollowsItsScheduleSecondBySecond(t *testing.T) {
	t.Parallel()
	steps, err := ParseSchedule([]string{"at 1s: eof-before-response for 2s", "at 3s: tls-silent for 1s", "at 5s: status-503"})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	l, b := startEntry(t, Entry{Does: "healthy", Schedule: steps})
	var c tally
	load(l, b, start, &c)
	for second, want := range []string{"200", "end", "end", "timeout", "200", "503"} {
		got := c.seconds[second]
		if len(got) != 1 || got[want] != 21 {
			t.Errorf("second %d: %v, want 21 times %q", second, got, want)
		}
	}
	if accepted := l.State()[0].Accepted; accepted["eof-before-response"] < 42 || accepted["tls-silent"] < 21 || accepted["healthy"] > 40 {
		t.Errorf("connections by behaviour: %v", accepted)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"message-processor/config"
	"message-processor/faults"
	"message-processor/faults/lab"
)

// laid are surroundings with every backend of a real lab.
func laid(t *testing.T) surroundings {
	t.Helper()
	running, err := lab.Start(t.Context(), lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Close() })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, running.CAPEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	s := surroundings{faults: &labProcess{ca: ca}, plain: "127.0.0.1:80", timeout: 6 * time.Second}
	for _, b := range running.Backends() {
		row := labBackend{b.Name, b.Address, b.URL, b.Fault, "", b.ForwardProxy, b.Servers}
		if !b.Available {
			row.Note = b.Note
		}
		s.faults.backends = append(s.faults.backends, row)
	}
	s.silent = []labBackend{s.backend("tls-silent"), s.backend("tls-silent")}
	return s
}

func TestEveryConfigurationIsAcceptedAndTheMistakenOneIsNot(t *testing.T) {
	s := laid(t)
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	for n := range 6 {
		if err := s.write(path, n); err != nil {
			t.Fatal(err)
		}
		g, err := config.Load(path, config.Overrides{})
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		if len(g.Proxies) < 40 || g.SystemLog.Level != "debug" {
			t.Errorf("%d: %d API proxies, log level %s", n, len(g.Proxies), g.SystemLog.Level)
		}
	}
	if s.config(1) == s.config(2) {
		t.Error("a reload changes nothing")
	}
	if err := os.WriteFile(path, []byte(s.mistaken(1)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path, config.Overrides{}); err == nil || !strings.Contains(err.Error(), "did you mean url") {
		t.Errorf("the mistake: %v", err)
	}
}

func TestTheDeckHasEveryFaultThatARequestCanBringAbout(t *testing.T) {
	s := &soak{around: laid(t)}
	caused, kinds := map[faults.ID]bool{}, map[string]bool{}
	for _, c := range s.deck() {
		if kinds[c.kind] {
			t.Errorf("%s is in the deck twice", c.kind)
		}
		kinds[c.kind] = true
		for _, id := range c.want {
			caused[id] = true
		}
	}
	for _, f := range faults.All() {
		switch f.ID {
		case faults.InternalError, faults.TargetNoResolvedHost: // a defect of ours; the other name of a DNS failure
			continue
		}
		if f.Produced && !caused[f.ID] && f.Source != "router" {
			t.Errorf("no card for %s", f.ID)
		}
	}
}

func TestACardKnowsItsFault(t *testing.T) {
	stuck := card{want: []faults.ID{faults.BadGatewayTLSHandshakeTimeout}}
	stale := card{want: []faults.ID{faults.UnexpectedEOFAtTarget, ""}}
	passed := card{want: []faults.ID{faults.ErrorResponseCode}}
	for _, c := range []struct {
		card   card
		status int
		code   string
		want   bool
	}{
		{stuck, 502, badGateway, true}, {stuck, 504, badGateway, false}, {stuck, 502, "", false}, {stuck, 200, "", false},
		{stale, 200, "", true}, {stale, 502, "messaging.adaptors.http.UnexpectedEOFAtTarget", true}, {stale, 500, "", false},
		{passed, 503, passedOn, true}, {passed, 200, passedOn, false},
		{card{}, 200, "", true}, {card{}, 502, badGateway, false},
	} {
		if got := c.card.expects(c.status, c.code); got != c.want {
			t.Errorf("%v expects %d %q: %t", c.card.want, c.status, c.code, got)
		}
	}
}

package tracing

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestMessageIDIsHostPidConnectionAndRequest(t *testing.T) {
	start := time.UnixMicro(70)
	r := NewRecorder("mp1", 12575, start, 4)
	first := r.Connection(netip.AddrPort{})
	for i, want := range []string{"mp1-12575-8-1", "mp1-12575-8-2"} {
		if got := first.Begin(start, nil, Sampling{}).Record().MessageID; got != want {
			t.Errorf("request %d on the first connection is %s, want %s", i+1, got, want)
		}
	}
	if got := r.Connection(netip.AddrPort{}).Begin(start, nil, Sampling{}).Record().MessageID; got != "mp1-12575-9-1" {
		t.Errorf("the second connection's first request is %s", got)
	}
}

// A container restarts with the same host name and pid.
func TestMessageIDsDoNotRecurAfterARestart(t *testing.T) {
	start := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	before := NewRecorder("mp1", 1, start, 1)
	var last uint64
	for range 50_000 {
		last = before.Connection(netip.AddrPort{}).serial
	}
	after := NewRecorder("mp1", 1, start.Add(time.Second), 1).Connection(netip.AddrPort{}).serial
	if after <= last {
		t.Errorf("50,000 connections in a second reach serial %d; a restart begins at %d", last, after)
	}
}

func TestMessageIDIsOneWordWhateverTheHostName(t *testing.T) {
	for _, host := range []string{"", "my host\n", "übel", strings.Repeat("x", 300), "a.b-c_d"} {
		id := newNaming(host, 1).id(2, 3)
		if strings.ContainsAny(id, " \r\n\t") || len(id) > 80 || !strings.HasSuffix(id, "-1-2-3") {
			t.Errorf("host %q makes the id %q", host, id)
		}
	}
}

func TestThreadNumberIsSmallAndStable(t *testing.T) {
	r := NewRecorder("mp1", 1, time.Now(), 4)
	for range 20 {
		c := r.Connection(netip.AddrPort{})
		first := c.Begin(time.Now(), nil, Sampling{}).Record().Thread
		if second := c.Begin(time.Now(), nil, Sampling{}).Record().Thread; first != second || first < 0 || first > 3 {
			t.Fatalf("threads %d and %d on one connection", first, second)
		}
	}
}

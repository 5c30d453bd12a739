package monitor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults"
	"message-processor/tracing"
)

func TestACallTellsWhatSupportAsksFor(t *testing.T) {
	s := New()
	r := took(failed("orders", faults.BadGatewayTLSHandshakeTimeout, noon), 55*time.Second)
	r.Context.Trace, r.BytesIn, r.BytesOut = tracing.TraceID{0xab}, 12, 104
	r.Path = []byte("/v1/orders?user=7&api_key=s3cret")
	s.Observe(r)
	copy(r.Path, "overwritten by the next request...")
	want := Call{Key: Key{"orders", "orders.example:443", 502, "messaging.adaptors.http.BadGateway", "target"},
		Serial: 1, Ended: noon, Took: 55 * time.Second, TargetTook: 55 * time.Second, MessageID: "mp1-1-1-1",
		TraceID: "ab" + strings.Repeat("0", 30), Revision: 3, Client: "198.51.100.11:40022", Method: "GET",
		Path: "/v1/orders?user=7&api_key=REDACTED", BytesIn: 12, BytesOut: 104, OfTheGateway: true}
	if diff := cmp.Diff([]Call{want}, s.Calls(Selection{})); diff != "" {
		t.Error(diff)
	}
}

func TestTheLastThousandFaultsAreKept(t *testing.T) {
	s := New()
	for i := range 1500 {
		r := failed("orders", faults.TargetConnectionRefused, noon.Add(time.Duration(i)*time.Second))
		r.MessageID = fmt.Sprint(i)
		s.Observe(r)
		s.Observe(served("orders", 200, r.End))
	}
	all := s.Calls(Selection{FaultsOnly: true})
	if len(all) != 1000 || all[0].MessageID != "1499" || all[999].MessageID != "500" {
		t.Fatalf("%d faults, from %s to %s", len(all), all[0].MessageID, all[len(all)-1].MessageID)
	}
	page := s.Calls(Selection{FaultsOnly: true, Limit: 10, Before: all[9].Serial})
	if len(page) != 10 || page[0].MessageID != "1489" {
		t.Errorf("the next page begins with %s", page[0].MessageID)
	}
	for i, c := range s.Calls(Selection{})[1:] {
		if before := s.Calls(Selection{})[i]; before.Serial <= c.Serial {
			t.Fatalf("%d after %d", c.Serial, before.Serial)
		}
		if i > 20 {
			break
		}
	}
}

func TestOfTheOthersThereIsASampleThatGetsThinner(t *testing.T) {
	s := New()
	for i := range 1000 {
		s.Observe(served([]string{"busy", "quiet"}[i/999], 200, noon))
	}
	slow := took(served("busy", 200, noon), time.Second)
	slow.MessageID = "slow"
	s.Observe(slow)
	kept := map[string]int{}
	for _, c := range s.Calls(Selection{}) {
		kept[c.Proxy]++
		kept[c.MessageID]++
	}
	if kept["quiet"] != 1 || kept["busy"] < 10 || kept["busy"] > 12 || kept["slow"] != 1 {
		t.Errorf("kept %v", kept)
	}
}

func TestCallsAreChosenByTimeAndDimension(t *testing.T) {
	s := New()
	for minute := range 3 {
		s.Observe(failed("orders", faults.TargetConnectionRefused, noon.Add(time.Duration(minute)*time.Minute)))
		s.Observe(failed("payments", faults.GatewayTimeoutTargetIO, noon.Add(time.Duration(minute)*time.Minute)))
	}
	for name, test := range map[string]struct {
		Selection
		want int
	}{
		"proxy":     {Selection{Where: []Condition{{Proxy, "orders"}}}, 3},
		"status":    {Selection{Where: []Condition{{StatusCode, "504"}}}, 3},
		"class":     {Selection{Where: []Condition{{StatusCode, "5xx"}}}, 6},
		"from":      {Selection{From: noon.Add(time.Minute)}, 4},
		"to":        {Selection{To: noon.Add(time.Minute)}, 2},
		"both":      {Selection{From: noon.Add(time.Minute), To: noon.Add(2 * time.Minute), Where: []Condition{{Proxy, "orders"}}}, 1},
		"none":      {Selection{Where: []Condition{{Proxy, "nobody"}}}, 0},
		"no class":  {Selection{Where: []Condition{{StatusCode, "4xx"}}}, 0},
		"any class": {Selection{Where: []Condition{{StatusCode, Any}}}, 6},
	} {
		if got := s.Calls(test.Selection); len(got) != test.want || got == nil {
			t.Errorf("%s: %d calls, want %d", name, len(got), test.want)
		}
	}
}

func TestLongAndHostilePathsTakeNoMoreRoom(t *testing.T) {
	s := New()
	r := failed("", faults.ApplicationNotFound, noon)
	r.Method, r.Path = []byte(strings.Repeat("M", 9000)), []byte("/"+strings.Repeat("key=a&", 9000))
	s.Observe(r)
	s.Observe(r)
	if n := testing.AllocsPerRun(10, func() { s.Observe(r) }); n > 0.5 {
		t.Errorf("%v allocations", n)
	}
	c := s.Calls(Selection{})[0]
	if len(c.Path) != maxPath || len(c.Method) != maxMethod || !c.PathIsCut || !strings.HasPrefix(c.Path, "/key=REDACTED&key=REDACTED") {
		t.Errorf("%d %d %v %.40s", len(c.Path), len(c.Method), c.PathIsCut, c.Path)
	}
}

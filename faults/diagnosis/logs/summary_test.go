package logs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"message-processor/faults/verdict"
	"message-processor/tracing/systemlog"
)

var e0 time.Time

// timedOut is the line of a handshake timeout.
func timedOut(id, target string, age int) string {
	return line(id, fmt.Sprintf("HTTPClient$Context.handshakeTimeout() : SSLClientChannel[Connected: Remote:%s Local:10.0.0.5:4]@7 useCount=1 bytesRead=0 bytesWritten=0 age=%dms lastIO=%dms isOpen=true handshake timeout", target, age, age))
}

func TestFaultsAreCountedByCodeAndTarget(t *testing.T) {
	var log strings.Builder
	for i := range 12 {
		fmt.Fprintln(&log, timedOut(fmt.Sprintf("mp1-1-1-%d", i), "203.0.113.7:443", 55_000+i))
	}
	fmt.Fprintln(&log, timedOut("mp1-1-2-1", "203.0.113.8:443", 10))
	fmt.Fprintln(&log, line("mp1-1-3-1", "Something.else() : went wrong"))
	fmt.Fprintln(&log, strings.Replace(line("mp1-1-4-1", "an ERROR in words"), " ERROR HTTP", " INFO  HTTP", 1))
	s := Sum(time.Time{})
	if err := s.Read(t.Context(), strings.NewReader(log.String())); err != nil {
		t.Fatal(err)
	}
	sum := s.Summary()
	if len(sum.Faults) != 2 || sum.Faults[0].Count != 12 || sum.Faults[0].Fault != "messaging.adaptors.http.BadGateway" ||
		sum.Faults[0].Target != "203.0.113.7:443" || sum.Faults[0].API != "orders" || sum.Others != 1 {
		t.Errorf("%+v", sum)
	}
	if len(sum.Slowest) != maxSlowest || sum.Slowest[0].Age != 55_011*time.Millisecond || sum.Slowest[0].MessageID != "mp1-1-1-11" {
		t.Errorf("%+v", sum.Slowest)
	}
}

func TestOnlyWhatHappenedSinceCounts(t *testing.T) {
	log := timedOut("mp1-1-1-1", "a:1", 1) + "\n" + strings.Replace(timedOut("mp1-1-1-2", "a:1", 1), "10:00:00", "11:00:00", 1) + "\n"
	e, err := systemlog.Parse(timedOut("x", "a:1", 1))
	if err != nil {
		t.Fatal(err)
	}
	s := Sum(e.Time.Add(time.Minute))
	s.Read(t.Context(), strings.NewReader(log))
	if sum := s.Summary(); len(sum.Faults) != 1 || sum.Faults[0].Count != 1 {
		t.Errorf("%+v", sum.Faults)
	}
}

func TestALineIsDiagnosed(t *testing.T) {
	channel := func(bytes string) string {
		return "SSLClientChannel[C:X.X.X.X:443 Remote host:X.X.X.X:38302]@120171 useCount=2 " + bytes + " age=55458ms lastIO=55000ms "
	}
	for message, want := range map[string]verdict.ID{
		"HTTPClient$Context$3.onTimeout() : " + channel("bytesRead=0 bytesWritten=824") + ".onTimeoutRead":                   "response-silent",
		"HTTPClient$Context.onConnectTimeout() : " + channel("bytesRead=0 bytesWritten=0"):                                   "connection-filtered",
		"DNSCachedAddress.refresh() : Unable to resolve host : db.example: Name or service not known":                        "name-not-resolved",
		"HTTPServer$Context.onException() : Duplicate Header \"Expires\"":                                                    "",
		"HTTPClient$Context$3.onException() :  " + channel("bytesRead=0 bytesWritten=0") + " .onExceptionRead exception: {}": "inconclusive",
	} {
		d, ok := Diagnose(systemlog.Event{Message: message})
		if !ok || d.Verdict.ID != want {
			t.Errorf("%s: %q, want %q", message, d.Verdict.ID, want)
		}
	}
}

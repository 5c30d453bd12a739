package verdict_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"message-processor/faults/verdict"
)

func TestThePlaybooksFirewallIsExplainedWithItsNumbers(t *testing.T) {
	got := verdict.Judge(stuck(swallowed))
	want := verdict.Verdict{
		ID: "firewall-drops-data",
		Summary: "The TCP connection to orders.example.com:443 (203.0.113.7:443) was established, but the TLS ClientHello (sent 8 times) " +
			"was never acknowledged: something on the way drops data.",
		Evidence: []string{
			"The name lookup took 3 ms.",
			"The TCP connection to 203.0.113.7:443 took 12 ms.",
			"The TLS handshake failed after 55.2 s (timeout).",
			"The timer of this step is set to 55 s.",
			"TCP counters at the failure: 1 segment not acknowledged, 7 retransmissions (7 in all), 0 bytes acknowledged, 1 segment received.",
		},
		NextStep: "Ask the network team for a firewall, IPS or proxy between the gateway and 203.0.113.7:443 that lets the TCP " +
			"handshake through and drops payload. Proof: capture on both ends at once (tcpdump -i any -s 0 host 203.0.113.7 " +
			"-w FILE); the data leaves here repeatedly and never arrives there.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEvidenceIsInTheOrderOfEvents(t *testing.T) {
	e := verdict.Evidence{Target: "orders:80", Address: "10.1.1.1:80", Phase: "receive", Cause: "closed", Reused: true, UseCount: 9,
		Steps:        verdict.Steps{Send: time.Millisecond, Wait: 1500 * time.Millisecond, Receive: 40 * time.Microsecond},
		BytesWritten: 1, BytesRead: 2, Status: 200}
	want := []string{
		"The connection was a kept one: exchange number 9 on it.",
		"Sending the request took 1 ms.",
		"Waiting for the answer took 1.5 s.",
		"Receiving the answer failed after less than 1 ms (closed).",
		"The request: 1 byte written; the answer: 2 bytes read.",
		"The answer has the status 200.",
	}
	if diff := cmp.Diff(want, verdict.Judge(e).Evidence); diff != "" {
		t.Error(diff)
	}
}

func TestAStepThatWasNotReachedIsNotMentioned(t *testing.T) {
	e := verdict.Evidence{Target: "nowhere.invalid:443", Phase: "dns", Cause: "not resolved", Steps: verdict.Steps{Lookup: 4 * time.Millisecond}}
	want := []string{"The name lookup failed after 4 ms (not resolved)."}
	if diff := cmp.Diff(want, verdict.Judge(e).Evidence); diff != "" {
		t.Error(diff)
	}
}

func TestCountersThatAreNotKnownAreNotTold(t *testing.T) {
	for _, fact := range verdict.Judge(stuck(verdict.TCP{})).Evidence {
		if strings.Contains(fact, "TCP counters") || strings.Contains(fact, "acknowledged") {
			t.Error(fact)
		}
	}
}

func TestTheBackendIsNamedAsFarAsItIsKnown(t *testing.T) {
	tests := []struct{ target, address, want string }{
		{"orders:443", "10.1.1.1:443", "orders:443 (10.1.1.1:443) is reachable"},
		{"orders:443", "", "orders:443 is reachable"},
		{"", "10.1.1.1:443", "10.1.1.1:443 is reachable"},
		{"10.1.1.1:443", "10.1.1.1:443", "10.1.1.1:443 is reachable"},
		{"", "", "the backend is reachable"},
	}
	for _, test := range tests {
		v := verdict.Judge(verdict.Evidence{Target: test.target, Address: test.address, Phase: "connect", Cause: "refused"})
		if !strings.HasPrefix(v.Summary, test.want) {
			t.Errorf("%q, want %q", v.Summary, test.want)
		}
	}
}

func TestCommandsNameTheAddressWithoutItsPort(t *testing.T) {
	tests := []struct{ address, want string }{
		{"203.0.113.7:443", `ip route get 203.0.113.7"`}, {"[2001:db8::7]:443", `ip route get 2001:db8::7"`}, {"203.0.113.7", `ip route get 203.0.113.7"`},
	}
	for _, test := range tests {
		v := verdict.Judge(verdict.Evidence{Address: test.address, Phase: "connect", Cause: "unreachable"})
		if !strings.Contains(v.NextStep, test.want) {
			t.Errorf("%q, want %q", v.NextStep, test.want)
		}
	}
}

func TestDurationsAreWrittenForPeople(t *testing.T) {
	tests := []struct {
		took time.Duration
		want string
	}{
		{0, "less than 1 ms"}, {999 * time.Microsecond, "less than 1 ms"}, {time.Millisecond, "1 ms"}, {999 * time.Millisecond, "999 ms"},
		{time.Second, "1 s"}, {1040 * time.Millisecond, "1 s"}, {1250 * time.Millisecond, "1.2 s"}, {55 * time.Second, "55 s"}, {100 * time.Second, "100 s"},
	}
	for _, test := range tests {
		e := verdict.Evidence{Phase: "connect", Cause: "timeout", Steps: verdict.Steps{Connect: test.took}}
		want := "The TCP connection to the backend failed after " + test.want + " (timeout)."
		if got := verdict.Judge(e).Evidence[0]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A deadline of the whole call that is shorter than the step's timer is the limit that was met.
func TestTheLimitThatRanOutIsTheOneThatIsTold(t *testing.T) {
	tests := []struct {
		cause   string
		timeout time.Duration
		want    string
	}{
		{"timeout", 30 * time.Second, "within 30 s"}, {"budget", 30 * time.Second, "within 9 s"}, {"timeout", 0, "within 9 s"},
	}
	for _, test := range tests {
		e := verdict.Evidence{Phase: "wait", Cause: test.cause, Timeout: test.timeout, Steps: verdict.Steps{Wait: 9 * time.Second}}
		if got := verdict.Judge(e).Summary; !strings.Contains(got, test.want) {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestEveryAlertHasAVerdict(t *testing.T) {
	want := map[string]verdict.ID{
		"protocol_version": verdict.TLSVersionMismatch, "handshake_failure": verdict.TLSCipherMismatch,
		"insufficient_security": verdict.TLSCipherMismatch, "certificate_required": verdict.ClientCertificateRequired,
		"bad_certificate": verdict.ClientCertificateRequired, "unknown_ca": verdict.ClientCertificateRequired,
		"certificate_expired": verdict.ClientCertificateRequired, "access_denied": verdict.ClientCertificateRequired,
		"internal_error": verdict.ClosedInHandshake, "unrecognized_name": verdict.ClosedInHandshake,
		"no_application_protocol": verdict.ClosedInHandshake, "": verdict.ClosedInHandshake,
	}
	for alert, id := range want {
		for _, phase := range []string{"tls handshake", "send", "wait"} {
			if got := verdict.Judge(backend(phase, "alert", alert)); got.ID != id {
				t.Errorf("%s in %s: %s, want %s", alert, phase, got.ID, id)
			}
		}
	}
}

func TestLossAloneIsNotAFirewall(t *testing.T) {
	lossy := stuck(verdict.TCP{Known: true, TotalRetransmits: 9, BytesAcked: 518, SegsIn: 4})
	if got := verdict.Judge(lossy).ID; got != verdict.BackendSilent {
		t.Error(got)
	}
	lossy.HandshakeAnswered = true
	if got := verdict.Judge(lossy).ID; got != verdict.BackendSlow {
		t.Error(got)
	}
}

func TestSlownessIsToldFromItsThresholdOn(t *testing.T) {
	tests := []struct {
		steps verdict.Steps
		want  verdict.ID
	}{
		{verdict.Steps{Handshake: 2999 * time.Millisecond}, verdict.Healthy}, {verdict.Steps{Handshake: 3 * time.Second}, verdict.BackendSlow},
		{verdict.Steps{Wait: 9999 * time.Millisecond}, verdict.Healthy}, {verdict.Steps{Wait: 10 * time.Second}, verdict.BackendSlow},
		{verdict.Steps{Connect: time.Minute}, verdict.Healthy},
	}
	for _, test := range tests {
		if got := verdict.Judge(verdict.Evidence{Steps: test.steps}).ID; got != test.want {
			t.Errorf("%+v: %s, want %s", test.steps, got, test.want)
		}
	}
}

// Judge meets evidence from files that anybody can have made.
func FuzzJudge(f *testing.F) {
	f.Add("orders:443", "203.0.113.7:443", "tls handshake", "timeout", "", int64(55e9), uint32(1), uint64(1), true)
	f.Add("", "::1", "wait", "alert", "certificate_required", int64(-1), uint32(0), uint64(1<<63), false)
	f.Fuzz(func(t *testing.T, target, address, phase, cause, detail string, took int64, unacked uint32, acked uint64, known bool) {
		d := time.Duration(took)
		v := verdict.Judge(verdict.Evidence{Target: target, Address: address, Phase: phase, Cause: cause, Detail: detail,
			Steps: verdict.Steps{Lookup: d, Connect: d, Handshake: d, Send: d, Wait: d, Receive: d}, Timeout: d,
			TCP:       verdict.TCP{Known: known, Unacked: unacked, BytesAcked: acked},
			Handshake: verdict.Bytes{Known: !known, Sent: took, Acked: int64(unacked)}})
		if v.Summary == "" || v.Evidence == nil {
			t.Errorf("%+v", v)
		}
		for _, id := range verdict.IDs() {
			if v.ID == id {
				return
			}
		}
		t.Errorf("no such verdict: %q", v.ID)
	})
}

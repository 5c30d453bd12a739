package tracing

import (
	"errors"
	"testing"
	"time"

	"message-processor/faults"
	"message-processor/faults/verdict"
	"message-processor/proxy/channel"
)

// failing is the playbook's record with another failure and what the kernel counted.
func failing(err error, tcp *channel.TCPInfo) *Record {
	r := stalled()
	r.Failure.Err, r.Channel.TCP = err, tcp
	r.Steps[Handshake] = Interval{Start: r.Start, End: r.End}
	return &r
}

func TestEvidenceTellsAFirewallFromASilentBackend(t *testing.T) {
	timeout := &channel.Error{Phase: channel.Handshake, Cause: channel.Timeout}
	for _, c := range []struct {
		tcp  *channel.TCPInfo
		want string
	}{
		{&channel.TCPInfo{Unacked: 1, TotalRetransmits: 4, BytesAcked: 1, BytesSent: 7415, SegsIn: 1}, verdict.FirewallDropsData},
		{&channel.TCPInfo{BytesAcked: 1484, BytesSent: 1483, SegsIn: 2}, verdict.BackendSilent},
		{nil, verdict.Inconclusive},
	} {
		if got := verdict.Judge(Evidence(failing(timeout, c.tcp))).ID; got != c.want {
			t.Errorf("%+v is judged %s, want %s", c.tcp, got, c.want)
		}
	}
}

func TestEvidenceHoldsWhatTheChannelSaysOfItsFailure(t *testing.T) {
	e := Evidence(failing(&channel.Error{Phase: channel.Handshake, Cause: channel.Alert, Detail: "protocol_version"}, nil))
	if e.Phase != "tls handshake" || e.Cause != "alert" || e.Detail != "protocol_version" || !e.Secure {
		t.Errorf("%+v", e)
	}
	if e.Steps.Handshake != 55*time.Second || e.Address != "203.0.113.7:443" {
		t.Errorf("%+v", e)
	}
}

func TestEvidenceOfAFaultThatIsNotTheConnections(t *testing.T) {
	r := failing(errors.New("fault"), nil)
	r.Failure.Fault, _ = faults.Find(faults.Target306Reserved)
	r.Failure.Step = Receive
	r.Channel.RecordsReceived = 1234
	e := Evidence(r)
	if e.Phase != "receive" || e.Cause != "" || e.Detail != r.Failure.Fault.String || !e.HandshakeAnswered {
		t.Errorf("%+v", e)
	}
}

func TestStepThatNobodyEndedLastsToTheEnd(t *testing.T) {
	r := stalled()
	r.Steps[Wait].Start = r.End.Add(-3 * time.Second)
	if got := r.Took(Wait); got != 3*time.Second {
		t.Errorf("it took %v", got)
	}
	if got := r.Took(DNS); got != 0 {
		t.Errorf("a step that did not happen took %v", got)
	}
}

func TestEvidenceNamesTheTimerOfThePhase(t *testing.T) {
	timers := channel.Timeouts{Connect: 3 * time.Second, Handshake: 10 * time.Second, IO: 30 * time.Second}
	for phase, want := range map[channel.Phase]time.Duration{
		channel.Lookup: timers.Connect, channel.Connect: timers.Connect, channel.Tunnel: timers.IO,
		channel.Handshake: timers.Handshake, channel.Send: timers.IO, channel.Wait: timers.IO, channel.Receive: timers.IO,
	} {
		r := failing(&channel.Error{Phase: phase, Cause: channel.Timeout}, nil)
		r.API.Timeouts = timers
		if got := Evidence(r).Timeout; got != want {
			t.Errorf("%s has the timer %v, want %v", phase, got, want)
		}
	}
}

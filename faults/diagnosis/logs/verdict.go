package logs

import (
	"strings"

	"message-processor/faults"
	"message-processor/faults/verdict"
	"message-processor/tracing/systemlog"
)

// broke is where and why a fault's connection failed, in the words of verdict.Evidence. A fault that is not here is none of the
// connection's, or breaks at different places: see phaseOf.
var broke = map[faults.ID]struct{ phase, cause string }{
	faults.BadGatewayTLSHandshakeTimeout: {"tls handshake", "timeout"},
	faults.TargetConnectTimeout:          {"connect", "timeout"},
	faults.TargetConnectionRefused:       {"connect", "refused"},
	faults.TargetUnreachable:             {"connect", "unreachable"},
	faults.TargetDNSFailure:              {"dns", "not resolved"},
	faults.TargetNoResolvedHost:          {"dns", "not resolved"},
	faults.SSLUnknownCA:                  {"tls handshake", "untrusted certificate"},
	faults.SSLHostnameMismatchDNS:        {"tls handshake", "wrong name"},
	faults.SSLHostnameMismatchIP:         {"tls handshake", "wrong address"},
	faults.SSLExpired:                    {"tls handshake", "expired certificate"},
	faults.TargetPrematureClose:          {"send", "closed"},
	faults.UnexpectedEOFAtTarget:         {"", "closed"},
	faults.GatewayTimeoutTargetIO:        {"", "timeout"},
}

// Diagnosis is what a line of system.log says about a fault.
type Diagnosis struct {
	Fault   faults.Fault
	Channel systemlog.Channel // zero: the line has none
	// Verdict is what follows from the line. The trace knows more, such as the kernel's counters, so its verdict can be more
	// exact. Empty: the fault is none of a backend's connection.
	Verdict verdict.Verdict
}

// Diagnose reads one event. Nothing is found if no known fault writes such a line.
func Diagnose(e systemlog.Event) (Diagnosis, bool) {
	f, values, ok := faults.Recognise(e.Message)
	if !ok {
		return Diagnosis{}, false
	}
	d := Diagnosis{Fault: f}
	d.Channel, _ = systemlog.ParseChannel(e.Message)
	how, known := broke[f.ID]
	if !known {
		return d, true
	}
	c := &d.Channel
	evidence := verdict.Evidence{Target: c.Remote, Address: c.Remote, Secure: c.Secure, Phase: how.phase, Cause: how.cause,
		Reused: c.UseCount > 1, UseCount: c.UseCount, BytesRead: c.BytesRead, BytesWritten: c.BytesWritten}
	if host := values["host"]; host != "" && c.Remote == "" {
		evidence.Target, evidence.Address = host, ""
	}
	if name := values["name"] + values["ip"]; name != "" {
		evidence.Detail = name
	}
	if evidence.Phase == "" {
		evidence.Phase = phaseOf(c)
	}
	if f.ID == faults.UnexpectedEOFAtTarget && evidence.Phase == "tls handshake" {
		evidence.Cause = "" // the line does not tell a FIN from an RST, which the verdicts of a handshake keep apart
	}
	evidence.HandshakeAnswered = c.Secure && c.BytesWritten > 0
	evidence.Steps = stepsOf(evidence.Phase, c)
	d.Verdict = verdict.Judge(evidence)
	return d, true
}

// phaseOf tells from the bytes of the exchange how far it had come. Those of TLS itself are not among them.
func phaseOf(c *systemlog.Channel) string {
	switch {
	case c.BytesRead > 0:
		return "receive"
	case c.BytesWritten > 0:
		return "wait"
	case c.Secure:
		return "tls handshake"
	}
	return "send"
}

// stepsOf gives the step that failed the time since something last moved.
func stepsOf(phase string, c *systemlog.Channel) (s verdict.Steps) {
	switch phase {
	case "connect":
		s.Connect = c.Age
	case "tls handshake":
		s.Handshake = c.Age
	case "wait":
		s.Wait = c.LastIO
	case "receive":
		s.Receive = c.LastIO
	}
	return s
}

// SplitEvents cuts pasted text into events, as Search returns them.
func SplitEvents(text string) (all []string) {
	begin := 0
	for at := 0; at < len(text); {
		line, _, _ := strings.Cut(text[at:], "\n")
		if at > begin && systemlog.StartsEvent(line[:min(len(line), maxHead)]) {
			all = append(all, text[begin:at])
			begin = at
		}
		at += len(line) + 1
	}
	if begin < len(text) {
		all = append(all, text[begin:])
	}
	return all
}

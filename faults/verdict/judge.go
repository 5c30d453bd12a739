package verdict

import "time"

// A step of a successful exchange that took longer than this is worth telling. A handshake is two round trips and some
// arithmetic; an answer may need real work.
const (
	longHandshake = time.Second // healthy, with a remark
	slowHandshake = 3 * time.Second
	slowAnswer    = 10 * time.Second
)

// Judge names the most likely cause. It never fails: what does not fit any cause is Inconclusive.
func Judge(e Evidence) Verdict {
	v := e.judge()
	v.Evidence = e.facts()
	return v
}

func (e *Evidence) judge() Verdict {
	switch e.Phase {
	case "":
		if e.Cause == "" {
			return e.success()
		}
	case phaseLookup:
		return e.lookup()
	case phaseConnect:
		return e.connect()
	case phaseTunnel:
		return e.tunnel()
	case phaseHandshake:
		return e.handshake()
	case phaseSend, phaseWait, phaseReceive:
		return e.exchange()
	}
	return e.elsewhere()
}

func (e *Evidence) success() Verdict {
	switch {
	case e.Steps.Handshake >= slowHandshake:
		return Verdict{ID: BackendSlow,
			Summary:  "The exchange succeeded, but " + e.peer() + " took " + Lasting(e.Steps.Handshake) + " for the TLS handshake.",
			NextStep: "Ask the owners of the backend why its TLS handshakes are slow: load, a TLS terminator short of CPU, or a revocation check that waits for another server. A little slower, and it ends in a handshake timeout."}
	case e.Steps.Wait >= slowAnswer:
		return Verdict{ID: BackendSlow,
			Summary:  "The exchange succeeded, but " + e.peer() + " needed " + Lasting(e.Steps.Wait) + " to begin its answer.",
			NextStep: "Ask the owners of the backend what it does in that time; its own log for this request should show it."}
	case e.Status >= 500:
		return Verdict{ID: Healthy,
			Summary:  "The connection is sound; the error is the backend's own answer.",
			NextStep: "Look at the backend's log for this request: the gateway passed its answer on."}
	}
	if e.Steps.Handshake >= longHandshake {
		return Verdict{ID: Healthy,
			Summary: "Nothing is wrong on the way to " + e.peer() + ", though " + Lasting(e.Steps.Handshake) + " is long for a TLS handshake."}
	}
	return Verdict{ID: Healthy, Summary: "Nothing is wrong on the way to " + e.peer() + "."}
}

func (e *Evidence) lookup() Verdict {
	summary := "The name " + e.host() + " has no address."
	if e.timedOut() {
		summary = "The name " + e.host() + " could not be looked up in time."
	}
	return Verdict{ID: NameNotResolved, Summary: summary,
		NextStep: "On the gateway's machine run \"getent hosts " + e.host() + "\" and compare with the name in the target's URL. If the name is right, ask the DNS team about it and about the resolvers in /etc/resolv.conf."}
}

func (e *Evidence) connect() Verdict {
	switch {
	case e.Cause == causeRefused, e.Cause == causeReset:
		return Verdict{ID: ConnectionRefused,
			Summary:  e.peer() + " is reachable, but refuses connections on this port.",
			NextStep: "Ask the owners of the backend whether it is running and listening on this port; a firewall that rejects instead of dropping looks the same."}
	case e.timedOut():
		return Verdict{ID: ConnectionFiltered,
			Summary:  e.peer() + " does not answer connection attempts at all.",
			NextStep: "Ask the network team whether a firewall between the gateway and " + e.address() + " drops this port, and whether the gateway's address is on the backend's allow list. A machine that is down looks the same."}
	case e.Cause == causeUnreachable:
		return Verdict{ID: NoRoute,
			Summary:  "There is no way to " + e.address() + " from the gateway's machine.",
			NextStep: "Run \"ip route get " + ipOf(e.address()) + "\" on the gateway's machine and ask the network team about the missing route or the local rule."}
	}
	return e.elsewhere()
}

// elsewhere is a failure that says nothing about the network.
func (e *Evidence) elsewhere() Verdict {
	switch {
	case e.Address == "" && e.Steps == (Steps{}):
		return Verdict{ID: Inconclusive, Summary: "The request failed before a backend was contacted" + because(e.Detail) + ".",
			NextStep: "Look at the request itself and at the gateway's configuration; the network plays no part in this."}
	case e.BytesRead > 0 && e.Cause == causeMalformed && !e.Secure:
		return Verdict{ID: Inconclusive, Summary: e.peer() + " answered, but not in HTTP" + because(e.Detail) + ".",
			NextStep: "Check scheme and port of the target's URL: a port that speaks TLS, or another protocol, answers a plain request like this. Try the same with https."}
	case e.BytesRead > 0:
		return Verdict{ID: Inconclusive, Summary: e.peer() + " answered, but not with an answer that can be passed on" + because(e.Detail) + ".",
			NextStep: "Show the answer as the trace session has it to the owners of the backend; the network plays no part in this."}
	}
	return Verdict{ID: Inconclusive, Summary: "What is known about " + e.peer() + " does not point to one cause" + because(e.Detail) + ".",
		NextStep: "Run \"message-processor probe\" against the target from the gateway's machine, and capture the traffic while it fails."}
}

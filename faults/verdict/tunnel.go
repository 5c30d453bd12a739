package verdict

import "strings"

// tunnel judges a CONNECT to the forward proxy that opened no tunnel. None of it is the backend's doing as far as can
// be seen from here, so what a backend's ids would say about it fits only where the proxy said nothing at all.
func (e *Evidence) tunnel() Verdict {
	switch {
	case e.timedOut() && e.TCP.stuck():
		return e.dropped("the CONNECT to the forward proxy " + e.proxy())
	case e.timedOut():
		return Verdict{ID: ResponseSilent,
			Summary:  "The forward proxy " + e.proxy() + " took the CONNECT and did not answer within " + Lasting(e.limit()) + ".",
			NextStep: "Ask the owners of the forward proxy whether it can reach " + e.target() + ": most proxies are silent while their own connection attempt waits for an answer."}
	case e.hungUp():
		return Verdict{ID: ClosedBeforeResponse,
			Summary:  "The forward proxy " + e.proxy() + " ended the connection without answering the CONNECT.",
			NextStep: "Check that the address in forward_proxy is a proxy that speaks plain HTTP, and ask its owners what its log says about this CONNECT."}
	}
	return Verdict{ID: Inconclusive,
		Summary:  "The forward proxy " + e.proxy() + " refused a tunnel to " + e.target() + because(e.Detail) + ".",
		NextStep: e.afterRefusal()}
}

// afterRefusal goes by the status of the refusal, with which Detail begins.
func (e *Evidence) afterRefusal() string {
	status, _, _ := strings.Cut(e.Detail, " ")
	switch status {
	case "407":
		return "The forward proxy wants credentials: check user name and password in forward_proxy with its owners."
	case "401", "403", "405":
		return "Ask the owners of the forward proxy to allow CONNECT to " + e.target() + " from the gateway's address."
	case "502", "503", "504":
		return "The forward proxy could not reach the backend: ask its owners to try " + e.target() + " from its machine (name lookup, connection, firewall)."
	}
	return "Ask the owners of the forward proxy why it refuses CONNECT to " + e.target() + "; its log has the reason."
}

func (e *Evidence) proxy() string {
	switch {
	case e.Proxy != "":
		return clean(e.Proxy)
	case e.Address != "":
		return e.Address
	}
	return "in the configuration"
}

func (e *Evidence) target() string {
	if e.Target == "" {
		return "the backend"
	}
	return e.Target
}

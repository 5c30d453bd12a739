package incident

import (
	"message-processor/faults"
	"message-processor/faults/lab"
	"message-processor/faults/verdict"
)

// exchange is how far a call had come.
type exchange struct {
	secure, reused          bool
	bytesRead, bytesWritten int64 // of the exchange, those of TLS not among them
}

// behave chooses what causes the incident's fault: the behaviour that breaks at the same point.
func (i *Incident) behave(x exchange) {
	i.Reused = x.reused
	switch i.Fault.ID {
	case faults.BadGatewayTLSHandshakeTimeout:
		i.Does = "tls-silent"
	case faults.GatewayTimeoutTargetIO:
		i.Does = "response-silent"
		if x.bytesRead > 0 {
			i.Does = "response-stalls"
		}
	case faults.UnexpectedEOFAtTarget:
		i.Does = brokeOff(x)
	case faults.TargetNoResolvedHost:
		i.Does = "dns-failure"
	case faults.SSLHostnameMismatchDNS:
		i.Does = "tls-wrong-name"
	case faults.APITimedOut:
		i.Does = "response-silent"
	default:
		i.Does, i.Client = causeOf(i.Fault.ID)
	}
}

// brokeOff is where the backend ended the connection.
func brokeOff(x exchange) string {
	switch {
	case x.bytesRead > 0:
		return "eof-in-body"
	case x.bytesWritten == 0 && x.secure && !x.reused:
		return "tls-close"
	case x.reused:
		return "stale-keepalive"
	}
	return "eof-before-response"
}

// causeOf is the lab's first backend, or else its client, that causes a fault.
func causeOf(id faults.ID) (does, client string) {
	for _, row := range lab.Table() {
		if row.Fault == string(id) {
			return row.Name, ""
		}
	}
	for _, c := range lab.Clients() {
		if c.Fault == string(id) {
			return "", c.Name
		}
	}
	return "", ""
}

// shown is what a capture's verdict stands for: the backend that does it, and the fault it leads to.
var shown = map[verdict.ID]struct {
	does  string
	fault faults.ID
	timer string
}{
	verdict.FirewallDropsData:         {"tls-blackhole", faults.BadGatewayTLSHandshakeTimeout, "handshake_timeout"},
	verdict.BackendSilent:             {"tls-silent", faults.BadGatewayTLSHandshakeTimeout, "handshake_timeout"},
	verdict.ConnectionFiltered:        {"connect-timeout", faults.TargetConnectTimeout, "connect_timeout"},
	verdict.ConnectionRefused:         {"connect-refused", faults.TargetConnectionRefused, ""},
	verdict.NoRoute:                   {"unreachable", faults.TargetUnreachable, ""},
	verdict.ClosedInHandshake:         {"tls-close", faults.UnexpectedEOFAtTarget, ""},
	verdict.ResetInHandshake:          {"tls-reset", faults.UnexpectedEOFAtTarget, ""},
	verdict.NotTLS:                    {"plain-on-tls-port", faults.UnexpectedEOFAtTarget, ""},
	verdict.TLSVersionMismatch:        {"tls-old-version", faults.SSLAlertHandshakeFailure, ""},
	verdict.TLSCipherMismatch:         {"tls-no-common-cipher", faults.SSLAlertHandshakeFailure, ""},
	verdict.ClientCertificateRequired: {"tls-client-cert-required", faults.SSLAlertHandshakeFailure, ""},
	verdict.CertificateUntrusted:      {"tls-unknown-ca", faults.SSLUnknownCA, ""},
	verdict.CertificateExpired:        {"tls-expired", faults.SSLExpired, ""},
	verdict.CertificateWrongName:      {"tls-wrong-name", faults.SSLHostnameMismatchIP, ""},
	verdict.StaleConnection:           {"stale-keepalive", faults.UnexpectedEOFAtTarget, ""},
	verdict.ResponseSilent:            {"response-silent", faults.GatewayTimeoutTargetIO, "io_timeout"},
	verdict.ClosedBeforeResponse:      {"eof-before-response", faults.UnexpectedEOFAtTarget, ""},
	verdict.ClosedInResponse:          {"eof-in-body", faults.UnexpectedEOFAtTarget, ""},
}

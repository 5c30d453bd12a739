package channel

// Phase is the step of an exchange in which something happened. The values are
// the names of the spans, except Tunnel, which is part of connecting.
type Phase string

const (
	Lookup    Phase = "dns"           // the name is being resolved
	Connect   Phase = "connect"       // TCP: SYN sent, nothing established
	Tunnel    Phase = "tunnel"        // TCP to the forward proxy is up, its answer to CONNECT is awaited; no span of its own
	Handshake Phase = "tls handshake" // TCP is up, TLS is not
	Send      Phase = "send"          // the request is being written
	Wait      Phase = "wait"          // no byte of the answer has arrived
	Receive   Phase = "receive"       // the answer has begun
)

// Cause is why a phase failed.
type Cause string

const (
	// Timeout: the phase's own timer ran out.
	Timeout Cause = "timeout"
	// Budget: the caller's deadline for the whole call ran out before the
	// phase's own timer did.
	Budget Cause = "budget"
	// NotResolved: the host has no address.
	NotResolved Cause = "not resolved"
	// Refused: the target's kernel answered the SYN with RST.
	Refused Cause = "refused"
	// Unreachable: no way to the address, by routing or by a local rule.
	Unreachable Cause = "unreachable"
	// TunnelRefused: the forward proxy's answer to CONNECT is no success;
	// Error.Detail is its status.
	TunnelRefused Cause = "tunnel refused"
	// Closed: the peer ended the connection in an orderly way too early.
	Closed Cause = "closed"
	// Reset: the peer ended the connection with RST, or we wrote to a
	// connection it had already given up.
	Reset Cause = "reset"
	// Alert: a fatal TLS alert was received; Error.Detail names it.
	Alert Cause = "alert"
	// UntrustedCert: the certificate chain does not end in a trusted root.
	UntrustedCert Cause = "untrusted certificate"
	// ExpiredCert: a certificate of the chain is not valid today.
	ExpiredCert Cause = "expired certificate"
	// WrongName: the certificate does not name the host in Error.Detail.
	WrongName Cause = "wrong name"
	// WrongAddress: the certificate does not name the IP address in
	// Error.Detail.
	WrongAddress Cause = "wrong address"
	// TLSFailure: TLS failed in any other way, by our own judgement.
	TLSFailure Cause = "tls failure"
	// NotTLS: the peer's answer to the ClientHello is no TLS record.
	NotTLS Cause = "not tls"
	// Malformed: the answer is not HTTP/1.1 that can be trusted.
	Malformed Cause = "malformed"
	// LineTooBig: the status line exceeds its limit.
	LineTooBig Cause = "line too big"
	// HeadersTooBig: the field lines exceed their limit.
	HeadersTooBig Cause = "headers too big"
	// VersionNotSupported: the answer is of another HTTP version.
	VersionNotSupported Cause = "version not supported"
	// Canceled: our own side gave up: the context was cancelled or the Channel
	// closed under its user.
	Canceled Cause = "canceled"
	// Unknown: none of the above; Error.Err says what it was.
	Unknown Cause = "unknown"
)

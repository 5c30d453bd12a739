package verdict

import "time"

// The phases and causes Judge knows, in the words of package channel's Phase and Cause, whose values can be given as
// they are. Anything else is judged inconclusive.
const (
	phaseLookup    = "dns"
	phaseConnect   = "connect"
	phaseTunnel    = "tunnel" // CONNECT to the forward proxy, RFC 9110 section 9.3.6
	phaseHandshake = "tls handshake"
	phaseSend      = "send"
	phaseWait      = "wait"
	phaseReceive   = "receive"

	causeTimeout     = "timeout"
	causeBudget      = "budget" // the deadline of the whole call ended the phase
	causeNotResolved = "not resolved"
	causeRefused     = "refused"
	causeUnreachable = "unreachable"
	causeClosed      = "closed"
	causeReset       = "reset"
	causeAlert       = "alert"
	causeUntrusted   = "untrusted certificate"
	causeExpired     = "expired certificate"
	causeWrongName   = "wrong name"
	causeWrongIP     = "wrong address"
	causeTLSFailure  = "tls failure"
	causeNotTLS      = "not tls"
	causeMalformed   = "malformed"
)

// Evidence is what is known about one exchange with a backend, or one attempt at it. The zero value of a field means
// that it is not known or did not happen.
type Evidence struct {
	Target  string // host:port as configured
	Address string // ip:port that was tried, or is connected
	Secure  bool   // TLS is meant to be spoken
	Proxy   string // host:port of the forward proxy on the way, whose address Address then is; "" without one

	// Phase and Cause say where and why it failed; an empty Phase with an empty Cause is an exchange that did not
	// fail. Detail is what belongs to the cause: the name of the alert that was received (in the spelling of RFC 8446
	// section 6), the name or address that a certificate lacks, or why an answer was refused.
	Phase, Cause, Detail string

	Steps   Steps
	Timeout time.Duration // the timer of Phase, as configured

	HandshakeAnswered bool // some of the backend's part of the TLS handshake has arrived

	Handshake Bytes // of the TLS handshake, from a capture
	TCP       TCP   // from the kernel, at the failure
	// Certificates are those the backend has shown, its own first; the first four count.
	Certificates []Certificate
	// CertificateRequested: the backend asked for a client certificate during the handshake.
	CertificateRequested bool

	Reused       bool  // the connection had carried a request before
	UseCount     int   // exchanges on the connection, this one included
	BytesWritten int64 // of the request
	BytesRead    int64 // of the answer
	Status       int   // of the answer, if there was one
}

// Steps are the durations of the steps of an exchange, up to the failure. Zero is a step that was not reached.
type Steps struct {
	Lookup, Connect, Tunnel, Handshake, Send, Wait, Receive time.Duration
}

// Certificate is what a certificate says about itself. Its texts come from the network.
type Certificate struct {
	Subject, Issuer     string
	Names               []string // DNS names and addresses
	NotBefore, NotAfter time.Time
}

// Bytes are the bytes of TLS records that a capture shows on a connection before the first application data.
type Bytes struct {
	Known    bool
	Sent     int64 // by us, each byte counted once
	Acked    int64 // of those, acknowledged by the backend
	Received int64 // from the backend
}

// TCP is what the kernel counted on a connection (TCP_INFO on Linux), or the same numbers counted from a capture.
type TCP struct {
	Known            bool
	Unacked          uint32 // segments sent and not acknowledged
	Retransmits      uint32 // of the segment that is being waited for
	TotalRetransmits uint32 // segments, over the life of the connection
	BytesAcked       uint64 // the SYN counts as one, as in the kernel
	BytesSent        uint64 // retransmissions included; 0 where the kernel does not tell
	SegsIn           uint32 // segments received, the SYN-ACK included
}

// stuck tells whether data was sent, and sent again, that is not acknowledged.
func (t TCP) stuck() bool {
	return t.Known && t.Unacked > 0 && max(t.Retransmits, t.TotalRetransmits) > 0
}

// underWay tells whether data was sent so shortly ago that its acknowledgement may still come.
func (t TCP) underWay() bool { return t.Known && t.Unacked > 0 && !t.stuck() }

// ackedBytes are the acknowledged bytes of payload.
func (t TCP) ackedBytes() uint64 { return max(t.BytesAcked, 1) - 1 }

func (e *Evidence) timedOut() bool { return e.Cause == causeTimeout || e.Cause == causeBudget }

func (e *Evidence) hungUp() bool { return e.Cause == causeClosed || e.Cause == causeReset }

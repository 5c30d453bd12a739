package packets

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"message-processor/faults/verdict"
)

// Phases and causes in the words of package verdict.
const (
	phaseConnect, phaseHandshake, phaseWait, phaseReceive = "connect", "tls handshake", "wait", "receive"

	causeTimeout, causeRefused, causeUnreachable = "timeout", "refused", "unreachable"
	causeClosed, causeReset, causeAlert          = "closed", "reset", "alert"
	causeNotTLS, causeFailure                    = "not tls", "tls failure"
	causeExpired, causeWrongName, causeUntrusted = "expired certificate", "wrong name", "untrusted certificate"
	causeMalformed                               = "malformed"
)

// How long silence must last in a capture to mean something. Without a packet that ends the connection nothing else tells
// a backend that does not answer from a capture that was stopped in between.
const (
	longSYN     = time.Second
	longSilence = 3 * time.Second
	longPause   = 10 * time.Second // in the middle of an answer
	atOnce      = time.Second      // an end that belongs to what came before it
)

// findings is a flow that is being judged.
type findings struct {
	*flow
	e   verdict.Evidence
	own *verdict.Verdict // where the words of package verdict do not fit; its evidence is added
	end time.Time        // of the capture
}

// judge says what a connection shows.
func (f *flow) judge(end time.Time) verdict.Verdict {
	c := &findings{flow: f, end: end}
	c.e = verdict.Evidence{Address: f.Server.String(), Secure: f.app.protocol == speaksTLS}
	if h := f.ClientHello; h != nil && h.ServerName != "" {
		c.e.Target = net.JoinHostPort(h.ServerName, strconv.Itoa(int(f.Server.Port())))
	}
	c.steps()
	c.count()
	switch {
	case !f.MidStream && f.synAck.packet == 0 && f.client.next <= 1 && f.server.next == 0:
		c.unanswered()
	case f.app.protocol == unknown && !f.MidStream:
		c.empty()
	case f.app.protocol == unknown:
		c.idle()
	case f.app.protocol == speaksTLS && c.certificateRefused():
		c.clientCertificate()
	case f.app.protocol == speaksTLS && !f.app.tls.over():
		c.handshake()
	default:
		c.exchanged()
	}
	if c.e.Phase == "" { // the counters are about a failure
		c.e.TCP.Known, c.e.Handshake.Known = false, false
	}
	v := verdict.Judge(c.e)
	if c.own != nil {
		v = *c.own
	}
	v.Evidence = append(c.facts(), c.counted(v.Evidence)...)
	return v
}

// steps are the durations that can be read off.
func (c *findings) steps() {
	if !c.MidStream && c.synAck.packet != 0 {
		c.e.Steps.Connect = max(c.synAck.time.Sub(c.Start), 1)
	}
	if t := &c.app.tls; c.app.protocol == speaksTLS && t.over() && !t.mid {
		c.e.Steps.Handshake = latest(t.finishedAt, t.clientFinished).time.Sub(c.app.first[0].time)
	}
	c.e.Steps.Wait = c.app.slowest
	if x := c.app.current; x != nil {
		c.e.Reused, c.e.UseCount = c.app.count > 1, c.app.count
		c.e.BytesWritten, c.e.BytesRead, c.e.Status = int64(x.sentBytes), int64(x.receivedBytes), x.status
	}
}

func latest(a, b moment) moment {
	if a.time.After(b.time) {
		return a
	}
	return b
}

// count fills in what the kernel of the client would have counted.
func (c *findings) count() {
	d := &c.client
	if !d.known {
		return
	}
	sent := max(d.dataEnd()-1, 0)
	acked := max(min(d.acked, d.dataEnd())-1, 0)
	unacked := 0
	for _, end := range d.unacked {
		if end > d.acked && end <= d.dataEnd() {
			unacked++
		}
	}
	c.e.TCP = verdict.TCP{Known: c.synAck.packet != 0 || c.MidStream, Unacked: uint32(unacked), Retransmits: uint32(d.repeatsNow),
		TotalRetransmits: uint32(d.repeats), BytesAcked: uint64(acked) + 1, SegsIn: uint32(c.server.packets)}
	if c.app.protocol == speaksTLS && !c.app.tls.over() {
		c.e.Handshake = verdict.Bytes{Known: true, Sent: sent, Acked: acked, Received: max(c.server.dataEnd()-1, 0)}
	}
}

// fails notes where and why.
func (c *findings) fails(phase, cause, detail string) {
	c.e.Phase, c.e.Cause, c.e.Detail = phase, cause, detail
}

// waited is how long nothing came after m: to the end of the connection, or else of the capture.
func (c *findings) waited(m moment) time.Duration {
	until := c.end
	if c.Ended.Packet != 0 {
		until = c.endedAt()
	}
	return max(until.Sub(m.time), 0)
}

func (c *findings) endedAt() time.Time { return c.Ended.at }

// stuck tells whether bytes of the client were sent again and again without being acknowledged.
func (c *findings) stuck() bool {
	d := &c.client
	return d.acked < d.dataEnd() && (d.repeatsNow >= 2 || d.repeatsNow == 1 && c.Ended.By != Server)
}

// unanswered is a connection attempt that was not accepted.
func (c *findings) unanswered() {
	start := moment{time: c.Start}
	c.e.Steps.Connect = max(c.waited(start), 1)
	switch {
	case c.Ended.How == ByRST && c.Ended.By == Server, c.complaint == "port unreachable":
		c.fails(phaseConnect, causeRefused, c.complaint)
	case c.complaint != "":
		c.fails(phaseConnect, causeUnreachable, "ICMP: "+c.complaint)
	case c.client.repeats > 0 || c.waited(start) >= longSYN:
		c.fails(phaseConnect, causeTimeout, "")
	default:
		c.tooShort("the SYN")
	}
}

// tooShort is a capture that ends before anything can be said.
func (c *findings) tooShort(after string) {
	c.own = &verdict.Verdict{ID: verdict.Inconclusive,
		Summary:  "The capture ends too soon after " + after + " to tell what " + c.Server.String() + " does.",
		NextStep: "Capture again, from before the request until the gateway has answered it."}
}

// empty is a connection without a byte of data.
func (c *findings) empty() {
	began := moment{time: c.Start}
	switch idle := c.waited(began); {
	case c.Ended.By == Server:
		c.own = &verdict.Verdict{ID: verdict.Inconclusive,
			Summary:  c.Server.String() + " accepted the TCP connection and ended it before the client had sent a byte.",
			NextStep: "If the client did mean to send something, ask the owners of the backend: a load balancer without a healthy server, or one that does not allow this client, ends connections like this."}
	case idle >= longSilence:
		c.own = &verdict.Verdict{ID: verdict.Inconclusive,
			Summary:  "The TCP connection to " + c.Server.String() + " was made, and then not one byte of data is in the capture for " + verdict.Lasting(idle) + ".",
			NextStep: "Compare with a capture at the other end. If this one was made at the backend and that of the gateway shows a ClientHello, a firewall in between drops it; if there is none on either side, the client made a connection that it did not use."}
	case c.Ended.Packet == 0:
		c.tooShort("the TCP handshake")
	default:
		c.own = &verdict.Verdict{ID: verdict.Healthy, Summary: "The TCP connection to " + c.Server.String() + " was made and closed again, without a byte of data, as a health check does."}
	}
}

// idle is a connection that was there before the capture and carries no data in it.
func (c *findings) idle() {
	c.own = &verdict.Verdict{ID: verdict.Healthy, Summary: "An open connection to " + c.Server.String() + " that carries no data in this capture."}
}

// handshake is a TLS handshake that was not finished.
func (c *findings) handshake() {
	t := &c.app.tls
	asked := c.app.first[0]
	c.e.Steps.Handshake = max(c.waited(asked), 1)
	c.e.CertificateRequested = t.certificateAsked
	c.e.HandshakeAnswered = t.answered.packet != 0 && t.notTLS == ""
	fatal := t.alert[1] != "" && t.alert[1] != closeNotify
	switch {
	case t.notTLS != "":
		c.fails(phaseHandshake, causeNotTLS, t.notTLS)
	case fatal:
		c.e.Steps.Handshake = t.alertAt[1].time.Sub(asked.time)
		c.fails(phaseHandshake, causeAlert, t.alert[1])
	case t.alert[0] != "" && t.alert[0] != closeNotify:
		c.e.Steps.Handshake = t.alertAt[0].time.Sub(asked.time)
		c.refused(t.alert[0])
	case t.secret[0].packet != 0:
		c.refusedInSecret()
	case t.secret[1].packet != 0:
		c.fails(phaseHandshake, causeAlert, "encrypted")
	case c.stuck():
		c.fails(phaseHandshake, causeTimeout, "")
	case c.Ended.By == Server:
		c.fails(phaseHandshake, map[string]string{ByFIN: causeClosed, ByRST: causeReset}[c.Ended.How], "")
	case c.Ended.Packet != 0 || c.waited(latest(asked, t.answered)) >= longSilence:
		c.fails(phaseHandshake, causeTimeout, "")
	default:
		c.tooShort("the ClientHello")
	}
}

// refused judges the client's own alert, with the help of the certificate where it can be read.
func (c *findings) refused(alert string) {
	cert, host := c.Certificate, c.host()
	switch {
	case alert == "protocol_version":
		c.fails(phaseHandshake, causeFailure, "protocol version: alert of the client")
	case alert == "handshake_failure" || alert == "insufficient_security" || alert == "illegal_parameter":
		c.fails(phaseHandshake, causeFailure, "cipher or key exchange: alert "+alert+" of the client")
	case alert == "certificate_expired", cert != nil && !cert.validAt(c.app.tls.alertAt[0].time) && alert != "unknown_ca":
		c.fails(phaseHandshake, causeExpired, "")
	case cert != nil && !cert.covers(host) && alert != "unknown_ca":
		c.fails(phaseHandshake, causeWrongName, host)
	case cert != nil || alert == "unknown_ca":
		c.fails(phaseHandshake, causeUntrusted, "alert "+alert+" of the client")
	default:
		c.fails(phaseHandshake, causeFailure, "alert "+alert+" of the client")
	}
}

// host is the name the client wants, or else the address.
func (c *findings) host() string {
	if c.ClientHello != nil && c.ClientHello.ServerName != "" {
		return c.ClientHello.ServerName
	}
	return c.Server.Addr().Unmap().String()
}

func (c *Certificate) validAt(t time.Time) bool {
	return !t.Before(c.NotBefore) && !t.After(c.NotAfter)
}

// refusedInSecret is an alert of the client in TLS 1.3. It follows the server's certificate, which it is most likely about.
func (c *findings) refusedInSecret() {
	c.own = &verdict.Verdict{ID: verdict.Inconclusive,
		Summary:  "The client itself broke off the TLS handshake with " + c.Server.String() + ", right after the backend's certificate: it most likely refused that, but TLS 1.3 hides the reason.",
		NextStep: "Run \"message-processor probe " + c.probeAddress() + "\": it names what is wrong with the certificate (untrusted, expired, for another name). The gateway's system.log says it, too."}
}

// probeAddress is what to give to probe.
func (c *findings) probeAddress() string {
	if c.e.Target != "" {
		return "https://" + c.e.Target + "/"
	}
	return "https://" + netip.AddrPortFrom(c.Server.Addr(), c.Server.Port()).String() + "/"
}

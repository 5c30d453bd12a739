package main

import (
	"crypto/rand"
	"fmt"

	"message-processor/config"
	"message-processor/tracing/session"
)

// sessionOptions are the bounds of trace sessions and kept faults.
func (p *program) sessionOptions(c *config.Gateway) session.Options {
	return session.Options{
		MaxTransactions: c.Sessions.MaxTransactions, MaxDuration: c.Sessions.MaxDuration,
		KeepSecrets: c.Sessions.KeepSecrets, KeepFaults: c.Sessions.KeepFaults,
		ProcessorID: p.processor, VirtualHost: c.VirtualHost, Listen: p.traffic.Addr().String(),
	}
}

// newUUID is a random one (RFC 9562 section 5.4). The original's Message Processor has such a name.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

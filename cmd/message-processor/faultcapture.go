package main

import (
	"errors"
	"fmt"
	"net/netip"

	"message-processor/config"
	"message-processor/faults/diagnosis/capture"
	"message-processor/proxy/channel"
	"message-processor/tracing"
)

// captureFaults begins to keep the packets of targets, if the configuration asks for it. Where that is not possible it is
// told, and the gateway serves all the same.
func (p *program) captureFaults() {
	c := p.config.Capture
	if !c.OnFault {
		return
	}
	o := capture.WatchOptions{Directory: c.Directory, Warn: func(line string) {
		p.say(p.log.Warn(), "Capture.write() : "+line)
	}}
	if c.TLSSecrets {
		o.Keys = capture.NewKeys()
	}
	var err error
	if p.capture, err = capture.StartWatch(o); err != nil {
		if errors.Is(err, capture.ErrNotPermitted) {
			err = fmt.Errorf("%w; give it with %q and start again, or run as root", err, setcap())
		}
		problem := "capture.on_fault: no packets are captured: " + err.Error()
		fmt.Fprintf(p.streams.err, "warning: %s\n", problem)
		p.say(p.log.Warn(), "Capture.start() : "+problem)
		return
	}
	if c.TLSSecrets {
		p.secrets = o.Keys
	}
	p.say(p.log.Info(), "Capture.start() : the packets of transactions that end in a fault go to "+c.Directory)
}

// dialer is how targets are reached: with nobody listening in, unless packets are captured.
func (p *program) dialer() *channel.Dialer {
	d := new(channel.Dialer)
	if p.capture != nil {
		d.Dialing = p.capture.Dialing
	}
	if p.secrets != nil {
		d.KeyLog = p.secrets
	}
	return d
}

// observers see every finished record.
func (p *program) observers() []tracing.Observer {
	list := []tracing.Observer{p.sessions.Observe, p.monitor.Observe, p.spans.Observe, p.metrics.Observe, p.alerts.Observe}
	if p.capture != nil {
		list = append(list, captureOf(p.capture))
	}
	return list
}

// captureOf asks for the packets of every transaction that failed after a connection to its target was there.
func captureOf(w *capture.Watch) tracing.Observer {
	return func(r *tracing.Record) {
		if r.Failure == nil {
			return
		}
		if c := &r.Channel; c.Remote.IsValid() && c.Local.IsValid() && c.Local.Port() != 0 {
			w.Fault(r.MessageID, plain(c.Local), plain(c.Remote))
		}
	}
}

// plain is an address as it is in packets.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// captured is the path of the capture of a message id, "" if there is none.
func captured(c *config.Gateway, messageID string) string {
	path, _ := capture.Find(c.Capture.Directory, messageID)
	return path
}

package lab

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"
)

// unreachable is the limited broadcast address (RFC 919 section 7), to which no TCP connection is possible: Linux refuses
// it before any packet is sent, with or without a network. Other systems may have another reason, which open tries.
type unreachable struct{}

const nowhere = "255.255.255.255:443"

func (b unreachable) open(p place) (endpoint, error) {
	ctx, cancel := context.WithTimeout(p.ctx, time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", nowhere)
	if err == nil {
		conn.Close()
		return endpoint{}, unavailable("something answers at the broadcast address")
	}
	if !errors.Is(err, syscall.ENETUNREACH) && !errors.Is(err, syscall.EHOSTUNREACH) {
		return endpoint{}, unavailable("this system has another reason not to connect to the broadcast address: " + err.Error())
	}
	return endpoint{address: nowhere, close: func() error { return nil }}, nil
}

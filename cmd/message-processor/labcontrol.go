package main

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"message-processor/faults/lab"
)

// onLoopback refuses an address that others than this machine could reach:
// the control API has no password.
func onLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("is %q; allowed: HOST:PORT, such as 127.0.0.1:7070", address)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("is %q; allowed: an address of this machine alone, such as 127.0.0.1:7070", address)
	}
	return nil
}

// serveControl serves the lab's control API until the returned function is
// called, and tells where.
func serveControl(address string, running *lab.Lab, s streams) (stop func(), err error) {
	l, err := listen("--control", address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler: running.Handler(), MaxHeaderBytes: 16 << 10,
		ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
	}
	ended := make(chan struct{})
	go func() {
		server.Serve(l) // ends with Close, and else only with the listener
		close(ended)
	}()
	fmt.Fprintf(s.err, "message-processor lab control=%s\n", l.Addr())
	return func() {
		server.Close()
		<-ended
	}, nil
}

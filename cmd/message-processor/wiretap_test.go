package main

import (
	"io"
	"net"
	"sync"
	"testing"
)

// wiretap passes bytes between a client and the gateway and keeps those of the answers.
type wiretap struct {
	address string
	cause   cause
	err     error
	mutex   sync.Mutex
	answers []byte
}

func tapped(t *testing.T, gateway string, c cause) *wiretap {
	t.Helper()
	l := inherited(t)
	w := &wiretap{address: l.Addr().String(), cause: c}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.relay(client, gateway)
		}
	}()
	return w
}

func (w *wiretap) relay(client net.Conn, gateway string) {
	defer client.Close()
	server, err := net.Dial("tcp", gateway)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(server, client)
		server.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(io.MultiWriter(client, w), server)
}

func (w *wiretap) Write(b []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.answers = append(w.answers, b...)
	return len(b), nil
}

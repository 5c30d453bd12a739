package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// named is a plain backend that answers every request with its name and the path.
func named(t *testing.T, name string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", name, r.URL.Path)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// held is a plain backend that answers each request only when it is let go.
type held struct {
	url     string
	arrived chan struct{} // one value for each request that has come
	letGo   chan struct{} // one value, or its closing, for each answer
}

func holding(t *testing.T) *held {
	t.Helper()
	h := &held{arrived: make(chan struct{}, 1000), letGo: make(chan struct{})}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.arrived <- struct{}{}
		select {
		case <-h.letGo:
			io.WriteString(w, "late but whole")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	h.url = s.URL
	return h
}

// silent accepts connections and says nothing: a backend for handshake timeouts that tells how many wait in it.
type silent struct {
	url      string
	accepted atomic.Int64
	waiting  chan struct{} // closed when the number asked for is reached
}

func staysSilent(t *testing.T, awaited int64) *silent {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &silent{url: "https://" + l.Addr().String(), waiting: make(chan struct{})}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(io.Discard, conn) // until the gateway gives up
				conn.Close()
			}()
			if s.accepted.Add(1) == awaited {
				close(s.waiting)
			}
		}
	}()
	return s
}

// staysClosed is the URL of a port that refuses connections.
func staysClosed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

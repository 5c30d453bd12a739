package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// labBackend is a row of `message-processor lab --json`.
type labBackend struct {
	Name, Address, URL, Fault, Note string
	ForwardProxy                    bool `json:"forward_proxy"`
	Servers                         []string
}

// labProcess is a lab that runs as a process of its own.
type labProcess struct {
	*child
	backends []labBackend
	ca       string // path of its authority
}

// startLab starts the lab, all of it or the named backends, at a loopback address.
func startLab(ctx context.Context, program, dir, host string, names ...string) (*labProcess, error) {
	name := "lab-" + host
	l := &labProcess{ca: filepath.Join(dir, name+".pem")}
	table := filepath.Join(dir, name+".json")
	out, err := os.Create(table)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	// In half an hour ports are used again: the blackhole, which sees no reset, holds a connection not much longer than
	// its gateway does.
	args := append([]string{"lab", "--json", "--host", host, "--write-ca", l.ca, "--set", "tls-blackhole.hold=5s",
		"--set", "tls-slow.delay=300ms", "--set", "slow-body.interval=50ms"}, names...)
	if l.child, err = launch(ctx, dir, name, out, nil, program, args...); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(table)
		if err == nil && json.Unmarshal(text, &l.backends) == nil {
			return l, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s is not ready after %v, see %s", name, patience, l.stderr)
		}
	}
}

// plainBackend is the healthy backend without TLS: it returns a body as it came, and otherwise ?bytes=N of text, in chunks
// if there are more than fit its buffer.
type plainBackend struct {
	server  *http.Server
	address string
}

const maxPlain = 1 << 20 // bytes either way

func startPlain() (*plainBackend, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &plainBackend{address: listener.Addr().String(), server: &http.Server{Handler: http.HandlerFunc(servePlain)}}
	go b.server.Serve(listener)
	return b, nil
}

func servePlain(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxPlain))
		if err != nil { // a client that left
			return
		}
		w.Write(body)
		return
	}
	n, err := strconv.Atoi(r.URL.Query().Get("bytes"))
	if err != nil || n < 0 || n > maxPlain {
		n = 1000
	}
	io.WriteString(w, text(n))
}

// text is a body that tells when a piece of it is missing or doubled.
func text(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()[:n]
}

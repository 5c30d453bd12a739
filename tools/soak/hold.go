package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// held is the fate of one request to a target that never answers the ClientHello, as a line of JSON.
type held struct {
	ID     string        `json:"id"`
	Status int           `json:"status"`
	Fault  string        `json:"fault"`
	Took   time.Duration `json:"took"` // from the request's last byte sent to the answer's first received
	Err    string        `json:"err,omitempty"`
}

// holder is a process of clients that wait. It is one of several: a process may only have so many files open, and an
// address only so many ports.
type holder struct {
	gateway string
	source  string // address of the clients
	targets int    // stuck backends, asked in turn
	count   int
	ramp    time.Duration // the requests begin evenly over this time
	wait    time.Duration // at most, for an answer
}

func runHold(ctx context.Context, args []string, out io.Writer) error {
	var h holder
	flags := flag.NewFlagSet("hold", flag.ContinueOnError)
	flags.StringVar(&h.gateway, "gateway", "", "`ADDR` of the gateway")
	flags.StringVar(&h.source, "source", "127.0.0.1", "`ADDR` to connect from")
	flags.IntVar(&h.targets, "targets", 1, "")
	flags.IntVar(&h.count, "count", 1, "")
	flags.DurationVar(&h.ramp, "ramp", time.Second, "")
	flags.DurationVar(&h.wait, "wait", time.Minute, "")
	if flags.Parse(args) != nil {
		return errUsage
	}
	return h.run(ctx, out)
}

// run writes a line for each request, in the order in which they end.
func (h holder) run(ctx context.Context, out io.Writer) error {
	results := make(chan held, h.count)
	var all sync.WaitGroup
	for i := range h.count {
		all.Go(func() {
			if pause(ctx, h.ramp*time.Duration(i)/time.Duration(h.count)) == nil {
				results <- h.hold(stuckPath(i % h.targets))
			}
		})
	}
	go func() { all.Wait(); close(results) }()
	to := bufio.NewWriter(out)
	lines := json.NewEncoder(to)
	for r := range results {
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	return to.Flush()
}

// hold sends one request and waits for its answer.
func (h holder) hold(path string) held {
	dialer := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(h.source)}}
	conn, err := dialer.Dial("tcp", h.gateway)
	if err != nil {
		return held{Err: err.Error()}
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: stuck\r\nConnection: close\r\n\r\n", path); err != nil {
		return held{Err: err.Error()}
	}
	began := time.Now()
	conn.SetReadDeadline(began.Add(h.wait))
	in := bufio.NewReaderSize(conn, 1024)
	if _, err := in.Peek(1); err != nil {
		return held{Err: err.Error(), Took: time.Since(began)}
	}
	r := held{Took: time.Since(began)}
	response, err := http.ReadResponse(in, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		r.Err = err.Error()
		return r
	}
	r.ID, r.Status, r.Fault = response.Header.Get("X-Apigee-Message-ID"), response.StatusCode, response.Header.Get("X-Apigee-fault-code")
	return r
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pace asks at a fixed rate, whatever the answers do, which wrk cannot.
type pace struct {
	connections int
	rate        int // requests per second, all connections together
	path        string
}

// load makes a pace something that rounds can use. Opening the connections, and the first request on each, are not part of
// what is measured; every connection asks in it once at least.
func (p pace) load() load {
	return func(ctx context.Context, to *program, d time.Duration) (time.Duration, int, error) {
		askers, err := p.connect(ctx, to.address)
		defer hangUp(askers)
		if err != nil {
			return 0, 0, err
		}
		if _, err := p.run(ctx, askers, p.interval()); err != nil {
			return 0, 0, err
		}
		var latencies []int64
		spent, err := to.spending(func() (err error) {
			latencies, err = p.run(ctx, askers, max(d, p.interval()))
			return err
		})
		return spent, len(latencies), err
	}
}

// interval is the time between two requests on the same connection.
func (p pace) interval() time.Duration {
	return time.Second * time.Duration(p.connections) / time.Duration(p.rate)
}

// run returns how long each request took, in nanoseconds, from the moment when it was due: a request that waits for the
// one before it is late.
func (p pace) run(ctx context.Context, askers []*asker, d time.Duration) ([]int64, error) {
	var group sync.WaitGroup
	interval := p.interval()
	begin := time.Now()
	failed := make(chan error, len(askers))
	for i, a := range askers {
		group.Go(func() {
			first := begin.Add(interval * time.Duration(i) / time.Duration(len(askers)))
			failed <- a.askFrom(ctx, first, interval, begin.Add(d))
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return nil, err
		}
	}
	var all []int64
	for _, a := range askers {
		all, a.latencies = append(all, a.latencies...), nil
	}
	if len(all) == 0 {
		return nil, errors.New("no request was due")
	}
	return all, nil
}

// asker is one connection.
type asker struct {
	conn      net.Conn
	in        *bufio.Reader
	request   []byte
	latencies []int64
}

func (p pace) connect(ctx context.Context, address string) (askers []*asker, err error) {
	for i := range p.connections {
		conn, err := dialFrom(ctx, i, address)
		if err != nil {
			return askers, err
		}
		askers = append(askers, newAsker(conn, p.path))
	}
	return askers, nil
}

func hangUp(askers []*asker) {
	for _, a := range askers {
		a.conn.Close()
	}
}

func newAsker(conn net.Conn, path string) *asker {
	return &asker{conn: conn, in: bufio.NewReaderSize(conn, 2<<10),
		request: []byte("GET " + path + " HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n\r\n")}
}

// perSource is how many connections come from one loopback address: it has 28,000 ports.
const perSource = 20_000

// dialFrom opens the i-th connection. The usual source is left to the kernel, which then finds a free port faster.
func dialFrom(ctx context.Context, i int, address string) (net.Conn, error) {
	var dialer net.Dialer
	if source := i / perSource; source > 0 {
		dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+source))}
	}
	return dialer.DialContext(ctx, "tcp", address)
}

// askFrom asks at every interval, until it is the end or something is wrong.
func (a *asker) askFrom(ctx context.Context, due time.Time, interval time.Duration, end time.Time) error {
	for ; due.Before(end); due = due.Add(interval) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(due)):
		}
		status, err := a.ask()
		switch {
		case err != nil:
			return err
		case status != 200:
			return fmt.Errorf("answered %d", status)
		}
		a.latencies = append(a.latencies, int64(time.Since(due)))
	}
	return nil
}

// answerPatience is longer than all timeouts that are provoked.
const answerPatience = 90 * time.Second

// ask sends the request and reads the answer to its end.
func (a *asker) ask() (status int, err error) {
	a.conn.SetDeadline(time.Now().Add(answerPatience))
	if _, err = a.conn.Write(a.request); err != nil {
		return 0, err
	}
	length := int64(-1)
	for first := true; ; first = false {
		line, err := a.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		switch name, value, _ := strings.Cut(text, ":"); {
		case first && len(text) >= 12:
			if status, err = strconv.Atoi(text[9:12]); err != nil {
				return 0, fmt.Errorf("no status line: %q", text)
			}
		case strings.EqualFold(name, "Content-Length"):
			length, _ = strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		case text == "":
			return status, a.skip(length)
		}
	}
}

// skip reads the body away. One without a length ends with the connection: only errors have such.
func (a *asker) skip(length int64) error {
	if length < 0 {
		_, err := io.Copy(io.Discard, a.in)
		return err
	}
	_, err := io.CopyN(io.Discard, a.in, length)
	return err
}

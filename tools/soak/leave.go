package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// departure is a client that goes away in the middle.
type departure struct {
	kind  string
	sends string        // what it sends
	reads int           // bytes of the answer that it waits for
	waits time.Duration // at most this long, before it closes
}

// leavers go away at the same time.
const leavers = 4

var departures = []departure{
	{kind: "leaves in the head", sends: "GET /tls HTTP/1.1\r\nHost: lea", waits: 200 * time.Millisecond},
	{kind: "leaves in the body", sends: "POST /plain HTTP/1.1\r\nHost: leaves\r\nContent-Length: 1000\r\n\r\nhalf", waits: 200 * time.Millisecond},
	{kind: "leaves in a chunk", sends: "POST /stream HTTP/1.1\r\nHost: leaves\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nhalf", waits: 200 * time.Millisecond},
	{kind: "leaves before the answer", sends: "GET /fault/response-silent HTTP/1.1\r\nHost: leaves\r\n\r\n", waits: 300 * time.Millisecond},
	{kind: "leaves in the handshake with the target", sends: "GET /fault/tls-silent HTTP/1.1\r\nHost: leaves\r\n\r\n", waits: 300 * time.Millisecond},
	{kind: "leaves at once", sends: "GET /tls HTTP/1.1\r\nHost: leaves\r\n\r\n"},
	{kind: "leaves in the answer", sends: "GET /stream?bytes=1000000 HTTP/1.1\r\nHost: leaves\r\n\r\n", reads: 1000, waits: 5 * time.Second},
	{kind: "leaves in a slow answer", sends: "GET /fault/slow-body HTTP/1.1\r\nHost: leaves\r\n\r\n", reads: 1, waits: 200 * time.Millisecond},
}

// leave lets clients go away in the middle until the context ends.
func (s *soak) leave(ctx context.Context) {
	var all sync.WaitGroup
	for i := range leavers {
		random := s.random(2000 + uint64(i))
		all.Go(func() {
			for pause(ctx, time.Duration(random.Int64N(int64(time.Second)))) == nil {
				d, g := departures[random.IntN(len(departures))], s.gateways[random.IntN(len(s.gateways))]
				s.ledger.sent(d.kind)
				if err := d.depart(g.traffic, random); err != nil {
					s.ledger.wrongly(d.kind, err.Error())
					continue
				}
				s.ledger.leftOn(d.kind)
			}
		})
	}
	all.Wait()
}

// depart closes in good order half of the time, else with a reset.
func (d departure) depart(address string, random *rand.Rand) error {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if random.IntN(2) == 0 {
		conn.(*net.TCPConn).SetLinger(0)
	}
	if _, err := io.WriteString(conn, d.sends); err != nil {
		return err
	}
	if d.waits == 0 {
		return nil
	}
	// Whatever comes, or does not: the deadline is the client's patience.
	conn.SetReadDeadline(time.Now().Add(d.waits))
	if n, err := io.ReadAtLeast(conn, make([]byte, max(d.reads, 1)), max(d.reads, 1)); err == nil && d.reads == 0 {
		return fmt.Errorf("%d bytes of an answer to half a request", n)
	}
	return nil
}

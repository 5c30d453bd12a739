package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"message-processor/faults"
)

// burst is what a burst of stuck handshakes did to the gateways.
type burst struct {
	asked    int
	atOnce   int // requests under way at the same time, of all gateways
	before   int // resident bytes of all gateways
	peak     int
	after    int // some time after the last answer
	afterFor time.Duration
	each     int // bytes for each stuck handshake
}

const (
	stuckKind   = "stuck handshakes"
	stuckSeries = "late" // of the answer, after the timeout
)

// stick sends n requests whose handshakes get stuck, and waits until all are answered. watch samples the gateways.
func (s *soak) stick(ctx context.Context, n int, series string) (burst, error) {
	b := burst{asked: n}
	var err error
	if b.before, _, err = s.weigh(ctx); err != nil {
		return b, err
	}
	done := make(chan error, 1)
	go func() { done <- s.hold(ctx, n, series) }()
	for {
		resident, active, err := s.weigh(ctx)
		if err != nil {
			return b, err
		}
		if b.peak, b.atOnce = max(b.peak, resident), max(b.atOnce, active); b.atOnce >= n && b.each == 0 {
			b.each = (resident - b.before) / n
		}
		select {
		case err := <-done:
			if b.each == 0 {
				b.each = (b.peak - b.before) / max(b.atOnce, 1)
			}
			return b, err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// weigh adds up the resident memory of the gateways and the requests under way.
func (s *soak) weigh(ctx context.Context) (resident, active int, err error) {
	for _, g := range s.gateways {
		r, err := g.resident()
		if err != nil {
			return 0, 0, err
		}
		m, err := g.scrape(ctx)
		if err != nil {
			return 0, 0, err
		}
		resident, active = resident+r, active+int(m.sum("http_server_active_requests"))
	}
	return resident, active, nil
}

// hold starts the processes of clients, and enters what became of each request.
func (s *soak) hold(ctx context.Context, n int, series string) error {
	var all sync.WaitGroup
	problems := make(chan error, n)
	for i, g := range s.gateways {
		part := (i+1)*n/len(s.gateways) - i*n/len(s.gateways)
		for from := 0; from < part; from += s.layout.perHold {
			count := min(s.layout.perHold, part-from)
			s.holders++
			source := fmt.Sprintf("127.0.%d.%d", 1+s.holders/200, 1+s.holders%200)
			all.Go(func() {
				if err := s.holdPart(ctx, g, source, count, series); err != nil {
					problems <- err
				}
			})
		}
	}
	all.Wait()
	close(problems)
	var joined error
	for err := range problems {
		joined = errors.Join(joined, err)
	}
	return joined
}

func (s *soak) holdPart(ctx context.Context, g *gateway, source string, count int, series string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	c, err := launch(ctx, s.dir, "hold-"+source, write, nil, self, "hold", "-gateway", g.traffic, "-source", source,
		"-targets", fmt.Sprint(len(s.around.silent)), "-count", fmt.Sprint(count),
		"-ramp", s.phases.ramp.String(), "-wait", (s.around.timeout + patience).String())
	if err != nil {
		return err
	}
	go func() { <-c.ended; write.Close() }()
	got := 0
	for lines := json.NewDecoder(read); ; got++ {
		var h held
		if err := lines.Decode(&h); err != nil {
			break
		}
		s.stuckAnswer(h, series)
	}
	if <-c.ended; c.err != nil || got != count {
		return fmt.Errorf("%s: %d of %d requests ended, %w", c.name, got, count, c.err)
	}
	return nil
}

// stuckAnswer judges one answer: it is the handshake timeout, and not before its time.
func (s *soak) stuckAnswer(h held, series string) {
	s.ledger.sent(stuckKind)
	if h.Err != "" {
		s.ledger.wrongly(stuckKind, fmt.Sprintf("after %v: %s", h.Took, h.Err))
		return
	}
	s.ledger.answered(stuckKind, h.ID, h.Status, h.Fault)
	want, _ := faults.Find(faults.BadGatewayTLSHandshakeTimeout)
	late := h.Took - s.around.timeout
	switch {
	case h.Status != want.Status || h.Fault != want.TraceCode:
		s.ledger.wrongly(stuckKind, fmt.Sprintf("%s %d %s", h.ID, h.Status, h.Fault))
	case late < -10*time.Millisecond:
		s.ledger.wrongly(stuckKind, fmt.Sprintf("%s answered %v too early", h.ID, -late))
	case series != "":
		s.ledger.took(series, late)
	}
}

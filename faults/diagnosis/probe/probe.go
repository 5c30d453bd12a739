package probe

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"message-processor/proxy/channel"
)

const (
	mostAddresses = 64 // of a name; the rest is left out
	atOnce        = 8  // addresses tried at the same time
)

// Run probes p. tell, if there is one, hears of each attempt when it has ended, one at a time. When ctx ends, what is
// under way is judged as far as it came and the report holds what is known by then.
//
// The error is about the plan: a source address that the machine does not have, or of a family that the name has no
// address of, or a request that cannot be sent. What goes wrong on the way to the backend is in the Report.
func Run(ctx context.Context, p Plan, tell func(Attempt)) (Report, error) {
	if err := p.check(); err != nil {
		return Report{}, err
	}
	dialer := p.dialer()
	var attempts []Attempt
	for round := 1; round <= max(p.Count, 1) && (round == 1 || pause(ctx, p.Interval)); round++ {
		done, err := p.round(ctx, dialer, round, tell)
		if err != nil {
			return Report{}, err
		}
		attempts = append(attempts, done...)
	}
	return report(p.target().String(), attempts), nil
}

// pause waits between two rounds, unless ctx ends.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// round resolves the name and tries all its addresses. The attempts come in the order of the addresses.
func (p *Plan) round(ctx context.Context, dialer *channel.Dialer, round int, tell func(Attempt)) ([]Attempt, error) {
	addresses, looked, failed := p.lookup(ctx, dialer)
	if failed != nil {
		if ctx.Err() != nil && looked.took < tellsSomething {
			return nil, nil
		}
		a := p.attempt(looked)
		a.aborted = ctx.Err() != nil
		a.blame(failed, looked.took)
		done := []Attempt{a.result(round)}
		if tell != nil {
			tell(done[0])
		}
		return done, nil
	}
	addresses, err := p.reachable(addresses)
	if err != nil {
		return nil, err
	}
	return p.tryAll(ctx, dialer, addresses, looked, round, tell), nil
}

func (p *Plan) lookup(ctx context.Context, dialer *channel.Dialer) ([]netip.Addr, Step, error) {
	target := p.target()
	timed, cancel := target.ConnectContext(ctx, time.Time{})
	defer cancel()
	began := time.Now()
	addresses, err := dialer.Lookup(timed, target)
	return addresses, step(channel.Lookup, time.Since(began), err), err
}

// reachable are the addresses to try: each once, and with From only those of its family.
func (p *Plan) reachable(addresses []netip.Addr) ([]netip.Addr, error) {
	var list []netip.Addr
	seen := map[netip.Addr]bool{}
	for _, address := range addresses {
		if seen[address] || len(list) == mostAddresses || p.From.IsValid() && address.Is4() != p.From.Unmap().Is4() {
			continue
		}
		seen[address] = true
		list = append(list, address)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("--from: is %s, but %s has no address of that family", p.From, p.Host)
	}
	return list, nil
}

func (p *Plan) tryAll(ctx context.Context, dialer *channel.Dialer, addresses []netip.Addr, looked Step, round int, tell func(Attempt)) []Attempt {
	done := make([]Attempt, len(addresses))
	free := make(chan struct{}, atOnce)
	var telling sync.Mutex
	var all sync.WaitGroup
	for i, address := range addresses {
		free <- struct{}{}
		all.Go(func() {
			a := p.attempt(looked)
			a.run(ctx, dialer, address)
			done[i] = a.result(round)
			<-free
			telling.Lock()
			defer telling.Unlock()
			if tell != nil {
				tell(done[i])
			}
		})
	}
	all.Wait()
	return done
}

package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// stuckTimeout is the handshake timeout of everybody. There is time in it to open all connections and to look at those
// who are well meanwhile.
const stuckTimeout = 10 * time.Second

// healthyPace is the traffic of those who have nothing to do with the stuck backend.
var healthyPace = pace{connections: 16, rate: 500, path: filePath(1 << 10)}

// How long memory has to come back: the gateway's should, of the others it is good to know whether it does at all.
const (
	ownReturn   = 60 * time.Second
	otherReturn = 5 * time.Second
)

// stuckness is what a contender does with many handshakes that hang.
type stuckness struct {
	name      string
	count     int
	kilobytes float64 // of resident memory for each of them

	lateMedian, late99 float64 // of the answers, in ms after the timeout
	unanswered         int     // connections that were closed or got something else than an error

	alone, beside, failing float64 // p99 of the healthy in ms: before, while handshakes hang, while they fail

	backAfter float64       // seconds until the memory was under 1.3 times the start; below 0: not within patience
	patience  time.Duration // for that
}

// getStuck has so many requests whose target accepts the connection and never answers the ClientHello, beside healthy
// ones.
func getStuck(ctx context.Context, g *ground, one entrant, count int) (stuckness, error) {
	found := stuckness{name: one.name, count: count, patience: one.patience}
	silent, err := newQuiet(count)
	if err != nil {
		return found, err
	}
	defer silent.close()
	one.setting.stuck, one.setting.handshakeTimeout = silent.address, stuckTimeout
	p, err := one.start(g, one.setting)
	if err != nil {
		return found, err
	}
	defer p.stop()
	healthy, err := healthyPace.connect(ctx, p.address)
	defer hangUp(healthy)
	if err != nil {
		return found, err
	}
	before, err := found.watchAlone(ctx, p, healthy)
	if err != nil {
		return found, err
	}
	crowd, err := openCrowd(ctx, p.address, count)
	defer crowd.close()
	if err != nil {
		return found, err
	}
	if err := found.watchCrowd(ctx, p, healthy, crowd, before); err != nil {
		return found, err
	}
	crowd.close()
	silent.close()
	found.backAfter = awaitMemory(ctx, p, before, found.patience)
	return found, nil
}

// watchAlone measures the healthy before anything hangs, and returns the memory.
func (s *stuckness) watchAlone(ctx context.Context, p *program, healthy []*asker) (resident int64, err error) {
	if _, err := p99(ctx, healthy, time.Second); err != nil { // fills pools and caches
		return 0, err
	}
	s.alone, err = p99(ctx, healthy, 3*time.Second)
	return p.resident(), err
}

// watchCrowd measures the healthy while all of the crowd hang, which is until the first one's timeout, and while they
// fail.
func (s *stuckness) watchCrowd(ctx context.Context, p *program, healthy []*asker, crowd *crowd, before int64) (err error) {
	allHang := time.Until(crowd.began.Add(stuckTimeout - time.Second))
	if s.beside, err = p99(ctx, healthy, max(allHang, time.Second)); err != nil {
		return err
	}
	s.kilobytes = float64(p.resident()-before) / float64(s.count) / 1024
	if s.failing, err = p99(ctx, healthy, crowd.ended.Sub(crowd.began)+2*time.Second); err != nil {
		return err
	}
	s.note(crowd.wait())
	return nil
}

// p99 is in milliseconds.
func p99(ctx context.Context, healthy []*asker, d time.Duration) (float64, error) {
	latencies, err := healthyPace.run(ctx, healthy, d)
	if err != nil {
		return 0, err
	}
	return float64(percentile(latencies, 99)) / 1e6, nil
}

func (s *stuckness) note(late []int64, unanswered int) {
	s.unanswered = unanswered
	if len(late) > 0 {
		s.lateMedian, s.late99 = float64(percentile(late, 50))/1e6, float64(percentile(late, 99))/1e6
	}
}

// awaitMemory returns the seconds until the memory is back, -1 if that takes too long.
func awaitMemory(ctx context.Context, p *program, before int64, patience time.Duration) float64 {
	began := time.Now()
	for time.Since(began) < patience && ctx.Err() == nil {
		if float64(p.resident()) < 1.3*float64(before) {
			return time.Since(began).Seconds()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return -1
}

// crowd are the clients of the stuck backend.
type crowd struct {
	askers       []*asker
	began, ended time.Time // of opening
	group        sync.WaitGroup
	mutex        sync.Mutex
	late         []int64 // ns after the timeout
	unanswered   int
}

// openCrowd lets so many clients ask, as fast as it takes to be done with it in the first half of the timeout.
func openCrowd(ctx context.Context, address string, count int) (*crowd, error) {
	c := &crowd{began: time.Now()}
	for i := range count {
		if due := c.began.Add(stuckTimeout / 2 * time.Duration(i) / time.Duration(max(count, 2500))); time.Until(due) > 0 {
			time.Sleep(time.Until(due))
		}
		conn, err := dialFrom(ctx, i, address)
		if err != nil {
			return c, fmt.Errorf("client %d of %d: %w", i, count, err)
		}
		a := newAsker(conn, stuckPath)
		c.askers = append(c.askers, a)
		c.group.Go(func() { c.ask(a) })
	}
	c.ended = time.Now()
	return c, nil
}

func (c *crowd) ask(a *asker) {
	began := time.Now()
	status, err := a.ask()
	late := time.Since(began) - stuckTimeout
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err != nil || status < 500 {
		c.unanswered++
		return
	}
	c.late = append(c.late, int64(late))
}

// wait returns when everybody has been answered.
func (c *crowd) wait() (late []int64, unanswered int) {
	c.group.Wait()
	return c.late, c.unanswered
}

func (c *crowd) close() {
	hangUp(c.askers)
	c.group.Wait()
}

// stuckEntrants are those of S5.
func stuckEntrants(g *ground) []entrant {
	all := stuckGateways(g)
	for _, c := range []contender{nginx, haproxy, reverseProxy} {
		all = append(all, entrant{contender: c, setting: secure(g), patience: otherReturn})
	}
	return all
}

// stuckGateways are the gateway as it is, and with the key share that costs less.
func stuckGateways(g *ground) []entrant {
	usual := entrant{contender: gateway, setting: secure(g), patience: ownReturn}
	small := usual
	small.name += ", X25519 only"
	x25519(g, &small.setting)
	return []entrant{usual, small}
}

// mostStuck is how many handshakes can hang here: each takes two descriptors of the gateway, and two of this program.
func (g *ground) mostStuck(wanted int) int { return min(wanted, int(g.files-500)/2) }

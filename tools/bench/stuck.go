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
	ownReturn   = 30 * time.Second
	otherReturn = 5 * time.Second
)

// stuckness is what a contender does with many handshakes that hang.
type stuckness struct {
	name  string
	count int

	lateMedian, late99 float64 // of the answers, in ms after the timeout
	unanswered         int     // connections that were closed or got something else than an error

	alone, beside, failing float64 // p99 of the healthy in ms: before, while handshakes hang, while they fail

	before, with, after int64         // resident memory in bytes: alone, with all of them, the least there was afterwards
	backAfter           float64       // seconds until it was under 1.3 times the start; below 0: not within patience
	patience            time.Duration // for that
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
	if err := found.watchAlone(ctx, p, healthy); err != nil {
		return found, err
	}
	crowd, err := openCrowd(ctx, p.address, count)
	defer crowd.close()
	if err != nil {
		return found, err
	}
	if err := found.watchCrowd(ctx, p, healthy, crowd); err != nil {
		return found, err
	}
	crowd.close()
	silent.close()
	found.awaitMemory(ctx, p)
	return found, nil
}

// watchAlone measures the healthy and the memory before anything hangs.
func (s *stuckness) watchAlone(ctx context.Context, p *program, healthy []*asker) (err error) {
	if _, err := p99(ctx, healthy, time.Second); err != nil { // fills pools and caches
		return err
	}
	s.alone, err = p99(ctx, healthy, 3*time.Second)
	s.before = p.resident()
	return err
}

// watchCrowd measures the healthy while all of the crowd hang, which is until the first one's timeout, and while they
// fail.
func (s *stuckness) watchCrowd(ctx context.Context, p *program, healthy []*asker, crowd *crowd) (err error) {
	allHang := time.Until(crowd.began.Add(stuckTimeout - time.Second))
	if s.beside, err = p99(ctx, healthy, max(allHang, time.Second)); err != nil {
		return err
	}
	s.with = p.resident()
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

// kilobytes is what each of them takes.
func (s *stuckness) kilobytes() float64 { return float64(s.with-s.before) / float64(s.count) / 1024 }

// awaitMemory watches the memory until it is back, or patience ends.
func (s *stuckness) awaitMemory(ctx context.Context, p *program) {
	s.after, s.backAfter = s.with, -1
	for began := time.Now(); time.Since(began) < s.patience && ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		s.after = min(s.after, p.resident())
		if float64(s.after) < 1.3*float64(s.before) {
			s.backAfter = time.Since(began).Seconds()
			return
		}
	}
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

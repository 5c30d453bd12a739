package channel

import (
	"sync"
	"sync/atomic"
	"time"
)

// Pool keeps idle Channels for the next exchange, by Target.Key. It may be used
// by many goroutines. Its one goroutine closes what has been idle too long;
// Close stops it.
type Pool struct {
	perTarget int
	wake      chan struct{} // the sweeper has to get up earlier than it thought
	done      chan struct{}
	reused    atomic.Uint64

	mu     sync.Mutex
	idle   map[string][]*Channel // the last one put is at the end
	next   time.Time             // when the sweeper gets up; zero: nothing to sweep
	stats  Stats
	closed bool
}

// Stats counts what a Pool holds and has done.
type Stats struct {
	Idle    int    // Channels held now
	Reused  uint64 // handed out
	Stale   uint64 // found ended or talking unasked when looked at
	Expired uint64 // idle for too long
}

// NewPool starts a pool that keeps at most perTarget idle Channels of one
// target; none at all if that is zero or less.
func NewPool(perTarget int) *Pool {
	p := &Pool{
		perTarget: perTarget,
		wake:      make(chan struct{}, 1),
		done:      make(chan struct{}),
		idle:      make(map[string][]*Channel),
	}
	go p.sweeper()
	return p
}

// Take hands out the Channel that became idle last, with a use count one higher,
// or nil. It is looked at first: one that the peer has ended, or on which bytes
// arrived that nobody asked for, is closed and the next is tried. What remains is
// the race with a peer that closes at this very moment: nothing is retried.
func (p *Pool) Take(t *Target) *Channel {
	for {
		c := p.pop(t.key)
		if c == nil {
			return nil
		}
		if c.healthy() {
			c.target = t // same connection, maybe other timers after a reload
			c.uses.Add(1)
			p.reused.Add(1)
			return c
		}
		c.close(Stale)
		p.count(func(s *Stats) { s.Stale++ })
	}
}

func (p *Pool) pop(key string) *Channel {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[key]
	if len(list) == 0 {
		return nil
	}
	c := list[len(list)-1]
	if !time.Now().Before(c.until) {
		return nil // so are the others, by now; the sweeper is on its way
	}
	list[len(list)-1] = nil
	p.idle[key] = list[:len(list)-1]
	p.stats.Idle--
	return c
}

func (p *Pool) count(change func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.stats)
}

// Put takes over c, whose exchange is complete: whether both sides want to keep
// it alive is the caller's to know. Slices of the last response's head end here.
// c is closed instead when its target keeps nothing alive, when something is left
// in its reader, when there are enough of its kind, or when the pool is closed.
func (p *Pool) Put(c *Channel) {
	keep := c.target.timeouts.KeepAlive
	switch {
	case keep <= 0 || c.closed.Load():
		c.Close()
	case !c.drained():
		c.close(Unread)
	default:
		if why, refused := p.push(c, time.Now().Add(keep)); refused {
			c.close(why)
		}
	}
}

func (p *Pool) push(c *Channel, until time.Time) (why Reason, refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[c.target.key]
	switch {
	case p.closed:
		return Stopped, true
	case len(list) >= p.perTarget:
		return Full, true
	}
	c.until = until
	p.idle[c.target.key] = append(list, c)
	p.stats.Idle++
	if p.next.IsZero() || until.Before(p.next) {
		p.next = until
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	return 0, false
}

// Retain closes the idle Channels of every target whose key is not among keys:
// after a reload those targets are gone.
func (p *Pool) Retain(keys map[string]bool) {
	p.remove(Retired, func(key string, _ *Channel) bool { return !keys[key] })
}

// Stats returns the counts.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := p.stats
	stats.Reused = p.reused.Load()
	return stats
}

// Close closes all idle Channels and waits for the pool's goroutine to end. What
// is put later is closed at once.
func (p *Pool) Close() {
	p.mu.Lock()
	already := p.closed
	p.closed = true
	p.mu.Unlock()
	if !already {
		close(p.wake)
	}
	<-p.done
	p.remove(Stopped, func(string, *Channel) bool { return true })
}

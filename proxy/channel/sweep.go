package channel

import "time"

// sweeper closes Channels when their idle limit ends. It sleeps until the next
// one is due.
func (p *Pool) sweeper() {
	defer close(p.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case _, running := <-p.wake:
			if !running {
				return
			}
		case <-timer.C:
			p.expire(time.Now())
		}
		if next := p.due(); !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

func (p *Pool) due() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

func (p *Pool) expire(now time.Time) {
	gone := p.remove(Expired, func(_ string, c *Channel) bool { return !now.Before(c.until) })
	p.count(func(s *Stats) { s.Expired += uint64(gone) })
}

// remove closes the idle Channels that match, outside the lock, and notes when
// the next of the others is due.
func (p *Pool) remove(why Reason, match func(key string, c *Channel) bool) int {
	gone := p.detach(match)
	for _, c := range gone {
		c.close(why)
	}
	return len(gone)
}

func (p *Pool) detach(match func(key string, c *Channel) bool) (gone []*Channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = time.Time{}
	for key, list := range p.idle {
		kept := list[:0]
		for _, c := range list {
			if match(key, c) {
				gone = append(gone, c)
				continue
			}
			kept = append(kept, c)
			if p.next.IsZero() || c.until.Before(p.next) {
				p.next = c.until
			}
		}
		clear(list[len(kept):])
		p.idle[key] = kept
		if len(kept) == 0 {
			delete(p.idle, key)
		}
	}
	p.stats.Idle -= len(gone)
	return gone
}

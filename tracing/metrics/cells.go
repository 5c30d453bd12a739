package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Bounds of how many cells there are. The second is what the OpenTelemetry SDK takes for its own instruments. A proxy
// with a balancer of ten servers, five methods and twenty statuses is within the first only because few of the
// combinations happen.
const (
	maxPerRoute = 400
	maxCells    = 2000
)

// cells finds the cell of a key. Looking up takes no lock; what is missing is added to a copy, which happens as often as
// there are cells.
type cells struct {
	current atomic.Pointer[map[key]*cell]
	last    atomic.Pointer[cell] // that was asked for: most requests are like the one before

	mutex    sync.Mutex // of adding
	perRoute map[route]int
}

func newCells() *cells {
	c := &cells{perRoute: map[route]int{}}
	c.current.Store(&map[key]*cell{})
	return c
}

func (c *cells) all() map[key]*cell { return *c.current.Load() }

// of returns the cell of k, or the one that it shares with others because there is no room.
func (c *cells) of(k key) *cell {
	if last := c.last.Load(); last != nil && last.key == k {
		return last
	}
	all := c.all()
	if found := all[k]; found != nil {
		c.last.Store(found)
		return found
	}
	if found := all[k.overRoute()]; found != nil {
		return found
	}
	if found := all[overall()]; found != nil {
		return found
	}
	return c.add(k)
}

func (c *cells) add(k key) *cell {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	all := c.all()
	switch {
	case len(all) >= maxCells:
		k = overall()
	case c.perRoute[k.route] >= maxPerRoute:
		k = k.overRoute()
	}
	if found := all[k]; found != nil {
		return found // somebody else was quicker
	}
	c.perRoute[k.route]++
	added := newCell(k)
	next := maps.Clone(all)
	next[k] = added
	c.current.Store(&next)
	return added
}

package monitor

// The bounds of a minute, see the package comment.
const (
	maxExact  = 200 // series that are told apart
	maxCoarse = 300 // with those by status class; of "(other)" there are only as many as classes and fault sources
)

// cell is one series of a minute under way.
type cell struct {
	key           *Key
	count         uint64
	total, target histogram[uint32]
}

// add counts a request. It tells how many there are now, and whether none of them took longer.
func (c *cell) add(total, target uint64, reached bool) (n uint64, slowest bool) {
	slowest = total > c.total.max
	c.count++
	c.total.add(total)
	if reached {
		c.target.add(target)
	}
	return c.count, slowest
}

// open is a minute under way.
type open struct {
	minute int64 // since 1970
	index  map[Key]int
	cells  []cell
	last   int // cell that was found: most requests are like the one before
}

// find returns the cell of a key, or of what stands for it where there are too many.
func (o *open) find(k Key, intern func(Key) *Key) *cell {
	if o.last < len(o.cells) && *o.cells[o.last].key == k {
		return &o.cells[o.last]
	}
	if i, ok := o.index[k]; ok {
		o.last = i
		return &o.cells[i]
	}
	if len(o.cells) >= maxExact {
		if i, ok := o.index[k.coarse()]; ok {
			return &o.cells[i]
		}
		if k = k.coarse(); len(o.cells) >= maxCoarse {
			k = k.other()
		}
		if i, ok := o.index[k]; ok {
			return &o.cells[i]
		}
	}
	i := len(o.cells)
	if i == cap(o.cells) {
		o.cells = append(o.cells, cell{})
	}
	o.cells = o.cells[:i+1]
	o.cells[i] = cell{key: intern(k)}
	o.index[k] = i
	return &o.cells[i]
}

func (o *open) reset(minute int64) {
	o.minute, o.cells = minute, o.cells[:0]
	clear(o.index)
}

// packed is a minute that is over. It never changes, so that it can be read without a lock.
type packed struct {
	minute int64
	series []packedSeries
	bytes  []byte // the histograms' buckets
}

type packedSeries struct {
	key           *Key
	count         uint64
	total, target packedHistogram
}

// packedHistogram is a histogram whose buckets are in the minute's bytes, from to to.
type packedHistogram struct {
	n, sum, least, max uint64
	from, to           uint32
}

// size is what a packed minute takes, in bytes, roughly.
func (p *packed) size() int { return 96 + len(p.series)*128 + cap(p.bytes) }

// pack copies the minute into as little memory as it needs.
func (o *open) pack(scratch []byte) (*packed, []byte) {
	p := &packed{minute: o.minute, series: make([]packedSeries, len(o.cells))}
	scratch = scratch[:0]
	for i := range o.cells {
		c, s := &o.cells[i], &p.series[i]
		s.key, s.count = c.key, c.count
		s.total, scratch = packHistogram(&c.total, scratch)
		s.target, scratch = packHistogram(&c.target, scratch)
	}
	p.bytes = append(make([]byte, 0, len(scratch)), scratch...)
	return p, scratch
}

package monitor

// maxBy is by how many dimensions series can be told apart: all there are.
const maxBy = 8

// builder makes the series of an answer from minutes, oldest first.
type builder struct {
	query      Query
	step, from int64
	rows       map[[maxBy]string]*row
	order      []*row
	empty      []float64 // the point of an interval without requests
	answer     Answer
}

// row is a series in the making. Only one interval of it is under way at a time.
type row struct {
	values   [maxBy]string
	points   [][]float64
	count    uint64
	interval int
	sums     sums
}

// sums are what the requests of an interval add up to.
type sums struct {
	count, faults uint64
	latencies     *latencies // nil if nobody asks for them
}

type latencies struct{ total, target histogram[uint64] }

func (b *builder) add(p *packed) {
	interval := int((p.minute - b.from) / b.step)
	for i := range p.series {
		s := &p.series[i]
		if !holdAll(b.query.Where, s.key) {
			continue
		}
		r := b.row(s.key)
		if r.interval != interval {
			b.settle(r)
			r.interval = interval
		}
		r.count += s.count
		r.sums.add(s, p.bytes)
	}
}

func (s *sums) add(p *packedSeries, bytes []byte) {
	s.count += p.count
	if p.key.IsFault() {
		s.faults += p.count
	}
	if s.latencies != nil {
		p.total.addTo(&s.latencies.total, bytes)
		p.target.addTo(&s.latencies.target, bytes)
	}
}

// row finds the series of a key.
func (b *builder) row(k *Key) *row {
	var values [maxBy]string
	for i, d := range b.query.By[:min(len(b.query.By), maxBy)] {
		values[i] = k.Value(d)
	}
	r := b.rows[values]
	if r == nil && len(b.rows) >= min(maxRows, maxPlaces/max(len(b.answer.Starts), 1)) {
		for i := range b.query.By[:min(len(b.query.By), maxBy)] {
			values[i] = Other
		}
		r = b.rows[values]
	}
	if r == nil {
		r = &row{values: values, interval: -1}
		if b.wantsLatencies() {
			r.sums.latencies = &latencies{}
		}
		b.rows[values] = r
		b.order = append(b.order, r)
	}
	return r
}

func (b *builder) wantsLatencies() bool {
	for _, m := range b.query.Metrics {
		if m.Kind == TotalLatency || m.Kind == TargetLatency {
			return true
		}
	}
	return false
}

// settle measures the interval under way, if there is one, and those without requests before it.
func (b *builder) settle(r *row) {
	if r.interval < 0 {
		return
	}
	b.fill(r, r.interval)
	r.points = append(r.points, b.measure(&r.sums))
	latencies := r.sums.latencies
	if r.sums = (sums{latencies: latencies}); latencies != nil {
		latencies.total, latencies.target = histogram[uint64]{}, histogram[uint64]{}
	}
}

// fill adds points without requests up to an interval.
func (b *builder) fill(r *row, interval int) {
	if b.empty == nil {
		b.empty = b.measure(&sums{latencies: &latencies{}})
	}
	for len(r.points) < interval {
		r.points = append(r.points, b.empty)
	}
}

func (b *builder) measure(s *sums) []float64 {
	point := make([]float64, len(b.query.Metrics))
	for i, m := range b.query.Metrics {
		point[i] = m.value(s, float64(b.step*60))
	}
	return point
}

func (b *builder) finish() Answer {
	for _, r := range b.order {
		b.settle(r)
		b.fill(r, len(b.answer.Starts))
		b.answer.Series = append(b.answer.Series, Series{
			Values: append([]string{}, r.values[:min(len(b.query.By), maxBy)]...), Points: r.points, Count: r.count})
	}
	return b.answer
}

package monitor

import (
	"math/bits"
	"time"
)

// Durations are sorted into buckets of a logarithmic scale in microseconds: four to every doubling, from 32 µs to 268 s,
// one below and one above. A percentile read from them is off by a tenth at most.
const (
	lowest  = 5  // the first bucket is below 2^lowest µs
	highest = 28 // the last is from 2^highest µs on
	buckets = (highest-lowest)*4 + 2
)

// bucketOf is the number of the bucket of a duration.
func bucketOf(us uint64) int {
	switch {
	case us < 1<<lowest:
		return 0
	case us >= 1<<highest:
		return buckets - 1
	}
	exponent := bits.Len64(us) - 1
	return 1 + (exponent-lowest)*4 + int(us>>(exponent-2)&3)
}

// floorOf is the shortest duration of a bucket, in microseconds.
func floorOf(bucket int) uint64 {
	if bucket == 0 {
		return 0
	}
	return uint64(4+(bucket-1)%4) << (lowest + (bucket-1)/4 - 2)
}

// histogram is the durations of many requests. The zero histogram has none.
type histogram[N uint32 | uint64] struct {
	counts [buckets]N
	n      uint64
	sum    uint64 // µs
	least  uint64 // µs, of n > 0
	max    uint64 // µs
}

func (h *histogram[N]) add(us uint64) {
	h.counts[bucketOf(us)]++
	if h.n == 0 || us < h.least {
		h.least = us
	}
	h.n++
	h.sum += us
	h.max = max(h.max, us)
}

// mean and percentile are in milliseconds; ok is false if there are no durations.
func (h *histogram[N]) mean() (ms float64, ok bool) {
	if h.n == 0 {
		return 0, false
	}
	return float64(h.sum) / float64(h.n) / 1000, true
}

// percentile finds the duration that p of 100 requests did not exceed. Within its bucket they are taken to be spread
// evenly, but not below the shortest or above the longest of all: a timeout that all of them ran into is read as it is.
func (h *histogram[N]) percentile(p float64) (ms float64, ok bool) {
	if h.n == 0 {
		return 0, false
	}
	rank := p / 100 * float64(h.n)
	below := 0.0
	for i, count := range h.counts {
		if count == 0 || below+float64(count) < rank {
			below += float64(count)
			continue
		}
		floor, ceiling := max(floorOf(i), h.least), h.max
		if i < buckets-1 {
			ceiling = min(floorOf(i+1), h.max)
		}
		share := max(rank-below, 0) / float64(count)
		return (float64(floor) + share*float64(max(ceiling, floor)-floor)) / 1000, true
	}
	return float64(h.max) / 1000, true
}

// microseconds of a duration; a clock that was set back does not make them negative.
func microseconds(d time.Duration) uint64 { return uint64(max(d, 0) / time.Microsecond) }

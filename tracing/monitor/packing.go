package monitor

import "encoding/binary"

// packHistogram appends the histogram's buckets to dst.
func packHistogram(h *histogram[uint32], dst []byte) (packedHistogram, []byte) {
	p := packedHistogram{n: h.n, sum: h.sum, least: h.least, max: h.max, from: uint32(len(dst))}
	dst = packBuckets(dst, &h.counts)
	p.to = uint32(len(dst))
	return p, dst
}

// packBuckets appends the buckets that are not empty: how many empty ones are before each, and its count, as varints.
func packBuckets(dst []byte, counts *[buckets]uint32) []byte {
	last := -1
	for i, count := range counts {
		if count == 0 {
			continue
		}
		dst = append(dst, byte(i-last-1))
		dst = binary.AppendUvarint(dst, uint64(count))
		last = i
	}
	return dst
}

// addPacked adds what packBuckets has written to the counts.
func addPacked(counts *[buckets]uint64, src []byte) {
	for i := -1; len(src) > 0; {
		i += int(src[0]) + 1
		count, n := binary.Uvarint(src[1:])
		counts[i] += count
		src = src[1+n:]
	}
}

// addTo adds the histogram to another. bytes are those of its minute.
func (p *packedHistogram) addTo(h *histogram[uint64], bytes []byte) {
	if p.n > 0 && (h.n == 0 || p.least < h.least) {
		h.least = p.least
	}
	h.n += p.n
	h.sum += p.sum
	h.max = max(h.max, p.max)
	addPacked(&h.counts, bytes[p.from:p.to])
}

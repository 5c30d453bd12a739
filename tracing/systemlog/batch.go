package systemlog

const (
	// chunkSize bounds one write, so that the room of what is written is freed bit by bit and a hung disk holds little.
	chunkSize = 64 << 10
	// keptBuffer is how large a buffer may be to be used again after a burst.
	keptBuffer = 1 << 20
)

// batch is a run of rendered events and how far it has been written.
type batch struct {
	data []byte
	ends []int // offset behind each event
	off  int   // bytes written
	next int   // the first event not completely written
}

func (b *batch) reset() {
	if cap(b.data) > keptBuffer {
		*b = batch{}
	}
	*b = batch{data: b.data[:0], ends: b.ends[:0]}
}

func (b *batch) add(line []byte) {
	b.data = append(b.data, line...)
	b.ends = append(b.ends, len(b.data))
}

func (b *batch) done() bool { return b.next == len(b.ends) }

// start is the offset of the first event not completely written.
func (b *batch) start() int {
	if b.next == 0 {
		return 0
	}
	return b.ends[b.next-1]
}

// chunk is what to write next: the rest of one event and as many whole ones as fit.
func (b *batch) chunk() []byte {
	last := b.next
	for last+1 < len(b.ends) && b.ends[last+1]-b.off <= chunkSize {
		last++
	}
	return b.data[b.off:b.ends[last]]
}

// advance notes that n more bytes were written and returns how many events, of how many bytes, that completed.
func (b *batch) advance(n int) (events, bytes int) {
	first, from := b.next, b.start()
	b.off += n
	for b.next < len(b.ends) && b.ends[b.next] <= b.off {
		b.next++
	}
	return b.next - first, b.start() - from
}

// rewind goes back to the beginning of an event written in part.
func (b *batch) rewind() { b.off = b.start() }

// skip passes over everything not completely written and returns how many events, of how many bytes, that is.
func (b *batch) skip() (events, bytes int) { return b.advance(len(b.data) - b.off) }

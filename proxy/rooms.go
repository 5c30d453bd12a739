package proxy

import "sync"

// maxRoom is the largest buffer worth keeping, in bytes: what a body at the default
// limit of 10 MB ends in, which grew on the way.
const maxRoom = 16 << 20

// rooms keeps the buffers of large messages for the next ones. Getting them fresh
// costs more than reading what they hold, because the kernel has to clear them.
// What nobody takes for a while goes with the garbage.
type rooms struct{ pool sync.Pool }

// widen returns a buffer for a message of which size bytes are announced: buf, or
// a larger one that was kept, with the bytes of buf in it. An announcement costs
// its sender nothing, so no memory is made for it here.
func (r *rooms) widen(buf []byte, size int64) []byte {
	if size <= keptBuffer || cap(buf) > keptBuffer {
		return buf
	}
	kept, ok := r.pool.Get().(*[]byte)
	if !ok {
		return buf
	}
	return append((*kept)[:0], buf...)
}

// keep takes a large buffer back, whose bytes nobody needs any more.
func (r *rooms) keep(buf []byte) {
	if cap(buf) <= maxRoom {
		r.pool.Put(&buf)
	}
}

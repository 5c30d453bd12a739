package wire

import (
	"io"
	"sync"
)

const (
	// bufferSize holds the usual head, and a small body with it, in one read.
	bufferSize = 8 << 10
	// minRoom is the least room behind a pinned head that is worth a read.
	minRoom = 1 << 10
	// maxEmptyReads is how often src may return neither bytes nor an error before that is one.
	maxEmptyReads = 100
)

// buffers is shared by all Readers: the one piece of state here that outlives a connection.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func putBuffer(b []byte) { buffers.Put((*[bufferSize]byte)(b[:bufferSize])) }

// takeBuffer starts with an empty buffer. The old array is left to those who hold slices of it.
func (r *Reader) takeBuffer() {
	r.buf = buffers.Get().(*[bufferSize]byte)[:0]
	r.pos, r.pin, r.pooled, r.idle = 0, 0, true, false
}

// unpin gives up the last head. What is unread stays where it is until it needs room.
func (r *Reader) unpin() {
	r.pin, r.head = 0, nil
	switch {
	case r.Buffered() > 0:
	case cap(r.buf) < bufferSize:
		r.buf, r.pos = nil, 0
	default:
		r.buf, r.pos = r.buf[:0], 0
	}
}

// makeRoom makes place behind the unread bytes while no head is pinned, and tells whether that moved them. It moves them to
// the front once and doubles from then on, so that all moves together cost no more than the bytes themselves.
func (r *Reader) makeRoom() (moved bool) {
	switch {
	case len(r.buf) < cap(r.buf):
		return false
	case r.pos > 0 && r.Buffered() <= cap(r.buf)/2:
		r.buf = append(r.buf[:0], r.buf[r.pos:]...)
		r.pos = 0
	default:
		r.grow()
	}
	return true
}

func (r *Reader) grow() {
	unread := r.buf[r.pos:]
	if size := 2 * len(unread); size <= bufferSize {
		r.takeBuffer()
	} else {
		r.buf, r.pos, r.pooled = make([]byte, 0, size), 0, false
	}
	r.buf = append(r.buf, unread...)
}

// refill replaces consumed bytes by new ones, behind the pinned head. Nothing may be unread.
func (r *Reader) refill() error {
	if cap(r.buf)-r.pin < minRoom {
		r.takeBuffer()
	}
	r.buf, r.pos = r.buf[:r.pin], r.pin
	return r.fill()
}

// fill reads once into the room behind the unread bytes.
func (r *Reader) fill() error {
	n, err := r.read(r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+n]
	return err
}

// bypass tells whether p takes as much as the buffer would: then the bytes need not go through it.
func (r *Reader) bypass(p []byte) bool { return len(p) >= max(cap(r.buf)-r.pin, minRoom) }

// consume hands body bytes to p.
func (r *Reader) consume(p []byte) (int, error) {
	if r.Buffered() == 0 {
		if r.bypass(p) {
			return r.read(p)
		}
		if err := r.refill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.pos:])
	r.pos += n
	return n, nil
}

// read reads src once and returns bytes or an error, never both.
func (r *Reader) read(p []byte) (int, error) {
	if err := r.held; err != nil {
		r.held = nil
		return 0, err
	}
	for range maxEmptyReads {
		n, err := r.src.Read(p)
		if n > 0 {
			r.held = err
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

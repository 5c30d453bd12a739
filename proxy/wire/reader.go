package wire

import "io"

// Reader is the read side of one connection: a buffer over src, taken from a pool when the first byte is wanted. The bytes
// of the current head are pinned: body is read behind them or past the buffer, and if that leaves too little room a new
// buffer is taken and the old one is left to the head. One goroutine at a time may use a Reader.
type Reader struct {
	src    io.Reader
	buf    []byte // what was read; [pos:] is unread
	pos    int
	pin    int   // [:pin] belongs to the current head and stays as it is
	held   error // came together with bytes and is due once they are handed out
	head   *Head // the current head; a Body asks it which trailers end here
	scan   scanner
	pooled bool    // buf came from the pool
	idle   bool    // buf was given back; wait without one
	first  [1]byte // what ends the wait
}

// NewReader returns a Reader over src. The bytes of initial were read from src already and come first; they are taken over
// and must not be changed by the caller.
func NewReader(src io.Reader, initial []byte) *Reader {
	return &Reader{src: src, buf: initial[:len(initial):len(initial)]}
}

// Reset makes r read from src and forgets everything buffered. The slices of the last head are void.
func (r *Reader) Reset(src io.Reader) {
	*r = Reader{src: src, buf: r.buf[:0], pooled: r.pooled, idle: r.idle}
}

// ReadRequest reads until one head is complete and fills req with it; its slices stay valid until the next call, Reset or
// Release. The error is io.EOF if the peer closed before the first byte (a lone CRLF is none), io.ErrUnexpectedEOF if it
// closed inside the head, an *[Error] if the head is refused, else that of src as it is. After an *[Error] r must not be
// used further; after a timeout it may be.
func (r *Reader) ReadRequest(req *Request, lim Limits) error {
	err := r.readHead(func(s *scanner, buf []byte) (int, error) { return req.scan(s, buf, lim) })
	r.head = &req.Head
	if err == io.EOF && r.Buffered() > 0 && string(r.buf[r.pos:]) != "\r\n" {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ReadResponse does the same for a response to a request with this method. Interim responses (1xx) are returned like any
// other: the caller calls again.
func (r *Reader) ReadResponse(resp *Response, method []byte, lim Limits) error {
	err := r.readHead(func(s *scanner, buf []byte) (int, error) { return resp.scan(s, buf, method, lim) })
	r.head = &resp.Head
	if err == io.EOF && r.Buffered() > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *Reader) readHead(scan func(*scanner, []byte) (int, error)) error {
	r.unpin()
	r.scan = scanner{}
	for {
		n, err := scan(&r.scan, r.buf[r.pos:])
		if err == nil {
			r.pos += n
			r.pin = r.pos
			return nil
		}
		if err != ErrIncomplete {
			return err
		}
		// Slices and positions hold for one array only: where the bytes moved, the scan starts again at once, so that
		// what is known of the head is right even if no more of it comes.
		if r.makeRoom() {
			r.scan = scanner{}
			continue
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// Buffered returns the number of bytes read from src and not consumed: those after the current head or what was read of its
// body.
func (r *Reader) Buffered() int { return len(r.buf) - r.pos }

// Take hands out the unread bytes, nil if there are none, and consumes them: the start of what an Upgrade's tunnel carries.
// They stay valid, and so does the current head.
func (r *Reader) Take() []byte {
	if r.Buffered() == 0 {
		return nil
	}
	rest := r.buf[r.pos:len(r.buf):len(r.buf)]
	r.buf, r.pos, r.pin, r.pooled = nil, 0, 0, false
	return rest
}

// WaitByte blocks until at least one unread byte is buffered, or returns the error of src, io.EOF if it ended. It consumes
// nothing and may be repeated after a timeout. After Release it waits without a buffer, at the price of one more read.
func (r *Reader) WaitByte() error {
	switch {
	case r.Buffered() > 0:
		return nil
	case !r.idle:
		return r.refill()
	}
	if _, err := r.read(r.first[:]); err != nil {
		return err
	}
	r.takeBuffer()
	r.buf = append(r.buf, r.first[0])
	return nil
}

// Release gives the buffer back, so that an idle connection keeps none. It does nothing while there are unread bytes. The
// slices of the last head are void.
func (r *Reader) Release() {
	if r.Buffered() > 0 {
		return
	}
	if r.pooled {
		putBuffer(r.buf)
	}
	r.buf, r.pos, r.pin, r.pooled = nil, 0, 0, false
	r.head, r.idle = nil, true
}

package wire

import (
	"io"
	"slices"
)

// Body reads one body in its framing from a Reader, and not one byte behind it. The zero Body is an empty one; one value may
// be used for any number of bodies and keeps its room.
type Body struct {
	r        *Reader
	framing  Framing
	left     int64 // bytes still to come of the body, or of the current chunk
	err      error // what every further Read returns; io.EOF after the proper end
	chunk    chunk
	trailers trailers
}

// Reset makes b the body behind the head that r read last. lim.Headers bounds the trailer lines of a chunked body.
func (b *Body) Reset(r *Reader, f Framing, length int64, lim Limits) {
	*b = Body{r: r, framing: f, trailers: b.trailers}
	b.trailers.reset(lim.Headers)
	if f == Length {
		b.left = length
	}
	if f == NoBody || f == Length && length == 0 {
		b.err = io.EOF
	}
}

// Done tells whether the body was read to its proper end. It may be true before a Read returned io.EOF: as soon as the last
// byte of the message is in the buffer and everything before was handed out.
func (b *Body) Done() bool { return b.framing == NoBody || b.err == io.EOF }

// Trailers returns the trailer lines of a chunked body that is Done, each with its CRLF, without those that may not be
// trailers or not be forwarded. Valid until the next Reset.
func (b *Body) Trailers() []byte {
	if !b.Done() {
		return nil
	}
	return b.trailers.lines
}

// Read returns what is there, as it arrives: it waits only while it has nothing to give. The error is io.EOF at the proper
// end, io.ErrUnexpectedEOF if the peer closed before it, an *[Error] for chunks or trailers that no strict reader accepts,
// else that of the connection as it is; after such an error, a timeout for one, Read may be called again.
func (b *Body) Read(p []byte) (n int, err error) {
	switch {
	case b.Done():
		return 0, io.EOF
	case b.err != nil:
		return 0, b.err
	case len(p) == 0:
		return 0, nil
	case b.framing == Chunked:
		return b.readChunked(p)
	case b.framing == Length:
		return b.readLength(p)
	}
	n, err = b.r.consume(p)
	if err == io.EOF {
		b.err = io.EOF
	}
	return n, err
}

func (b *Body) readLength(p []byte) (int, error) {
	n, err := b.r.consume(p[:min(int64(len(p)), b.left)])
	if b.left -= int64(n); b.left == 0 {
		b.err = io.EOF
	}
	return n, b.cutOff(err)
}

// cutOff turns the end of the connection inside a body into what it is.
func (b *Body) cutOff(err error) error {
	if err == io.EOF {
		b.err = io.ErrUnexpectedEOF
		return b.err
	}
	return err
}

// AppendTo reads the whole body behind dst. The error is [ErrTooBig] as soon as the body is known to be longer than max: from
// its length or that of a chunk before they are read. What was read until an error is returned with it.
func (b *Body) AppendTo(dst []byte, max int64) ([]byte, error) {
	start := len(dst)
	for !b.Done() {
		var err error
		if dst, err = b.AppendSome(dst, max-int64(len(dst)-start)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// AppendSome is a step of AppendTo for callers who have something to say between two: it reads, at most once from the
// connection, what comes next of the body behind dst. max is how much may still come. At the body's end it changes
// nothing.
func (b *Body) AppendSome(dst []byte, max int64) ([]byte, error) {
	if b.announced() > max {
		return dst, ErrTooBig
	}
	if b.Done() {
		return dst, nil
	}
	dst = b.grow(dst)
	n, err := b.Read(dst[len(dst):cap(dst)])
	dst = dst[:len(dst)+n]
	if int64(n) > max {
		return dst, ErrTooBig
	}
	if err == io.EOF {
		err = nil
	}
	return dst, err
}

// announced returns how many bytes are known to follow.
func (b *Body) announced() int64 {
	if b.Done() {
		return 0
	}
	return b.left
}

// grow makes room for a read. A length is believed only so far: room for more comes when that much has come. It doubles, so
// that what has come is copied about once.
func (b *Body) grow(dst []byte) []byte {
	const least = 512
	most := int64(max(64<<10, len(dst)))
	room := int64(cap(dst) - len(dst))
	switch {
	case b.framing == Length && room < b.left:
		return slices.Grow(dst, int(min(b.left, most)))
	case b.framing != Length && room < least:
		return slices.Grow(dst, max(least, int(min(b.left, 64<<10))))
	}
	return dst
}

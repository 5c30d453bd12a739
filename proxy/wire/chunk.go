package wire

import "strconv"

const (
	maxSizeDigits = 16
	// maxExtension bounds the chunk extensions of one chunk, which are read over (RFC 9112 7.1.1).
	maxExtension = 256
	// maxOverhead bounds the extensions of a whole body, less twice the bytes of its chunks: nobody can make the gateway read
	// much for little.
	maxOverhead = 16 << 10
)

// chunkState says which part of the chunked coding comes next.
type chunkState uint8

const (
	inSize      chunkState = iota // digits, or what ends them
	inBlanks                      // blanks that only an extension may follow
	inExtension                   // up to the CR
	sizeLF                        // the LF after the size line's CR
	inData
	dataCR
	dataLF
	inTrailers
)

// chunk is the place in the chunked coding (RFC 9112 7.1). The rest of the chunk's bytes is Body.left.
type chunk struct {
	state     chunkState
	digits    int // of the size
	extension int // bytes between size and CR
	overhead  int64
}

// readChunked hands out what is buffered, across chunks, and waits only if that is nothing.
func (b *Body) readChunked(p []byte) (int, error) {
	for {
		if n := b.decode(p); n > 0 {
			return n, nil
		}
		if b.err != nil {
			return 0, b.err
		}
		if data := p[:min(int64(len(p)), b.left)]; b.chunk.state == inData && b.r.bypass(data) {
			n, err := b.r.read(data)
			b.took(n)
			return n, b.cutOff(err)
		}
		if err := b.r.refill(); err != nil {
			return 0, b.cutOff(err)
		}
	}
}

// decode works off the buffer until p is full and data comes next, or the buffer is empty, or b.err is set. It reads past the
// end of p as far as there is no data, so that the end of the body is seen together with its last byte.
func (b *Body) decode(p []byte) (n int) {
	r := b.r
	for b.err == nil && r.Buffered() > 0 {
		switch b.chunk.state {
		case inData:
			if n == len(p) {
				return n
			}
			m := copy(p[n:], r.buf[r.pos:r.pos+int(min(b.left, int64(r.Buffered())))])
			r.pos += m
			n += m
			b.took(m)
		case inTrailers:
			b.err = b.trailers.read(r)
		default:
			c := r.buf[r.pos]
			r.pos++
			b.err = b.step(c)
		}
	}
	return n
}

// took counts data bytes of the current chunk.
func (b *Body) took(n int) {
	if b.left -= int64(n); b.left == 0 {
		b.chunk.state = dataCR
	}
}

// step judges one octet that is neither data nor trailer.
func (b *Body) step(c byte) error {
	switch b.chunk.state {
	case inSize:
		return b.stepSize(c)
	case inBlanks, inExtension:
		return b.stepExtension(c)
	case sizeLF:
		return b.endSize(c)
	case dataCR:
		return b.expect(c, '\r', dataLF)
	}
	b.chunk.digits, b.chunk.extension = 0, 0
	return b.expect(c, '\n', inSize)
}

func (b *Body) expect(got, want byte, next chunkState) error {
	if got != want {
		return malformed("a chunk does not end where its size says")
	}
	b.chunk.state = next
	return nil
}

func (b *Body) stepSize(c byte) error {
	digit := hexDigit(c)
	switch {
	case digit >= 0 && (b.chunk.digits == maxSizeDigits || b.left >= 1<<59):
		return malformed("chunk size too large")
	case digit >= 0:
		b.chunk.digits++
		b.left = b.left<<4 | digit
	case b.chunk.digits == 0:
		return malformed("chunk without a size")
	case c == '\r':
		b.chunk.state = sizeLF
	case c == ';' || isBlank(c):
		b.chunk.state = inBlanks
		return b.stepExtension(c)
	default:
		return malformed("invalid chunk size")
	}
	return nil
}

// stepExtension reads over chunk extensions. Their content means nothing here and goes no further, but a CR or LF that
// another reader would take for the end of the line is refused.
func (b *Body) stepExtension(c byte) error {
	if c == '\r' && b.chunk.state == inExtension {
		b.chunk.state = sizeLF
		return nil
	}
	b.chunk.extension++
	switch {
	case b.chunk.extension > maxExtension:
		return malformed("chunk extension too long")
	case c == ';':
		b.chunk.state = inExtension
	case b.chunk.state == inBlanks && !isBlank(c), c < ' ' && c != '\t', c == 0x7f:
		return malformed("invalid chunk extension")
	}
	return nil
}

// endSize ends the size line: data follows, or the trailers after the last chunk, whose size is 0.
func (b *Body) endSize(c byte) error {
	if c != '\n' {
		return malformed("a chunk size line ends in a bare CR")
	}
	b.chunk.overhead = max(0, b.chunk.overhead+int64(b.chunk.extension)-2*min(b.left, maxOverhead))
	if b.chunk.overhead > maxOverhead {
		return malformed("more chunk extensions than data")
	}
	b.chunk.state = inData
	if b.left == 0 {
		b.chunk.state = inTrailers
	}
	return nil
}

// AppendChunk appends p as one chunk. An empty p appends nothing, for an empty chunk is the last one.
func AppendChunk(dst, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	dst = strconv.AppendInt(dst, int64(len(p)), 16)
	dst = append(dst, "\r\n"...)
	dst = append(dst, p...)
	return append(dst, "\r\n"...)
}

// AppendLastChunk appends the end of a chunked body: the last chunk, the trailer lines, each with its CRLF, and the empty
// line.
func AppendLastChunk(dst, trailers []byte) []byte {
	dst = append(dst, "0\r\n"...)
	dst = append(dst, trailers...)
	return append(dst, "\r\n"...)
}

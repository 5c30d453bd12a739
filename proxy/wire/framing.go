package wire

import "math"

// Framing says how a message's body ends (RFC 9112 6.3).
type Framing uint8

const (
	NoBody     Framing = iota // there is none
	Length                    // after Head.Length bytes; may be 0
	Chunked                   // after the last chunk and the trailers
	UntilClose                // when the sender closes; responses only
)

func (f Framing) String() string {
	return [...]string{"no body", "length", "chunked", "until close"}[f]
}

// frame finds the framing the fields ask for. Whatever could be understood in two ways is refused: both fields together,
// either of them repeated, any coding but chunked, and any coding from a sender that speaks HTTP/1.0 (RFC 9112 6.1, 6.3).
func (h *Head) frame() error {
	length, coding := h.Has(ContentLength), h.Has(TransferEncoding)
	switch {
	case length && coding:
		return malformed("Content-Length together with Transfer-Encoding")
	case length:
		return h.frameByLength()
	case coding:
		return h.frameByCoding()
	}
	return nil
}

func (h *Head) frameByLength() error {
	if h.repeated.has(ContentLength) {
		return malformed("more than one Content-Length")
	}
	n, ok := decimal(h.Get(ContentLength))
	if !ok {
		return malformed("invalid Content-Length")
	}
	h.Framing, h.Length = Length, n
	return nil
}

func (h *Head) frameByCoding() error {
	switch {
	case h.Minor == 0:
		return malformed("Transfer-Encoding in an HTTP/1.0 message")
	case h.repeated.has(TransferEncoding):
		return malformed("more than one Transfer-Encoding")
	case !EqualFold(h.Get(TransferEncoding), "chunked"):
		return malformed("a Transfer-Encoding other than chunked")
	}
	h.Framing = Chunked
	return nil
}

// decimal reads 1*DIGIT; false if there is anything else, or more than an int64 holds.
func decimal(b []byte) (n int64, ok bool) {
	for _, c := range b {
		digit := int64(c) - '0'
		if digit < 0 || digit > 9 || n > (math.MaxInt64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, len(b) > 0
}

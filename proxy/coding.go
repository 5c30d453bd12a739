package proxy

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"sync"

	"message-processor/faults"
	"message-processor/proxy/wire"
)

// A message's content codings are those of its Content-Encoding fields, in the
// order in which they were applied. The original knows gzip and deflate and
// lists of them, opens every buffered body, and refuses what it cannot open
// (playbooks 502 and 400 DecompressionFailure, 415 UnsupportedEncoding). Here
// the body is opened to see whether it is sound, and how long; the bytes that
// travel on are those that came.

// checkCoding judges a buffered body against the head's Content-Encoding.
// side says which faults it can end in.
func (g *Gateway) checkCoding(head *wire.Head, body []byte, limit int, side codingSide) error {
	if !head.Has(wire.ContentEncoding) || len(body) == 0 {
		return nil
	}
	codings, unknown := contentCodings(head)
	if unknown != nil {
		return &faultError{id: faults.UnsupportedEncoding, source: side.source,
			vars: faults.Vars{"value": string(unknown)}}
	}
	err := g.codings.open(codings, body, int64(limit))
	switch {
	case errors.Is(err, wire.ErrTooBig):
		return &faultError{id: side.tooBig}
	case err != nil:
		return &faultError{id: side.broken}
	}
	return nil
}

// codingSide is whose body it is.
type codingSide struct {
	broken, tooBig faults.ID
	source         string // fault source, where it is not the catalogue's
}

var (
	ofRequest  = codingSide{broken: faults.RequestDecompressionFailure, tooBig: faults.RequestBodyTooBig}
	ofResponse = codingSide{broken: faults.TargetDecompressionFailure, tooBig: faults.TargetBodyTooBig, source: "target"}
)

// coding is one content coding that can be opened.
type coding uint8

const (
	codingGzip coding = iota
	codingDeflate
)

// maxCodings bounds how often a body may be wrapped.
const maxCodings = 4

// contentCodings lists the codings in the order they were applied. unknown is
// the first that is not supported; identity means none (RFC 9110 section 8.4).
func contentCodings(head *wire.Head) (codings []coding, unknown []byte) {
	for i := range head.Fields {
		f := &head.Fields[i]
		if f.ID != wire.ContentEncoding {
			continue
		}
		for _, name := range bytes.Split(f.Value, []byte(",")) {
			name = bytes.Trim(name, " \t")
			switch {
			case len(name) == 0, wire.EqualFold(name, "identity"):
			case len(codings) == maxCodings:
				return nil, f.Value
			case wire.EqualFold(name, "gzip"), wire.EqualFold(name, "x-gzip"):
				codings = append(codings, codingGzip)
			case wire.EqualFold(name, "deflate"):
				codings = append(codings, codingDeflate)
			default:
				return nil, name
			}
		}
	}
	return codings, nil
}

// decoders keeps what opening a body needs: a decoder is 40 KB.
type decoders struct {
	gzip, deflate sync.Pool
}

// open reads the body through its codings to the end. The error is ErrTooBig
// when more than limit comes out, which is where a small body that unpacks into
// a huge one ends, else that of the decoder.
func (d *decoders) open(codings []coding, body []byte, limit int64) error {
	var content io.Reader = bytes.NewReader(body)
	for i := len(codings) - 1; i >= 0; i-- {
		next, err := d.reader(codings[i], content)
		if err != nil {
			return err
		}
		defer d.put(next)
		content = next
	}
	n, err := io.Copy(io.Discard, io.LimitReader(content, limit+1))
	if n > limit {
		return wire.ErrTooBig
	}
	return err
}

func (d *decoders) reader(c coding, src io.Reader) (io.Reader, error) {
	if c == codingGzip {
		if r, ok := d.gzip.Get().(*gzip.Reader); ok {
			return r, r.Reset(src)
		}
		return gzip.NewReader(src)
	}
	if r, ok := d.deflate.Get().(io.Reader); ok {
		return r, r.(zlib.Resetter).Reset(src, nil)
	}
	return zlib.NewReader(src)
}

func (d *decoders) put(r io.Reader) {
	if g, ok := r.(*gzip.Reader); ok {
		d.gzip.Put(g)
		return
	}
	d.deflate.Put(r)
}

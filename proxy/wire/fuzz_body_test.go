package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http/httputil"
	"regexp"
	"strings"
	"testing"
)

var (
	sizeLine    = regexp.MustCompile(`^([0-9a-fA-F]{1,16})([ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n`)
	trailerLine = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+:[^\\x00-\\x08\\x0a-\\x1f\\x7f]*\r\n")
)

// referenceChunks reads a whole chunked body by regular expressions, trailers uncleaned. ok is false if it is not one.
func referenceChunks(b []byte) (data, trailers, rest []byte, ok bool) {
	for {
		m := sizeLine.FindSubmatch(b)
		if m == nil || len(m[2]) > maxExtension {
			return nil, nil, nil, false
		}
		var size uint64
		fmt.Sscanf(string(m[1]), "%x", &size)
		b = b[len(m[0]):]
		if size == 0 {
			break
		}
		if uint64(len(b)) < 2 || size > uint64(len(b)-2) || string(b[size:size+2]) != "\r\n" {
			return nil, nil, nil, false
		}
		data, b = append(data, b[:size]...), b[size+2:]
	}
	for {
		line := trailerLine.Find(b)
		if line == nil {
			break
		}
		trailers, b = append(trailers, line...), b[len(line):]
	}
	return data, trailers, bytes.TrimPrefix(b, []byte("\r\n")), bytes.HasPrefix(b, []byte("\r\n"))
}

func FuzzChunks(f *testing.F) {
	f.Fuzz(func(t *testing.T, stream []byte, piece, room uint8) {
		if len(stream) > 2000 || bytes.Count(stream, []byte("\n")) > 300 {
			return // near no limit but those the reference knows
		}
		r := connection(cut(string(stream), int(piece)+1)...)
		var b Body
		b.Reset(r, Chunked, 0, generous)
		var data []byte
		var err error
		p := make([]byte, int(room)*64+1)
		for err == nil && !b.Done() {
			var n int
			n, err = b.Read(p)
			data = append(data, p[:n]...)
		}
		want, trailers, rest, ok := referenceChunks(stream)
		if ok != b.Done() {
			t.Fatalf("%q: %v, reference says %v", stream, err, ok)
		}
		if !ok {
			return
		}
		left, _ := io.ReadAll(io.MultiReader(bytes.NewReader(r.Take()), r.src))
		if !bytes.Equal(data, want) || !bytes.Equal(left, rest) {
			t.Fatalf("%q: data %q, left %q; reference %q, %q", stream, data, left, want, rest)
		}
		checkTrailers(t, b.Trailers(), trailers)
		if other, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(stream))); err == nil && !bytes.Equal(other, data) {
			t.Fatalf("%q: net/http reads %q, here %q", stream, other, data)
		}
	})
}

// checkTrailers proves that the cleaned lines are some of those that came, in order, and none that has a meaning.
func checkTrailers(t *testing.T, cleaned, all []byte) {
	t.Helper()
	rest := all
	for line := range bytes.Lines(cleaned) {
		var f Field
		if err := f.parse(line); err != nil || f.ID != Other {
			t.Fatalf("trailer %q: %v", line, err)
		}
		i := bytes.Index(rest, line)
		if i < 0 {
			t.Fatalf("trailer %q never came: %q", line, all)
		}
		rest = rest[i+len(line):]
	}
}

// FuzzPieces proves that it does not matter in which pieces a stream of requests comes.
func FuzzPieces(f *testing.F) {
	f.Fuzz(func(t *testing.T, stream []byte, piece uint16, room uint16) {
		whole := transcript(string(stream), len(stream)+1, 1<<16)
		pieces := transcript(string(stream), int(piece%2048)+1, int(room)+1)
		if whole != pieces {
			t.Fatalf("in pieces of %d, read by %d:\n%s\nas a whole:\n%s", piece, room, pieces, whole)
		}
	})
}

// transcript tells what a server reads of a stream, request by request.
func transcript(stream string, piece, room int) string {
	r := connection(cut(stream, piece)...)
	var out strings.Builder
	var req Request
	var body Body
	p := make([]byte, room)
	for {
		if err := r.ReadRequest(&req, narrow); err != nil {
			fmt.Fprintf(&out, "head: %T", err)
			return out.String()
		}
		var content []byte
		var err error
		body.Reset(r, req.Framing, req.Length, narrow)
		for err == nil {
			var n int
			n, err = body.Read(p)
			content = append(content, p[:n]...)
		}
		for _, f := range req.Fields {
			fmt.Fprintf(&out, "%q ", f.Line)
		}
		fmt.Fprintf(&out, "%q %q %q %q %T\n", req.Raw, req.Path, content, body.Trailers(), err)
		if err != io.EOF {
			return out.String()
		}
	}
}

package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// decodeAll reads a chunked body that comes in pieces of this size, and says what is left on the connection.
func decodeAll(stream string, size int) (data, trailers, rest string, err error) {
	r := connection(cut(stream, size)...)
	var b Body
	b.Reset(r, Chunked, 0, generous)
	got, err := b.AppendTo(nil, 1<<20)
	tail, _ := io.ReadAll(r.src)
	return string(got), string(b.Trailers()), string(r.Take()) + string(tail), err
}

func TestChunkedBodiesThatAreAccepted(t *testing.T) {
	for stream, want := range map[string]string{
		"0\r\n\r\n":                                                           "",
		"000\r\n\r\n":                                                         "",
		"0000000000000000\r\n\r\n":                                            "",
		"5\r\nhello\r\n0\r\n\r\n":                                             "hello",
		"00005\r\nhello\r\n00\r\n\r\n":                                        "hello",
		"0000000000000005\r\nhello\r\n0\r\n\r\n":                              "hello",
		"a\r\n0123456789\r\nA\r\n0123456789\r\n" + "0\r\n\r\n":                "01234567890123456789",
		"2\r\n\r\n\r\n0\r\n\r\n":                                              "\r\n",
		"5;x\r\nhello\r\n0;y=z\r\n\r\n":                                       "hello",
		"5;x=\"a;b\"\r\nhello\r\n0\r\n\r\n":                                   "hello",
		"5 \t; x = y\r\nhello\r\n0 ;\r\n\r\n":                                 "hello",
		"5;caf\xe9\r\nhello\r\n0\r\n\r\n":                                     "hello",
		"5\r\nhello\r\n0\r\nX: y\r\n\r\n":                                     "hello",
		"5;" + strings.Repeat("e", maxExtension-1) + "\r\nhello\r\n0\r\n\r\n": "hello",
	} {
		for size := 1; size <= len(stream)+4; size++ {
			data, _, rest, err := decodeAll(stream+"next", size)
			if data != want || rest != "next" || err != nil {
				t.Errorf("%q in pieces of %d: %q, left %q, %v", stream, size, data, rest, err)
			}
		}
	}
}

func TestChunkedBodiesThatAreRefused(t *testing.T) {
	for _, stream := range []string{
		"\r\n", "\n", " 5\r\nhello\r\n", "\t5\r\nhello\r\n", "-5\r\nhello\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n", "x\r\n", "g\r\n",
		"5h\r\nhello\r\n", "5.\r\nhello\r\n", "5_0\r\n", "\"5\"\r\n", ";x\r\n\r\n", "\xff\r\n", "\xb5\r\n",
		"5\nhello\r\n0\r\n\r\n",       // bare LF after the size
		"5\rhello\r\n0\r\n\r\n",       // bare CR
		"5\r\rhello", "5\r5\r\nhello", // CR without LF
		"5 \r\nhello\r\n", "5\t\r\nhello\r\n", "5 x\r\nhello\r\n", "5 6\r\nhello\r\n", "5 x;y\r\nhello\r\n0\r\n\r\n",
		"5;\nhello\r\n0\r\n\r\n", "5;x\nhello\r\n", "5;x\ry\r\nhello\r\n", "5;x=\"\n\"\r\nhello\r\n", "5;\x00\r\n", "5;\x7f\r\n",
		"5;" + strings.Repeat("e", maxExtension) + "\r\nhello\r\n0\r\n\r\n",
		"5" + strings.Repeat(" ", maxExtension) + ";\r\nhello\r\n0\r\n\r\n",
		"5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n", "5\r\nhello\r\r\n0\r\n\r\n",
		"4\r\nhello\r\n0\r\n\r\n", "6\r\nhello\r\n0\r\n\r\n",
		"5\r\nhello\r\n\r\n0\r\n\r\n",       // empty line between chunks
		"00000000000000005\r\nhello\r\n",    // 17 digits
		"00000000000000000\r\n\r\n",         //
		"8000000000000000\r\nhello",         // more than an int64
		"ffffffffffffffff\r\nhello",         //
		"10000000000000005\r\nhello\r\n",    // wraps to 5 in 64 bits
		"0\r\n\n", "0\r\n\r\r\n", "0\n\r\n", // ends
		"0\r\n X: y\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX: \x00\r\n\r\n", "0\r\n: y\r\n\r\n",
		"0\r\nX: y\r\n z\r\n\r\n", "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		for _, size := range []int{1, 2, 3, len(stream) + 99} {
			_, trailers, _, err := decodeAll(stream+strings.Repeat("5\r\nhello\r\n", 3), size)
			var e *Error
			if !errors.As(err, &e) || e.Kind == LineTooBig || e.Kind == HeadersTooBig || trailers != "" {
				t.Errorf("%q in pieces of %d: %v, trailers %q", stream, size, err, trailers)
			}
		}
	}
}

func TestAChunkedBodyCutOffAnywhereIsNeverComplete(t *testing.T) {
	stream := "5\r\nhello\r\nA;ext=1\r\n0123456789\r\n0;last\r\nX-Sum: 1\r\nHost: b\r\n\r\n"
	for i := range len(stream) {
		for _, size := range []int{1, 4, 1000} {
			data, trailers, _, err := decodeAll(stream[:i], size)
			if err != io.ErrUnexpectedEOF || trailers != "" {
				t.Errorf("%q in pieces of %d: %q, trailers %q, %v", stream[:i], size, data, trailers, err)
			}
			if !strings.HasPrefix("hello0123456789", data) {
				t.Errorf("%q: data %q", stream[:i], data)
			}
		}
	}
	for i := range len(stream) { // the same for a caller that takes a byte at a time
		b, _ := bodyOf(Chunked, 0, stream[:i])
		var err error
		for err == nil {
			if b.Done() {
				t.Fatalf("%q: done", stream[:i])
			}
			_, err = b.Read(make([]byte, 1))
		}
		if err != io.ErrUnexpectedEOF || b.Done() {
			t.Errorf("%q: %v", stream[:i], err)
		}
	}
}

func TestWhatWasReadBeforeABadChunkIsHandedOutFirst(t *testing.T) {
	b, _ := bodyOf(Chunked, 0, "2\r\nab\r\nzzz")
	p := make([]byte, 10)
	if n, err := b.Read(p); string(p[:n]) != "ab" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
	for range 2 {
		n, err := b.Read(p)
		wantRefused(t, "zzz", err, Malformed)
		if n != 0 || b.Done() {
			t.Errorf("%d bytes, done %v", n, b.Done())
		}
	}
}

func TestChunksLargerThanTheBufferGoPastIt(t *testing.T) {
	payload := strings.Repeat("0123456789abcdef", 4096)
	stream := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\nnext", len(payload), payload)
	for _, room := range []int{10, 5000, bufferSize, 1 << 17} {
		r := connection(cut(stream, 20000)...)
		var b Body
		b.Reset(r, Chunked, 0, generous)
		var got strings.Builder
		if _, err := io.CopyBuffer(struct{ io.Writer }{&got}, &b, make([]byte, room)); err != nil {
			t.Fatalf("room %d: %v", room, err)
		}
		if got.String() != payload || !b.Done() {
			t.Errorf("room %d: %d bytes of %d", room, got.Len(), len(payload))
		}
		if rest := r.Take(); string(rest) != "next" {
			t.Errorf("room %d: left %q", room, rest)
		}
	}
}

func TestChunkExtensionsMayNotOutweighTheData(t *testing.T) {
	extension := strings.Repeat("e", 200)
	thin := strings.Repeat("1;"+extension+"\r\nx\r\n", 100) + "0\r\n\r\n"
	if _, _, _, err := decodeAll(thin, 4096); err == nil {
		t.Error("20 KB of extensions for 100 bytes are accepted")
	}
	thick := strings.Repeat("64;"+extension+"\r\n"+strings.Repeat("x", 100)+"\r\n", 300) + "0\r\n\r\n"
	if data, _, _, err := decodeAll(thick, 4096); err != nil || len(data) != 30000 {
		t.Errorf("signed chunks: %d bytes, %v", len(data), err)
	}
}

func TestChunksAreWrittenAsTheyAreRead(t *testing.T) {
	out := AppendChunk([]byte("> "), []byte("hello"))
	out = AppendChunk(out, nil)
	out = AppendChunk(out, []byte(strings.Repeat("x", 26)))
	out = AppendLastChunk(out, []byte("X: y\r\n"))
	want := "> 5\r\nhello\r\n1a\r\n" + strings.Repeat("x", 26) + "\r\n0\r\nX: y\r\n\r\n"
	if string(out) != want {
		t.Errorf("%q, want %q", out, want)
	}
	if out := AppendLastChunk(nil, nil); string(out) != "0\r\n\r\n" {
		t.Errorf("%q", out)
	}
}

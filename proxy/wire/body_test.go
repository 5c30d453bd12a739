package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// bodyOf returns a body that comes over a connection in these pieces, with no head before it.
func bodyOf(f Framing, length int64, pieces ...string) (*Body, *Reader) {
	r := connection(pieces...)
	var b Body
	b.Reset(r, f, length, generous)
	return &b, r
}

func TestTheZeroBodyIsEmpty(t *testing.T) {
	var b Body
	if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF || !b.Done() || b.Trailers() != nil {
		t.Errorf("%d, %v, done %v", n, err, b.Done())
	}
	if got, err := b.AppendTo([]byte("x"), 0); string(got) != "x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBodiesWithoutBytesReadNothing(t *testing.T) {
	for _, f := range []Framing{NoBody, Length} {
		src := &script{pieces: []string{"next"}}
		var b Body
		b.Reset(NewReader(src, nil), f, 0, generous)
		if n, err := b.Read(make([]byte, 9)); n != 0 || err != io.EOF || !b.Done() || src.reads != 0 {
			t.Errorf("%v: %d, %v, done %v, %d reads", f, n, err, b.Done(), src.reads)
		}
	}
}

func TestABodyOfGivenLengthEndsExactlyThere(t *testing.T) {
	want := strings.Repeat("0123456789", 3000)
	for _, size := range []int{1, 7, 1000, 1 << 20} {
		for _, room := range []int{1, 100, bufferSize - 1, bufferSize, 1 << 16} {
			b, r := bodyOf(Length, int64(len(want)), cut(want+"next", size)...)
			var got []byte
			p := make([]byte, room)
			for !b.Done() {
				n, err := b.Read(p)
				if err != nil || n == 0 {
					t.Fatalf("Read = %d, %v", n, err)
				}
				got = append(got, p[:n]...)
			}
			if n, err := b.Read(p); n != 0 || err != io.EOF {
				t.Errorf("after the end: %d, %v", n, err)
			}
			if string(got) != want {
				t.Fatalf("pieces of %d into %d: body differs", size, room)
			}
			rest, _ := io.ReadAll(io.MultiReader(bytes.NewReader(r.Take()), r.src))
			if string(rest) != "next" {
				t.Errorf("pieces of %d into %d: left for the next message: %q", size, room, rest)
			}
		}
	}
}

func TestABodyCutOffIsNeverAnEnd(t *testing.T) {
	for i := range 10 {
		for _, room := range []int{3, 1 << 16} {
			b, _ := bodyOf(Length, 10, "0123456789"[:i])
			var err error
			for err == nil {
				_, err = b.Read(make([]byte, room))
			}
			if err != io.ErrUnexpectedEOF || b.Done() {
				t.Errorf("after %d of 10 bytes: %v, done %v", i, err, b.Done())
			}
			if _, err := b.Read(make([]byte, room)); err != io.ErrUnexpectedEOF {
				t.Errorf("again: %v", err)
			}
		}
	}
}

func TestABodyUntilCloseEndsWithTheConnection(t *testing.T) {
	b, _ := bodyOf(UntilClose, 0, "some", "thing")
	got, err := b.AppendTo([]byte("> "), 100)
	if string(got) != "> something" || err != nil || !b.Done() {
		t.Errorf("%q, %v, done %v", got, err, b.Done())
	}
	reset := errors.New("reset")
	b.Reset(NewReader(&script{pieces: []string{"some"}, err: reset}, nil), UntilClose, 0, generous)
	if got, err := b.AppendTo(nil, 100); string(got) != "some" || err != reset || b.Done() {
		t.Errorf("%q, %v, done %v: a reset is no end", got, err, b.Done())
	}
}

func TestReadGivesWhatIsThere(t *testing.T) {
	for _, f := range []Framing{Length, UntilClose} {
		b, _ := bodyOf(f, 8, "ab", "cdef", "gh")
		p := make([]byte, 100)
		for _, want := range []string{"ab", "cdef", "gh"} {
			if n, err := b.Read(p); string(p[:n]) != want || err != nil {
				t.Errorf("%v: %q, %v; want %q", f, p[:n], err, want)
			}
		}
	}
	b, _ := bodyOf(Chunked, 0, "2\r\nab\r\n", "1\r\nc\r\n1\r\nd\r\n2", "\r\ne", "f\r\n0\r\n\r\n")
	p := make([]byte, 100)
	for _, want := range []string{"ab", "cd", "e", "f"} {
		if n, err := b.Read(p); string(p[:n]) != want || err != nil {
			t.Errorf("chunked: %q, %v; want %q", p[:n], err, want)
		}
	}
	if !b.Done() {
		t.Error("the end came with the last byte and is known")
	}
}

func TestATimeoutInABodyIsNotItsEnd(t *testing.T) {
	timeout := errors.New("timeout")
	for f, pieces := range map[Framing][2]string{Length: {"ab", "cd"}, UntilClose: {"ab", "cd"}, Chunked: {"4\r\nab", "cd\r\n0\r\n\r\n"}} {
		src := &script{pieces: []string{pieces[0]}, err: timeout}
		var b Body
		b.Reset(NewReader(src, nil), f, 4, generous)
		got, err := b.AppendTo(nil, 100)
		if string(got) != "ab" || err != timeout || b.Done() {
			t.Fatalf("%v: %q, %v", f, got, err)
		}
		src.pieces, src.err = []string{pieces[1]}, nil
		if got, err = b.AppendTo(got, 100); string(got) != "abcd" || err != nil {
			t.Errorf("%v: %q, %v", f, got, err)
		}
	}
}

func TestAppendToJudgesTheLimitExactly(t *testing.T) {
	payload := strings.Repeat("x", 3000)
	for name, c := range map[string]struct {
		f    Framing
		wire string
	}{
		"length":      {Length, payload},
		"until close": {UntilClose, payload},
		"one chunk":   {Chunked, "bb8\r\n" + payload + "\r\n0\r\n\r\n"},
		"many chunks": {Chunked, strings.Repeat("a\r\nxxxxxxxxxx\r\n", 300) + "0\r\n\r\n"},
	} {
		for _, size := range []int{1, 100, 1 << 20} {
			for max, want := range map[int64]error{3000: nil, 1 << 40: nil, 2999: ErrTooBig, 0: ErrTooBig, -1: ErrTooBig} {
				b, _ := bodyOf(c.f, 3000, cut(c.wire, size)...)
				got, err := b.AppendTo([]byte("kept"), max)
				if err != want || !bytes.HasPrefix(got, []byte("kept")) {
					t.Errorf("%s, pieces of %d, max %d: %v, want %v", name, size, max, err, want)
				}
				if err == nil && string(got[4:]) != payload {
					t.Errorf("%s, pieces of %d, max %d: body differs", name, size, max)
				}
			}
		}
	}
}

func TestALengthOverTheLimitIsRefusedBeforeItIsRead(t *testing.T) {
	src := &script{pieces: []string{"x"}}
	var b Body
	b.Reset(NewReader(src, nil), Length, 11, generous)
	if _, err := b.AppendTo(nil, 10); err != ErrTooBig || src.reads != 0 {
		t.Errorf("%v after %d reads", err, src.reads)
	}
	src = &script{pieces: []string{"b\r\n", "x"}}
	b.Reset(NewReader(src, nil), Chunked, 0, generous)
	if _, err := b.AppendTo(nil, 10); err != ErrTooBig || src.reads > 2 {
		t.Errorf("chunk: %v after %d reads", err, src.reads)
	}
}

func TestAPromisedLengthAloneCostsNoMemory(t *testing.T) {
	b, _ := bodyOf(Length, 1<<40, "little")
	got, err := b.AppendTo(nil, 1<<41)
	if err != io.ErrUnexpectedEOF || cap(got) > 128<<10 {
		t.Errorf("%v, room for %d bytes", err, cap(got))
	}
	b, _ = bodyOf(Chunked, 0, "7fffffffffffffff\r\nlittle")
	got, err = b.AppendTo(nil, 1<<62+1<<62-1)
	if err != io.ErrUnexpectedEOF || cap(got) > 128<<10 {
		t.Errorf("chunk: %v, room for %d bytes", err, cap(got))
	}
}

func TestABodyIsAReaderLikeAnyOther(t *testing.T) {
	payload := strings.Repeat("0123456789", 100)
	chunked := string(AppendLastChunk(AppendChunk(AppendChunk(nil, []byte(payload[:333])), []byte(payload[333:])), nil))
	for f, wire := range map[Framing]string{Length: payload, UntilClose: payload, Chunked: chunked} {
		var b Body
		b.Reset(NewReader(strings.NewReader(wire), nil), f, int64(len(payload)), generous)
		if err := iotest.TestReader(&b, []byte(payload)); err != nil {
			t.Errorf("%v: %v", f, err)
		}
	}
}

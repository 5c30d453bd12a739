package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestAHeadSurvivesWhateverIsReadOfItsBody(t *testing.T) {
	for _, fields := range []int{1, 90, 100, 110, 300} { // heads far below, around and above the buffer's size
		for _, size := range []int{100, 5000, 1 << 20} {
			head := "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" +
				strings.Repeat("X-Filler: "+strings.Repeat("v", 66)+"\r\n", fields) + "\r\n"
			payload := strings.Repeat("0123456789", 20000)
			stream := head
			for _, chunk := range cut(payload, 3000) {
				stream = string(AppendChunk([]byte(stream), []byte(chunk)))
			}
			stream = string(AppendLastChunk([]byte(stream), nil)) + smallHead
			r := connection(cut(stream, size)...)
			var req Request
			readRequest(t, r, &req)
			if body := readBody(t, r, &req.Head); body != payload {
				t.Fatalf("%d fields, pieces of %d: body differs", fields, size)
			}
			if string(req.Raw) != head || string(req.Path) != "/x" || string(req.Get(Host)) != "a" {
				t.Errorf("%d fields, pieces of %d: the head changed under the body", fields, size)
			}
			for _, f := range req.Fields[2:] {
				if string(f.Line) != "X-Filler: "+strings.Repeat("v", 66)+"\r\n" {
					t.Fatalf("%d fields, pieces of %d: field %q", fields, size, f.Line)
				}
			}
			readRequest(t, r, &req)
			if string(req.Raw) != smallHead {
				t.Errorf("next head: %q", req.Raw)
			}
		}
	}
}

func TestAHeadBehindBufferedBytesIsMovedNotLost(t *testing.T) {
	filler := lines("GET /filler HTTP/1.1", "Host: filler", "X: "+strings.Repeat("f", 3000))
	big := lines("PUT /big HTTP/1.1", "Host: big", "X: "+strings.Repeat("b", 7000))
	want := []string{filler, filler, big, filler, big, big, filler}
	for _, size := range []int{500, 1000, 4096, 1 << 20} {
		r := connection(cut(strings.Join(want, ""), size)...)
		for i := range want {
			var req Request
			readRequest(t, r, &req)
			if string(req.Raw) != want[i] {
				t.Fatalf("pieces of %d: head %d differs", size, i)
			}
			var fields string
			for _, f := range req.Fields {
				fields += string(f.Line)
			}
			if got := fmt.Sprintf("%s %s HTTP/1.1\r\n%s\r\n", req.Method, req.Path, fields); got != want[i] {
				t.Fatalf("pieces of %d: the parts of head %d differ: %q", size, i, got)
			}
		}
	}
}

func TestABodyBehindALargeHeadIsNotReadInCrumbs(t *testing.T) {
	head := lines("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "X: "+strings.Repeat("x", bufferSize-100))
	body := string(AppendLastChunk([]byte(strings.Repeat("1\r\nx\r\n", 3000)), nil))
	src := &script{pieces: []string{head, body}}
	r := NewReader(src, nil)
	var req Request
	readRequest(t, r, &req)
	src.reads = 0
	if got := readBody(t, r, &req.Head); len(got) != 3000 || src.reads > 4 {
		t.Errorf("%d bytes in %d reads", len(got), src.reads)
	}
}

func TestWhatFollowsAnUpgradeIsTaken(t *testing.T) {
	r := connection(lines("HTTP/1.1 101 S", "Upgrade: websocket", "Connection: upgrade")+"early", "late")
	var resp Response
	if err := r.ReadResponse(&resp, nil, generous); err != nil {
		t.Fatal(err)
	}
	if r.Buffered() != 5 {
		t.Errorf("Buffered = %d", r.Buffered())
	}
	early := r.Take()
	if r.Buffered() != 0 || r.Take() != nil {
		t.Error("taken bytes are gone")
	}
	if err := r.WaitByte(); err != nil {
		t.Fatal(err)
	}
	if late := r.Take(); string(early) != "early" || string(late) != "late" || string(resp.Upgrade) != "websocket" {
		t.Errorf("early %q, late %q, upgrade %q", early, late, resp.Upgrade)
	}
}

func TestWaitingConsumesNothing(t *testing.T) {
	broken := errors.New("timeout")
	for _, released := range []bool{false, true} {
		src := &script{pieces: []string{smallHead, smallHead[:9]}}
		r := NewReader(src, nil)
		var req Request
		readRequest(t, r, &req)
		src.pieces, src.err = nil, broken
		if released {
			r.Release()
		}
		if err := r.WaitByte(); err != broken {
			t.Fatalf("released %v: %v", released, err)
		}
		if held := r.buf != nil; held == released {
			t.Errorf("released %v: buffer held %v", released, held)
		}
		src.pieces, src.err = []string{smallHead}, nil
		if err := r.WaitByte(); err != nil || r.Buffered() == 0 {
			t.Fatalf("released %v: %v, %d buffered", released, err, r.Buffered())
		}
		if err := r.WaitByte(); err != nil {
			t.Fatal(err)
		}
		readRequest(t, r, &req)
		if string(req.Raw) != smallHead {
			t.Errorf("released %v: %q", released, req.Raw)
		}
		if err := r.WaitByte(); err != io.EOF {
			t.Errorf("released %v: at the end: %v", released, err)
		}
	}
}

func TestAReleaseKeepsUnreadBytes(t *testing.T) {
	r := connection(smallHead + browserHead)
	var req Request
	readRequest(t, r, &req)
	r.Release()
	if string(req.Raw) != smallHead {
		t.Error("nothing was released, so the head stays")
	}
	readRequest(t, r, &req)
	if string(req.Raw) != browserHead {
		t.Errorf("%q", req.Raw)
	}
}

func TestAForeignBufferNeverEntersThePool(t *testing.T) {
	initial := make([]byte, bufferSize)
	rest := copy(initial, smallHead)
	r := NewReader(strings.NewReader(""), initial)
	readRequest(t, r, new(Request))
	if r.pooled || r.Buffered() != bufferSize-rest {
		t.Errorf("pooled %v, %d buffered", r.pooled, r.Buffered())
	}
	r.Take()
	if err := r.WaitByte(); err != io.EOF || !r.pooled {
		t.Errorf("%v, pooled %v: the next buffer is one of the pool", err, r.pooled)
	}
}

func TestAResetReaderStartsAfresh(t *testing.T) {
	r := connection(smallHead + "left over")
	var req Request
	readRequest(t, r, &req)
	r.Reset(strings.NewReader(browserHead))
	if r.Buffered() != 0 {
		t.Errorf("Buffered = %d", r.Buffered())
	}
	readRequest(t, r, &req)
	if string(req.Raw) != browserHead {
		t.Errorf("%q", req.Raw)
	}
}

func TestAStuckConnectionHoldsNoBufferBeforeItIsRead(t *testing.T) {
	if r := NewReader(mute{}, nil); r.buf != nil {
		t.Error("buffer taken before the first read")
	}
}

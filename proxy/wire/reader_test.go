package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// script is a connection that delivers one piece per Read, then an error.
type script struct {
	pieces []string
	err    error // io.EOF if nil
	reads  int
}

func (s *script) Read(p []byte) (int, error) {
	s.reads++
	if len(s.pieces) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func connection(pieces ...string) *Reader { return NewReader(&script{pieces: pieces}, nil) }

func readRequest(t *testing.T, r *Reader, req *Request) {
	t.Helper()
	if err := r.ReadRequest(req, generous); err != nil {
		t.Fatal(err)
	}
}

func readBody(t *testing.T, r *Reader, h *Head) string {
	t.Helper()
	var body Body
	body.Reset(r, h.Framing, h.Length, generous)
	b, err := body.AppendTo(nil, 1<<20)
	if err != nil || !body.Done() {
		t.Fatalf("body: %v, done %v", err, body.Done())
	}
	return string(b)
}

func TestPipelinedRequestsFollowTheirBodies(t *testing.T) {
	stream := lines("POST /1 HTTP/1.1", "Host: a", "Content-Length: 5") + "first" +
		lines("POST /2 HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + "6\r\nsecond\r\n0\r\n\r\n" +
		lines("GET /3 HTTP/1.1", "Host: a") +
		"\r\n" + lines("GET /4 HTTP/1.1", "Host: a", "Content-Length: 0")
	want := []string{"/1 first", "/2 second", "/3 ", "/4 "}
	for _, size := range []int{1, 2, 3, 7, 64, len(stream)} {
		r := connection(cut(stream, size)...)
		var got []string
		var req Request
		for range want {
			readRequest(t, r, &req)
			body := readBody(t, r, &req.Head)
			got = append(got, string(req.Path)+" "+body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pieces of %d: %s", size, diff)
		}
		if err := r.ReadRequest(&req, generous); err != io.EOF {
			t.Errorf("pieces of %d: after the last request: %v", size, err)
		}
	}
}

// cut divides s into pieces of this size.
func cut(s string, size int) (pieces []string) {
	for len(s) > size {
		pieces, s = append(pieces, s[:size]), s[size:]
	}
	return append(pieces, s)
}

func TestAConnectionThatEndsInAHead(t *testing.T) {
	head := lines("GET / HTTP/1.1", "Host: a")
	for i := range len(head) {
		var req Request
		want := io.ErrUnexpectedEOF
		if i == 0 {
			want = io.EOF
		}
		if err := connection(head[:i]).ReadRequest(&req, generous); err != want {
			t.Errorf("after %d bytes: %v, want %v", i, err, want)
		}
		var resp Response
		if err := connection(backendHead[:i]).ReadResponse(&resp, nil, generous); err != want {
			t.Errorf("response, after %d bytes: %v, want %v", i, err, want)
		}
	}
	if err := connection("\r\n").ReadRequest(new(Request), generous); err != io.EOF {
		t.Errorf("a blank line is no request: %v", err)
	}
	if err := connection("\r\n").ReadResponse(new(Response), nil, generous); err == io.EOF || err == nil {
		t.Errorf("a blank line is no clean end of responses: %v", err)
	}
}

func TestAHeadThatComesByteByByteIsReadOnce(t *testing.T) {
	head := "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: "+strings.Repeat("y", 55)+"\r\n", 400) + "\r\n"
	var s scanner
	var r Request
	judged := 0
	for i := range len(head) + 1 {
		before := s.seen
		_, err := r.scan(&s, []byte(head)[:i:i], generous)
		judged += max(0, s.seen-before)
		if err == nil {
			break
		}
	}
	if judged > len(head) {
		t.Errorf("searched %d bytes of %d", judged, len(head))
	}
	one := iotest.OneByteReader(strings.NewReader(head))
	readRequest(t, NewReader(one, nil), &r)
	if string(r.Raw) != head || len(r.Fields) != 401 {
		t.Errorf("%d fields", len(r.Fields))
	}
}

func TestBytesReadBeforeComeFirst(t *testing.T) {
	stream := lines("PUT /a HTTP/1.1", "Host: a", "Content-Length: 4") + "body" + smallHead
	for i := range len(stream) {
		initial := []byte(stream[:i])
		spare := append(initial, "spare capacity of the caller"...)
		r := NewReader(strings.NewReader(stream[i:]), spare[:i])
		var req Request
		readRequest(t, r, &req)
		if body := readBody(t, r, &req.Head); string(req.Path) != "/a" || body != "body" {
			t.Fatalf("split at %d: %q %q", i, req.Path, body)
		}
		readRequest(t, r, &req)
		if string(req.Raw) != smallHead || !bytes.HasSuffix(spare, []byte("spare capacity of the caller")) {
			t.Fatalf("split at %d: %q, %q", i, req.Raw, spare)
		}
	}
}

func TestErrorsOfTheConnectionComeThrough(t *testing.T) {
	broken := errors.New("broken")
	src := &script{pieces: []string{"GET / HTTP/1.1\r\nHo"}, err: broken}
	r := NewReader(src, nil)
	var req Request
	if err := r.ReadRequest(&req, generous); err != broken {
		t.Fatalf("%v", err)
	}
	if string(req.Method) != "GET" {
		t.Errorf("Method = %q: what is in is known", req.Method)
	}
	src.pieces = []string{"st: a\r\n\r\n"} // a timeout is not the end
	readRequest(t, r, &req)
	if string(req.Host) != "a" {
		t.Errorf("Host = %q", req.Host)
	}
}

// lastWords returns its bytes together with an error, and nothing after that.
type lastWords struct {
	bytes string
	err   error
}

func (l *lastWords) Read(p []byte) (int, error) {
	n, err := copy(p, l.bytes), l.err
	*l = lastWords{err: io.ErrNoProgress}
	return n, err
}

func TestAnErrorThatComesWithBytesComesAfterThem(t *testing.T) {
	broken := errors.New("broken")
	r := NewReader(&lastWords{smallHead, broken}, nil)
	var req Request
	readRequest(t, r, &req)
	if err := r.ReadRequest(&req, generous); err != broken {
		t.Errorf("%v", err)
	}
}

// mute returns neither bytes nor an error.
type mute struct{}

func (mute) Read([]byte) (int, error) { return 0, nil }

func TestAConnectionThatReturnsNothingForeverIsAnError(t *testing.T) {
	if err := NewReader(mute{}, nil).ReadRequest(new(Request), generous); err != io.ErrNoProgress {
		t.Errorf("%v", err)
	}
}

func TestInterimResponsesAreReturnedLikeAnyOther(t *testing.T) {
	r := connection(lines("HTTP/1.1 100 Continue") + lines("HTTP/1.1 103 Early Hints", "Link: x") + lines("HTTP/1.1 200 OK", "Content-Length: 2") + "ok")
	var resp Response
	for _, want := range []int{100, 103, 200} {
		if err := r.ReadResponse(&resp, []byte("GET"), generous); err != nil || resp.Status != want {
			t.Fatalf("%d, %v; want %d", resp.Status, err, want)
		}
	}
	if body := readBody(t, r, &resp.Head); body != "ok" {
		t.Errorf("body %q", body)
	}
}

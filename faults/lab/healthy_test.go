package lab

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHealthyShowsWhatItReceived(t *testing.T) {
	l, b := startOne(t, "healthy")
	const body = "some body"
	_, in := ask(t, l, b, "PATCH /a//b/../c%2Fd?x=1&x HTTP/1.1\r\nHost: lab\r\nx-LOWER: 1\r\nX-Twice: a\r\nX-Twice: b\r\nContent-Length: 9\r\n\r\n"+body)
	resp, text := readResponse(t, in, "PATCH")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Date") == "" {
		t.Errorf("status %d, fields %v", resp.StatusCode, resp.Header)
	}
	var got received
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	want := received{
		Method:     "PATCH",
		Path:       "/a//b/../c%2Fd?x=1&x",
		Headers:    []string{"Host: lab", "x-LOWER: 1", "X-Twice: a", "X-Twice: b", "Content-Length: 9"},
		BodyBytes:  9,
		BodySHA256: hex.EncodeToString(sum[:]),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestHealthyKeepsConnectionsOpenUntilAskedToClose(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn := dialTLS(t, l, b)
	in := bufio.NewReader(conn)
	for range 3 {
		send(t, conn, get)
		readResponse(t, in, "GET")
	}
	send(t, conn, "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
	if resp, _ := readResponse(t, in, "GET"); !resp.Close {
		t.Error("the answer does not say Connection: close")
	}
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("then %v, want an orderly end", err)
	}
}

// A wrong end of any answer shows in the answer to the next request on the connection.
func TestHealthyAnswersHEADWithoutABody(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn := dialTLS(t, l, b)
	in := bufio.NewReader(conn)
	for _, path := range []string{"/", "/?bytes=1000", "/?sse=1", "/?bytes=x"} {
		send(t, conn, "HEAD "+path+" HTTP/1.1\r\nHost: lab\r\n\r\n")
		if resp, body := readResponse(t, in, "HEAD"); body != "" || path == "/?bytes=1000" && resp.ContentLength != 1000 {
			t.Errorf("HEAD %s: body %q, length %d", path, body, resp.ContentLength)
		}
	}
	send(t, conn, get)
	if line := readHeadLines(t, in)[0]; line != "HTTP/1.1 200 OK\r\n" {
		t.Errorf("after HEAD, the next answer begins with %q", line)
	}
}

func TestHealthyReadsBodiesOfAnySizeAndFraming(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn := dialTLS(t, l, b)
	in := bufio.NewReader(conn)
	large := strings.Repeat("0123456789abcdef", 200_000)
	for _, path := range []string{"/", "/?bytes=3"} { // the second answer has no use for the body
		for _, request := range []string{
			fmt.Sprintf("POST %s HTTP/1.1\r\nHost: lab\r\nContent-Length: %d\r\n\r\n%s", path, len(large), large),
			fmt.Sprintf("POST %s HTTP/1.1\r\nHost: lab\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", path, len(large), large),
		} {
			send(t, conn, request)
			_, body := readResponse(t, in, "POST")
			if path == "/" && !strings.Contains(body, `"body_bytes":3200000,`) {
				t.Errorf("answer to %.60q: %s", request, body)
			}
		}
	}
	send(t, conn, get)
	if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 200 {
		t.Errorf("the next answer has status %d", resp.StatusCode)
	}
}

func TestHealthyContinuesWhenExpected(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn, in := ask(t, l, b, "PUT / HTTP/1.1\r\nHost: lab\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
	if head := readHeadLines(t, in); head[0] != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("answer before the body: %q", head)
	}
	send(t, conn, "hello")
	if _, body := readResponse(t, in, "PUT"); !strings.Contains(body, `"body_bytes":5,`) {
		t.Errorf("answer: %s", body)
	}
}

func TestHealthySendsAsManyBytesAsAsked(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn := dialTLS(t, l, b)
	in := bufio.NewReader(conn)
	for _, n := range []int{0, 1, 20, 5_000_000} {
		send(t, conn, fmt.Sprintf("GET /?bytes=%d HTTP/1.1\r\nHost: lab\r\n\r\n", n))
		resp, body := readResponse(t, in, "GET")
		if resp.ContentLength != int64(n) || len(body) != n {
			t.Errorf("asked for %d: announced %d, sent %d", n, resp.ContentLength, len(body))
		}
		for i := 0; i+64 <= n; i += 64 {
			if line := fmt.Sprintf("%063d\n", i); body[i:i+64] != line {
				t.Fatalf("bytes at %d are %q, want %q", i, body[i:i+64], line)
			}
		}
	}
}

func TestHealthyRefusesSizesBeyondItsLimit(t *testing.T) {
	l, b := startOne(t, "healthy")
	conn := dialTLS(t, l, b)
	in := bufio.NewReader(conn)
	for _, query := range []string{"bytes=104857601", "bytes=-1", "bytes=", "sse=10001", "bytes=99999999999999999999"} {
		send(t, conn, "GET /?"+query+" HTTP/1.1\r\nHost: lab\r\n\r\n")
		if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 400 {
			t.Errorf("%s: status %d", query, resp.StatusCode)
		}
	}
}

func TestHealthySendsEachEventInAChunkOfItsOwn(t *testing.T) {
	l, b := startOne(t, "healthy")
	_, in := ask(t, l, b, "GET /?sse=2 HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n")
	head := strings.Join(readHeadLines(t, in), "")
	if !strings.Contains(head, "Content-Type: text/event-stream\r\n") || !strings.Contains(head, "Transfer-Encoding: chunked\r\n") {
		t.Errorf("head is %q", head)
	}
	rest, err := io.ReadAll(in)
	want := "15\r\nid: 1\ndata: event 1\n\n\r\n15\r\nid: 2\ndata: event 2\n\n\r\n0\r\n\r\n"
	if string(rest) != want || err != nil {
		t.Errorf("body %q, %v; want %q", rest, err, want)
	}
}

func TestHealthyTakesAHeadAsLargeAsTheGatewaySends(t *testing.T) {
	l, b := startOne(t, "healthy")
	_, in := ask(t, l, b, "GET /"+strings.Repeat("p", 7000)+" HTTP/1.1\r\nHost: lab\r\nX-Big: "+strings.Repeat("x", 28_000)+"\r\n\r\n")
	if resp, _ := readResponse(t, in, "GET"); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}

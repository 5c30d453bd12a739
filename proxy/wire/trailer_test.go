package wire

import (
	"strings"
	"testing"
)

func TestTrailersKeepTheirBytes(t *testing.T) {
	want := "X-Sum: abc\r\nETAG:\"1\"\r\nx-sum:  def \r\nEmpty:\r\n"
	for _, size := range []int{1, 3, 1000} {
		_, trailers, rest, err := decodeAll("3\r\nabc\r\n0\r\n"+want+"\r\nnext", size)
		if trailers != want || rest != "next" || err != nil {
			t.Errorf("pieces of %d: %q, left %q, %v", size, trailers, rest, err)
		}
	}
}

func TestTrailersThatCouldChangeADecisionAreDropped(t *testing.T) {
	drop := []string{"Content-Length: 5", "TRANSFER-encoding: chunked", "Host: evil", "Connection: x", "Keep-Alive: x", "TE: x", "Trailer: x",
		"Upgrade: x", "Expect: x", "Max-Forwards: 1", "X-Forwarded-For: 1", "X-Forwarded-Proto: x", "X-Forwarded-Port: 1", "Forwarded: x",
		"X-Apigee-Message-ID: x", "x-apigee.fault-code: x", "Traceparent: x", "Authorization: x", "Cookie: x", "Set-Cookie: x",
		"Content-Type: x", "Content-Encoding: gzip", "Proxy-Authorization: x", "Proxy-Connection: x"}
	lines := "A: 1\r\n" + strings.Join(drop, "\r\n") + "\r\nB: 2\r\n" + drop[0] + "\r\n"
	_, trailers, _, err := decodeAll("0\r\n"+lines+"\r\n", 5)
	if trailers != "A: 1\r\nB: 2\r\n" || err != nil {
		t.Errorf("%q, %v", trailers, err)
	}
}

func TestTrailersNamedByConnectionEndHere(t *testing.T) {
	head := lines("POST / HTTP/1.1", "Host: a", "Connection: keep-alive", "Transfer-Encoding: chunked", "Connection: x-private, close")
	r := connection(head + "0\r\nX-Private: 1\r\nX-Public: 2\r\nClose: 3\r\n\r\n")
	var req Request
	readRequest(t, r, &req)
	var b Body
	b.Reset(r, req.Framing, req.Length, generous)
	if _, err := b.AppendTo(nil, 0); err != nil {
		t.Fatal(err)
	}
	if got := string(b.Trailers()); got != "X-Public: 2\r\n" {
		t.Errorf("%q", got)
	}
}

func TestTheTrailerLimitIsExactAndEarly(t *testing.T) {
	const limit = 30
	read := func(stream string) error {
		var b Body
		b.Reset(connection(stream), Chunked, 0, Limits{Headers: limit})
		_, err := b.AppendTo(nil, 100)
		return err
	}
	line := func(name string, n int) string { return name + strings.Repeat("y", n-len(name)-2) + "\r\n" }
	for _, first := range []string{"X: ", "Host: "} { // dropped lines count, too
		exact := line(first, 12) + line("Y: ", limit-12)
		if err := read("0\r\n" + exact + "\r\n"); err != nil {
			t.Errorf("exactly the limit: %v", err)
		}
		over := line(first, 12) + line("Y: ", limit-12+1)
		for _, stream := range []string{over + "\r\n", over[:len(over)-2], exact + "Z: z\r\n\r\n"} {
			wantRefused(t, stream, read("0\r\n"+stream), HeadersTooBig)
		}
	}
	if err := read("0\r\n" + strings.Repeat("A:\r\n", 1000)); err == nil {
		t.Error("endless trailers are accepted")
	}
	var b Body
	b.Reset(connection("0\r\n"+strings.Repeat("A:\r\n", maxFields+1)+"\r\n"), Chunked, 0, generous)
	_, err := b.AppendTo(nil, 0)
	wantRefused(t, "513 trailers", err, HeadersTooBig)
}

func TestTrailersAreThereOnlyAtTheEnd(t *testing.T) {
	b, _ := bodyOf(Chunked, 0, "1\r\na\r\n0\r\nX: y\r\n", "\r\n")
	if _, err := b.Read(make([]byte, 9)); err != nil || b.Done() || b.Trailers() != nil {
		t.Errorf("%v, done %v, trailers %q", err, b.Done(), b.Trailers())
	}
	if _, err := b.AppendTo(nil, 9); err != nil || string(b.Trailers()) != "X: y\r\n" {
		t.Errorf("%v, trailers %q", err, b.Trailers())
	}
	b.Reset(connection("0\r\n\r\n"), Chunked, 0, generous)
	if _, err := b.AppendTo(nil, 9); err != nil || len(b.Trailers()) != 0 {
		t.Errorf("%v, trailers of the body before: %q", err, b.Trailers())
	}
}

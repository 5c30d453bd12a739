package wire

import (
	"bytes"
	"strings"
	"testing"
)

// refusal returns the kind under which Scan refuses a prefix of a head, -1 if it does not.
func refusal(t *testing.T, scan func(buf []byte) (int, error), head string) int {
	t.Helper()
	_, err := scan([]byte(head))
	if err == nil || err == ErrIncomplete {
		return -1
	}
	return int(err.(*Error).Kind)
}

func TestTheStartLineLimitIsExactAndEarly(t *testing.T) {
	const limit = 40
	lim := Limits{Line: limit, Headers: 100}
	request := func(buf []byte) (int, error) { var r Request; return r.Scan(buf, lim) }
	response := func(buf []byte) (int, error) { var r Response; return r.Scan(buf, nil, lim) }
	pad := func(start, end string, n int) string { return start + strings.Repeat("x", n-len(start)-len(end)) + end }
	for _, c := range []struct {
		name       string
		scan       func([]byte) (int, error)
		start, end string
		rest       string
	}{
		{"request", request, "GET /", " HTTP/1.1", "\r\nHost: a\r\n\r\n"},
		{"request after a blank line", request, "\r\nGET /", " HTTP/1.1", "\r\nHost: a\r\n\r\n"},
		{"response", response, "HTTP/1.1 200 ", "", "\r\n\r\n"},
	} {
		size := limit + strings.Count(c.start, "\r\n")*2
		if got := refusal(t, c.scan, pad(c.start, c.end, size)+c.rest); got != -1 {
			t.Errorf("%s: a line of exactly the limit is refused: %v", c.name, Kind(got))
		}
		over := pad(c.start, c.end, size+1)
		if got := refusal(t, c.scan, over+c.rest); got != int(LineTooBig) {
			t.Errorf("%s: a line of one byte more: %d", c.name, got)
		}
		if got := refusal(t, c.scan, over); got != int(LineTooBig) {
			t.Errorf("%s: one byte more without an end in sight: %d", c.name, got)
		}
		for _, partial := range []string{over[:size], over[:size] + "\r", over[:size-1]} {
			if got := refusal(t, c.scan, partial); got != -1 {
				t.Errorf("%s: %d bytes are refused too early: %v", c.name, len(partial), Kind(got))
			}
		}
	}
}

func TestGarbageWithoutALineEndIsALineTooBig(t *testing.T) {
	var r Response
	_, err := r.Scan(bytes.Repeat([]byte{0x16, 0x03}, 2000), nil, Limits{Line: 2048, Headers: 25600})
	wantRefused(t, "garbage", err, LineTooBig)
}

func TestTheHeadersLimitIsExactAndEarly(t *testing.T) {
	const limit = 60
	lim := Limits{Line: 20, Headers: limit}
	scan := func(buf []byte) (int, error) { var r Request; return r.Scan(buf, lim) }
	line, host := "GET / HTTP/1.1\r\n", "Host: a\r\n"
	field := func(n int) string { return "X: " + strings.Repeat("y", n-len("X: \r\n")) + "\r\n" }
	exact := line + host + field(limit-len(host))
	for _, partial := range []string{exact + "\r\n", exact + "\r", exact, exact[:len(exact)-1], exact[:len(exact)-2]} {
		if got := refusal(t, scan, partial); got != -1 {
			t.Errorf("%q is refused: %v", partial, Kind(got))
		}
	}
	over := line + host + field(limit-len(host)+1)
	for _, partial := range []string{over + "\r\n", over, over[:len(over)-1], over[:len(over)-2], exact + "X", exact + "\r\r", exact + "X: y\r\n"} {
		if got := refusal(t, scan, partial); got != int(HeadersTooBig) {
			t.Errorf("%q: %d, want %v", partial, got, HeadersTooBig)
		}
	}
}

func TestFieldLinesAreCounted(t *testing.T) {
	head := lines("GET / HTTP/1.1", "Host: a") // one field
	more := func(n int) string { return strings.Replace(head, "Host", strings.Repeat("A:\r\n", n)+"Host", 1) }
	if r := scanRequest(t, more(maxFields-1)); len(r.Fields) != maxFields {
		t.Errorf("%d fields", len(r.Fields))
	}
	refuseRequest(t, more(maxFields), HeadersTooBig)
}

func TestRoomForManyFieldsIsNotKept(t *testing.T) {
	r := scanRequest(t, lines("GET / HTTP/1.1", "Host: a", strings.Repeat("A:\r\n", 300)+"B:"))
	if _, err := r.Scan([]byte(smallHead), generous); err != nil || cap(r.Fields) > usualFields {
		t.Errorf("room for %d fields, err %v", cap(r.Fields), err)
	}
}

// prefixes are complete heads whose every prefix must be incomplete, no more and no less.
var prefixes = []string{smallHead, browserHead, "\r\n" + smallHead, lines("GET / HTTP/1.0"), lines("OPTIONS * HTTP/1.1", "Host: [::1]")}

func TestEveryPrefixOfAHeadIsIncomplete(t *testing.T) {
	for _, head := range prefixes {
		var r Request
		for i := range head {
			if n, err := r.Scan([]byte(head[:i]), generous); err != ErrIncomplete || n != 0 {
				t.Fatalf("%q: %d, %v", head[:i], n, err)
			}
		}
	}
	var r Response
	for i := range backendHead {
		if _, err := r.Scan([]byte(backendHead[:i]), nil, generous); err != ErrIncomplete {
			t.Fatalf("%q: %v", backendHead[:i], err)
		}
	}
}

func TestABadLineIsRefusedBeforeTheHeadIsComplete(t *testing.T) {
	for _, start := range []string{
		"GET\r\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: a\n", "GET / HTTP/1.1\r\nHost : a\r\n", "GET / HTTP/1.1\r\n x\r\n",
		"GET / HTTP/1.1\r\nA:\r\n\n",
	} {
		var r Request
		if _, err := r.Scan([]byte(start), generous); err == nil || err == ErrIncomplete {
			t.Errorf("%q: %v", start, err)
		}
	}
	var r Response
	if _, err := r.Scan([]byte("HTTP/1.1 200 OK\n"), nil, generous); err == nil || err == ErrIncomplete {
		t.Errorf("a response with bare LFs would be waited for: %v", err)
	}
}

package proxy

import (
	"fmt"
	"strings"
	"testing"

	"message-processor/faults"
)

// limited is a gateway whose limits are small, all of them different.
func limited(t *testing.T, answer, within string) *gateway {
	target := serve(t, always(answer))
	return setup{target: target.url(), within: within, gateway: "limits: {request_line: 100, request_headers: 200, request_body: 300, " +
		"response_line: 80, response_headers: 160, response_body: 240}"}.start(t)
}

func x(n int) string { return strings.Repeat("x", n) }

// TestRequestLimitsAreExact sends what is just allowed and one byte more.
func TestRequestLimitsAreExact(t *testing.T) {
	const host = "Host: gw\r\n"
	line := func(n int) string {
		const rest = "GET /v1/orders/ HTTP/1.1"
		return "GET /v1/orders/" + x(n-len(rest)) + " HTTP/1.1\r\n" + host + "\r\n"
	}
	fields := func(n int) string {
		return "GET /v1/orders HTTP/1.1\r\n" + host + "X: " + x(n-len(host)-len("X: \r\n")) + "\r\n\r\n"
	}
	length := func(n int) string { return post(fmt.Sprintf("Content-Length: %d", n), x(n)) }
	chunks := func(n int) string {
		return post("Transfer-Encoding: chunked", fmt.Sprintf("64\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", x(100), n-100, x(n-100)))
	}
	trailers := func(n int) string {
		return post("Transfer-Encoding: chunked", "0\r\nX: "+x(n-len("X: \r\n"))+"\r\n\r\n")
	}
	for _, c := range []struct {
		name    string
		request func(n int) string
		limit   int
		want    faults.ID
		message string
	}{
		{"line", line, 100, faults.RequestLineTooBig, "request line size exceeding 100"},
		{"fields", fields, 200, faults.RequestHeadersTooBig, "request headers size exceeding 200"},
		{"body by length", length, 300, faults.RequestBodyTooBig, "Body buffer overflow"},
		{"body by chunks", chunks, 300, faults.RequestBodyTooBig, "Body buffer overflow"},
		{"trailers", trailers, 200, faults.RequestHeadersTooBig, "request headers size exceeding 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := limited(t, plain, "")
			client := g.dial()
			for range 2 { // through the door, and behind another request
				client.send(c.request(c.limit))
				if a := client.receive("GET"); a.StatusCode != 200 {
					t.Fatalf("%d bytes are answered %s", c.limit, a.Status)
				}
				g.record()
			}
			client.send(c.request(c.limit + 1))
			a := client.receive("GET")
			g.faulty(a, c.want)
			if !strings.Contains(a.body, c.message) {
				t.Errorf("body %q", a.body)
			}
			client.ended()
		})
	}
}

func TestResponseLimitsAreExact(t *testing.T) {
	line := func(n int) string {
		return "HTTP/1.1 200 " + x(n-len("HTTP/1.1 200 ")) + "\r\nContent-Length: 0\r\n\r\n"
	}
	fields := func(n int) string {
		const length = "Content-Length: 0\r\n"
		return "HTTP/1.1 200 OK\r\n" + length + "X: " + x(n-len(length)-len("X: \r\n")) + "\r\n\r\n"
	}
	length := func(n int) string { return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n, x(n)) }
	chunks := func(n int) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", x(100), n-100, x(n-100))
	}
	for _, c := range []struct {
		name    string
		answer  func(n int) string
		limit   int
		want    faults.ID
		message string
	}{
		{"line", line, 80, faults.TargetLineTooBig, "response line size exceeding 80"},
		{"fields", fields, 160, faults.TargetHeadersTooBig, "response headers size exceeding 160"},
		{"body by length", length, 240, faults.TargetBodyTooBig, "Body buffer overflow"},
		{"body by chunks", chunks, 240, faults.TargetBodyTooBig, "Body buffer overflow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if a := limited(t, c.answer(c.limit), "").get("/v1/orders"); a.StatusCode != 200 {
				t.Fatalf("%d bytes are answered %s", c.limit, a.Status)
			}
			g := limited(t, c.answer(c.limit+1), "")
			a := g.get("/v1/orders")
			g.faulty(a, c.want)
			if !strings.Contains(a.body, c.message) {
				t.Errorf("body %q", a.body)
			}
		})
	}
}

// TestAnUntilCloseAnswerIsLimited is the case in which nothing announces the size.
func TestAnUntilCloseAnswerIsLimited(t *testing.T) {
	for size, want := range map[int]faults.ID{240: "", 241: faults.TargetBodyTooBig, 1 << 20: faults.TargetBodyTooBig} {
		target := serve(t, func(p *peer) {
			p.request()
			p.send("HTTP/1.1 200 OK\r\n\r\n" + x(size))
		})
		g := setup{target: target.url(), gateway: "limits: {response_body: 240}"}.start(t)
		g.get("/v1/orders")
		if r := g.record(); r.fault != want {
			t.Errorf("%d bytes: fault %q, want %q", size, r.fault, want)
		}
	}
}

// TestALengthBeyondMemoryIsRefusedUnread pins that no buffer is made for what a peer only announces.
func TestALengthBeyondMemoryIsRefusedUnread(t *testing.T) {
	target := serve(t, always("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n"))
	setup{target: target.url()}.start(t).faultyGet(faults.TargetBodyTooBig)
}

// TestStreamsAreNotLimited pins that the body limits are those of the buffers.
func TestStreamsAreNotLimited(t *testing.T) {
	g := limited(t, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"+x(1000), "streaming: {request: true, response: true},")
	c := g.dial()
	c.send(post("Content-Length: 1000", x(1000)))
	if a := c.receive("POST"); a.StatusCode != 200 || len(a.body) != 1000 {
		t.Errorf("answered %s with %d bytes", a.Status, len(a.body))
	}
	if r := g.record(); r.BytesIn != 1000 || r.BytesOut != 1000 {
		t.Errorf("recorded %d bytes in, %d out", r.BytesIn, r.BytesOut)
	}
}

// TestARefusedUploadHearsWhy sends all of a body that is too big before it looks at the answer, as many clients do.
func TestARefusedUploadHearsWhy(t *testing.T) {
	g := limited(t, plain, "")
	c := g.dial()
	c.send(post("Content-Length: 900000", x(900000)))
	g.faulty(c.receive("POST"), faults.RequestBodyTooBig)
	c.ended()
}

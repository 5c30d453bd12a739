package wire

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// generous are limits no ordinary message comes near.
var generous = Limits{Line: 7168, Headers: 25600}

const smallHead = "GET /v1/orders HTTP/1.1\r\nHost: api.example.com\r\nAccept: */*\r\n\r\n"

// browserHead has 12 fields and about 900 bytes.
const browserHead = "GET /v1/orders/4711?expand=lines%2Cprices&sort=-date HTTP/1.1\r\n" +
	"Host: shop.example.com\r\n" +
	"Connection: keep-alive\r\n" +
	"Cache-Control: max-age=0\r\n" +
	"sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n" +
	"sec-ch-ua-platform: \"Linux\"\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n" +
	"Referer: https://shop.example.com/v1/orders?page=2&customer=0815\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7\r\n" +
	"Cookie: session=3f8a1c77e0b94d5fa2c6e1d09b7f4a58; theme=dark; consent=analytics%3Dno; _id=GA1.2.1046873561.1732000000; " +
	"cart=eyJpdGVtcyI6W3sic2t1IjoiNDcxMSIsIm4iOjJ9XX0; tracking=0123456789abcdef0123456789abcdef\r\n\r\n"

const backendHead = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 10:15:42 GMT\r\nContent-Type: application/json\r\n" +
	"Content-Length: 1024\r\nConnection: keep-alive\r\nETag: \"6741a2\"\r\nVary: Accept-Encoding\r\n\r\n"

func BenchmarkScanSmallRequest(b *testing.B)   { benchmarkRequest(b, smallHead) }
func BenchmarkScanBrowserRequest(b *testing.B) { benchmarkRequest(b, browserHead) }

func benchmarkRequest(b *testing.B, head string) {
	var req Request
	buf := []byte(head)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := req.Scan(buf, generous); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScanResponse(b *testing.B) {
	var resp Response
	buf, method := []byte(backendHead), []byte("GET")
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := resp.Scan(buf, method, generous); err != nil {
			b.Fatal(err)
		}
	}
}

// repeater is a connection on which the same message comes again and again.
type repeater struct {
	message []byte
	rest    []byte
}

func (r *repeater) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		r.rest = r.message
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func BenchmarkReadResponseWithBody(b *testing.B) {
	exchange := responseExchange(backendHead + strings.Repeat("x", 1024))
	b.ReportAllocs()
	for b.Loop() {
		if err := exchange(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadChunkedBody(b *testing.B) {
	chunk := AppendChunk(nil, bytes.Repeat([]byte("x"), 4096))
	body := AppendLastChunk(bytes.Repeat(chunk, 64), nil)
	exchange := responseExchange("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + string(body))
	b.SetBytes(64 * 4096)
	b.ReportAllocs()
	for b.Loop() {
		if err := exchange(); err != nil {
			b.Fatal(err)
		}
	}
}

// responseExchange returns a function that reads the message once more from one long connection.
func responseExchange(message string) func() error {
	var (
		reader = NewReader(&repeater{message: []byte(message)}, nil)
		resp   Response
		body   Body
		method = []byte("GET")
		dst    = make([]byte, 0, 512<<10)
	)
	return func() error {
		if err := reader.ReadResponse(&resp, method, generous); err != nil {
			return err
		}
		body.Reset(reader, resp.Framing, resp.Length, generous)
		_, err := body.AppendTo(dst, 1<<20)
		return err
	}
}

func requestExchange(message string) func() error {
	var (
		reader = NewReader(&repeater{message: []byte(message)}, nil)
		req    Request
		body   Body
		piece  = make([]byte, 4096)
	)
	return func() error {
		if err := reader.ReadRequest(&req, generous); err != nil {
			return err
		}
		body.Reset(reader, req.Framing, req.Length, generous)
		for !body.Done() {
			if _, err := body.Read(piece); err != nil && err != io.EOF {
				return err
			}
		}
		return nil
	}
}

func TestAMessageCostsNoAllocationInSteadyState(t *testing.T) {
	chunked := string(AppendLastChunk(AppendChunk(nil, bytes.Repeat([]byte("x"), 20000)), []byte("X-Sum: 1\r\nHost: no\r\n")))
	cases := map[string]func() error{
		"small request":    requestExchange(smallHead),
		"browser request":  requestExchange(browserHead),
		"absolute form":    requestExchange("GET http://a.example?q HTTP/1.1\r\nHost: a\r\nConnection: a, b, close\r\nTE: trailers\r\n\r\n"),
		"upload":           requestExchange("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n" + strings.Repeat("x", 30000)),
		"chunked upload":   requestExchange("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked),
		"response":         responseExchange(backendHead + strings.Repeat("x", 1024)),
		"chunked response": responseExchange("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked),
	}
	for name, exchange := range cases {
		t.Run(name, func(t *testing.T) {
			allocs := testing.AllocsPerRun(200, func() {
				if err := exchange(); err != nil {
					t.Fatal(err)
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations per message", allocs)
			}
		})
	}
}

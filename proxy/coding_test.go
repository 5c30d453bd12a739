package proxy

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"testing"

	"message-processor/faults"
)

func gzipped(s string) string {
	return coded(s, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func deflated(s string) string {
	return coded(s, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

func coded(s string, writer func(io.Writer) io.WriteCloser) string {
	var out bytes.Buffer
	w := writer(&out)
	io.WriteString(w, s)
	w.Close()
	return out.String()
}

// codingCases are bodies with their Content-Encoding; broken and tooBig stand for the fault of whoever sent it.
var codingCases = []struct {
	name, coding, body, outcome string
}{
	{"no coding", "identity", "no zip", ""},
	{"sound gzip", "gzip", gzipped("hello"), ""},
	{"sound gzip by its old name", "X-GZip", gzipped("hello"), ""},
	{"sound deflate", "deflate", deflated("hello"), ""},
	{"a list, opened from its end", "deflate, gzip", gzipped(deflated("hello")), ""},
	{"an empty body", "gzip", "", ""},
	{"gzip that is none", "gzip", "no zip", "broken"},
	{"gzip cut off", "gzip", gzipped("hello")[:20], "broken"},
	{"gzip with a wrong checksum", "gzip", gzipped("hello")[:15] + "xxxxxxxx" + gzipped("hello")[23:], "broken"},
	{"gzip with something behind", "gzip", gzipped("hello") + "more", "broken"},
	{"deflate without zlib's head", "deflate", "\x4b\x4c\x04\x00", "broken"},
	{"a list in the wrong order", "gzip, deflate", gzipped(deflated("hello")), "broken"},
	{"a body that unpacks into more than the limit", "gzip", gzipped(strings.Repeat("0", 5000)), "tooBig"},
	{"a coding nobody supports", "br", "x", "unsupported br"},
	{"one unsupported in a list", "gzip, zstd", "x", "unsupported zstd"},
	{"more codings than anybody needs", "gzip,gzip,gzip,gzip,gzip", "x", "unsupported gzip,gzip,gzip,gzip,gzip"},
}

func TestRequestBodyMustBeWhatItsContentEncodingSays(t *testing.T) {
	target := serve(t, always(plain))
	g := setup{target: target.url(), gateway: "limits: {request_body: 4000}"}.start(t)
	want := map[string]faults.ID{"": "", "broken": faults.RequestDecompressionFailure, "tooBig": faults.RequestBodyTooBig}
	for _, c := range codingCases {
		t.Run(c.name, func(t *testing.T) {
			client := g.dial()
			client.send(post(fmt.Sprintf("Content-Encoding: %s\r\nContent-Length: %d", c.coding, len(c.body)), c.body))
			expectCoding(t, g, client.receive("POST"), c.outcome, want, "apigee")
		})
	}
}

func TestAnswersBodyMustBeWhatItsContentEncodingSays(t *testing.T) {
	want := map[string]faults.ID{"": "", "broken": faults.TargetDecompressionFailure, "tooBig": faults.TargetBodyTooBig}
	for _, c := range codingCases {
		t.Run(c.name, func(t *testing.T) {
			answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", c.coding, len(c.body), c.body)
			g := setup{target: serve(t, always(answer)).url(), gateway: "limits: {response_body: 4000}"}.start(t)
			client := g.dial()
			client.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n")
			got := client.receive("GET")
			expectCoding(t, g, got, c.outcome, want, "target")
			if c.outcome == "" && got.body != c.body {
				t.Errorf("the body arrives as %q, the target sent %q", got.body, c.body)
			}
		})
	}
}

func expectCoding(t *testing.T, g *gateway, got answer, outcome string, want map[string]faults.ID, source string) {
	t.Helper()
	r := g.record()
	value, unsupported := strings.CutPrefix(outcome, "unsupported ")
	if unsupported {
		if r.fault != faults.UnsupportedEncoding || got.StatusCode != 415 || !strings.Contains(got.body, `Unsupported Encoding \"`+value+`\"`) {
			t.Errorf("fault %q, answered %d %s", r.fault, got.StatusCode, got.body)
		}
	} else if r.fault != want[outcome] {
		t.Errorf("fault %q, want %q; answered %d %s", r.fault, want[outcome], got.StatusCode, got.body)
	}
	if outcome != "" && got.Header.Get("X-Apigee-Fault-Source") != source {
		t.Errorf("fault source %s, want %s", got.Header.Get("X-Apigee-Fault-Source"), source)
	}
}

func BenchmarkCheckCoding(b *testing.B) {
	var d decoders
	body := []byte(gzipped(strings.Repeat("benchmark ", 1000)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.open([]coding{codingGzip}, body, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPartOfAnEncodedBodyIsNotOpened(t *testing.T) {
	part := gzipped("hello")[5:15]
	answer := fmt.Sprintf("HTTP/1.1 206 Partial Content\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(part), part)
	g := setup{target: serve(t, always(answer)).url()}.start(t)
	client := g.dial()
	client.send("GET /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n")
	if got := client.receive("GET"); got.StatusCode != 206 || got.body != part {
		t.Errorf("answered %d %q", got.StatusCode, got.body)
	}
}

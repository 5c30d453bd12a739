package wire

import "testing"

func TestFramingOfRequests(t *testing.T) {
	for _, c := range []struct {
		fields  string
		framing Framing
		length  int64
	}{
		{"X: y", NoBody, 0},
		{"Content-Length: 0", Length, 0},
		{"content-length:5", Length, 5},
		{"Content-Length: \t 0005 ", Length, 5},
		{"Content-Length: 9223372036854775807", Length, 1<<63 - 1},
		{"Transfer-Encoding: chunked", Chunked, 0},
		{"transfer-encoding: Chunked ", Chunked, 0},
		{"X-Content-Length: 5", NoBody, 0},
		{"Content_Length: 5", NoBody, 0},
		{"X-Transfer-Encoding: chunked", NoBody, 0},
	} {
		for _, method := range []string{"GET", "POST", "HEAD", "DELETE"} {
			r := scanRequest(t, lines(method+" / HTTP/1.1", "Host: a", c.fields))
			if r.Framing != c.framing || r.Length != c.length {
				t.Errorf("%s %q: %v of %d bytes", method, c.fields, r.Framing, r.Length)
			}
		}
	}
}

// ambiguous are field lines two readers may frame differently; none may be let through in either direction.
var ambiguous = []string{
	"Content-Length: 5\r\nTransfer-Encoding: chunked",
	"Transfer-Encoding: chunked\r\nContent-Length: 0",
	"Content-Length: 5\r\nContent-Length: 5",
	"Content-Length: 5\r\nContent-Length: 6",
	"Content-Length: 5\r\nX: y\r\ncontent-length: 0",
	"Content-Length: 5, 5",
	"Content-Length: 5,",
	"Content-Length:",
	"Content-Length: ,",
	"Content-Length: -5",
	"Content-Length: +5",
	"Content-Length: 5 5",
	"Content-Length: 5;",
	"Content-Length: 5.0",
	"Content-Length: 0x5",
	"Content-Length: 5e1",
	"Content-Length: \"5\"",
	"Content-Length: five",
	"Content-Length: 5\xa0",
	"Content-Length: 1_0",
	"Content-Length: 9223372036854775808",
	"Content-Length: 18446744073709551621",
	"Content-Length: 99999999999999999999999999999999999999",
	"Transfer-Encoding:",
	"Transfer-Encoding: identity",
	"Transfer-Encoding: gzip",
	"Transfer-Encoding: gzip, chunked",
	"Transfer-Encoding: chunked, gzip",
	"Transfer-Encoding: chunked, chunked",
	"Transfer-Encoding: chunked, identity",
	"Transfer-Encoding: chunked,",
	"Transfer-Encoding: ,chunked",
	"Transfer-Encoding: chunked;q=1",
	"Transfer-Encoding: \"chunked\"",
	"Transfer-Encoding: 'chunked'",
	"Transfer-Encoding: xchunked",
	"Transfer-Encoding: chunke",
	"Transfer-Encoding: chunKed\xc4\xb1",
	"Transfer-Encoding: chun\xe2\x84\xaaed", // the Kelvin sign folds to k elsewhere
	"Transfer-Encoding: chunked\x0b",
	"Transfer-Encoding: \x00chunked",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
	"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
	"Transfer-Encoding: identity\r\ntransfer-encoding: chunked",
	"Transfer-Encoding:\r\n chunked",
	"X: y\r\n Transfer-Encoding: chunked",
	"X: y\nTransfer-Encoding: chunked",
	"X: y\rTransfer-Encoding: chunked",
}

func TestAmbiguousFramingIsRefused(t *testing.T) {
	for _, fields := range ambiguous {
		refuseRequest(t, lines("POST / HTTP/1.1", "Host: a", fields), Malformed)
		refuseRequest(t, lines("POST / HTTP/1.0", "Host: a", fields), Malformed)
		refuseResponse(t, lines("HTTP/1.1 200 OK", fields), Malformed)
		refuseResponse(t, lines("HTTP/1.1 204 No Content", fields), Malformed)
	}
	for _, fields := range []string{"Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", "Transfer\xadEncoding: chunked"} {
		var r Request
		if _, err := r.Scan([]byte(lines("POST / HTTP/1.1", "Host: a", fields)), generous); err == nil {
			t.Errorf("%q is accepted", fields)
		}
	}
}

func TestHTTP10KnowsNoTransferEncoding(t *testing.T) {
	refuseRequest(t, lines("POST / HTTP/1.0", "Transfer-Encoding: chunked"), Malformed)
	refuseResponse(t, lines("HTTP/1.0 200 OK", "Transfer-Encoding: chunked"), Malformed)
}

func TestFramingOfResponses(t *testing.T) {
	for _, c := range []struct {
		method, head string
		framing      Framing
		length       int64
		announced    bool
		closes       bool
	}{
		{"GET", lines("HTTP/1.1 200 OK", "Content-Length: 5"), Length, 5, true, false},
		{"GET", lines("HTTP/1.1 200 OK", "Content-Length: 0"), Length, 0, false, false},
		{"GET", lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"), Chunked, 0, true, false},
		{"GET", lines("HTTP/1.1 200 OK"), UntilClose, 0, false, true},
		{"GET", lines("HTTP/1.0 200 OK", "Connection: keep-alive"), UntilClose, 0, false, true},
		{"GET", lines("HTTP/1.0 200 OK", "Connection: keep-alive", "Content-Length: 5"), Length, 5, true, false},
		{"HEAD", lines("HTTP/1.1 200 OK", "Content-Length: 5"), NoBody, 5, true, false},
		{"HEAD", lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"), NoBody, 0, true, false},
		{"HEAD", lines("HTTP/1.1 404 Not Found"), NoBody, 0, false, false},
		{"GET", lines("HTTP/1.1 100 Continue"), NoBody, 0, false, false},
		{"GET", lines("HTTP/1.1 103 Early Hints", "Link: x"), NoBody, 0, false, false},
		{"GET", lines("HTTP/1.1 204 No Content"), NoBody, 0, false, false},
		{"GET", lines("HTTP/1.1 204 No Content", "Content-Length: 5"), NoBody, 5, true, false},
		{"GET", lines("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"), NoBody, 0, true, false},
		{"GET", lines("HTTP/1.1 304 Not Modified", "Content-Length: 5"), NoBody, 5, true, false},
		{"GET", lines("HTTP/1.1 205 Reset Content", "Content-Length: 5"), Length, 5, true, false},
		{"GET", lines("HTTP/1.1 205 Reset Content", "Content-Length: 0"), Length, 0, false, false},
		{"GET", lines("HTTP/1.1 205 Reset Content"), UntilClose, 0, false, true},
		{"head", lines("HTTP/1.1 200 OK", "Content-Length: 5"), Length, 5, true, false}, // methods have case
		{"CONNECT", lines("HTTP/1.1 200 OK", "Content-Length: 5"), NoBody, 5, true, false},
		{"CONNECT", lines("HTTP/1.1 407 No", "Content-Length: 5"), Length, 5, true, false},
	} {
		r := scanResponse(t, c.method, c.head)
		if r.Framing != c.framing || r.Length != c.length || r.Announced != c.announced || r.Close != c.closes {
			t.Errorf("%s %q: %v, length %d, announced %v, close %v", c.method, c.head, r.Framing, r.Length, r.Announced, r.Close)
		}
	}
}

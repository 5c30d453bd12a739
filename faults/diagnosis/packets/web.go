package packets

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// web follows HTTP/1 that is not encrypted. Index 0 is the client, 1 the server.
type web struct {
	sides   [2]body
	methods []string // of requests not answered yet, bounded
	lost    bool     // the heads can no longer be found
}

// body is where one side is in its messages.
type body struct {
	head     []byte
	inBody   bool
	left     int64 // bytes of the body, or of the chunk, still to come
	chunked  bool
	toEnd    bool // the body ends with the connection
	line     []byte
	lines    bool // between chunks, where lines are
	trailers bool
}

const maxPipelined = 100

// firstLine is the first line of a message, fit to be shown.
func firstLine(data []byte) string {
	line, _, _ := bytes.Cut(data[:min(len(data), maxText+1)], []byte("\n"))
	return clean(strings.TrimSuffix(string(line), "\r"))
}

func (w *web) bytes(c *conversation, from Side, data []byte, m moment) {
	b := &w.sides[index(from)]
	for len(data) > 0 {
		if w.lost {
			w.count(c, from, len(data), m)
			return
		}
		var n int
		if b.inBody {
			n = b.take(data)
			w.count(c, from, n, m)
			if !b.inBody {
				w.complete(c, from)
			}
		} else {
			n = w.head(c, from, b, data, m)
		}
		data = data[n:]
	}
}

func (w *web) count(c *conversation, from Side, n int, m moment) {
	kind := Request
	if from == Server {
		kind = Response
	}
	c.flow.tell(Event{Kind: kind, From: from, Length: n}, m)
	c.payload(from, n, m)
}

var blankLine = []byte("\r\n\r\n")

// head collects bytes until the blank line and returns how many it took.
func (w *web) head(c *conversation, from Side, b *body, data []byte, m moment) int {
	had := len(b.head)
	b.head = append(b.head, data[:min(len(data), maxHead+1-had)]...)
	end := bytes.Index(b.head[max(0, had-len(blankLine)):], blankLine)
	if end < 0 {
		taken := len(b.head) - had
		if len(b.head) > maxHead {
			w.lost = true
		}
		w.count(c, from, taken, m)
		return taken
	}
	end += max(0, had-len(blankLine)) + len(blankLine)
	whole := b.head[:end]
	c.flow.tell(Event{Kind: map[Side]Kind{Client: Request, Server: Response}[from], From: from, Length: end - had, Detail: firstLine(whole)}, m)
	c.payload(from, end-had, m)
	if from == Client {
		w.request(c, b, whole)
	} else {
		w.response(c, b, whole)
	}
	b.head = nil
	return end - had
}

func (w *web) request(c *conversation, b *body, head []byte) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil || len(w.methods) >= maxPipelined {
		w.lost = true
		return
	}
	c.current.line = firstLine(head)
	w.methods = append(w.methods, r.Method)
	b.begin(r.ContentLength, len(r.TransferEncoding) > 0, false)
}

func (w *web) response(c *conversation, b *body, head []byte) {
	method := http.MethodGet
	if len(w.methods) > 0 {
		method = w.methods[0]
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), &http.Request{Method: method})
	if err != nil {
		w.lost = true
		return
	}
	if r.StatusCode < 200 && r.StatusCode != http.StatusSwitchingProtocols {
		return
	}
	if len(w.methods) > 0 {
		w.methods = w.methods[1:]
	}
	if c.current != nil {
		c.current.status = r.StatusCode
	}
	if r.StatusCode == http.StatusSwitchingProtocols || method == http.MethodConnect && r.StatusCode/100 == 2 {
		w.lost = true
	}
	none := method == http.MethodHead || r.StatusCode == http.StatusNoContent || r.StatusCode == http.StatusNotModified
	if none {
		r.ContentLength, r.TransferEncoding = 0, nil
	}
	b.begin(r.ContentLength, len(r.TransferEncoding) > 0, true)
	if !b.inBody {
		w.complete(c, Server)
	}
}

// begin starts a body of known length, in chunks, or up to the end of the connection.
func (b *body) begin(length int64, chunked, mayEnd bool) {
	switch {
	case chunked:
		*b = body{inBody: true, chunked: true, lines: true}
	case length > 0:
		*b = body{inBody: true, left: length}
	case length < 0 && mayEnd:
		*b = body{inBody: true, toEnd: true}
	default:
		*b = body{}
	}
}

// take reads bytes of a body and returns how many belong to it.
func (b *body) take(data []byte) int {
	if b.toEnd {
		return len(data)
	}
	taken := 0
	for taken < len(data) && b.inBody {
		if b.chunked && b.lines {
			taken += b.chunkLine(data[taken:])
			continue
		}
		n := min(b.left, int64(len(data)-taken))
		b.left -= n
		taken += int(n)
		if b.left == 0 {
			b.inBody, b.lines = b.chunked, b.chunked
		}
	}
	return taken
}

// maxChunkLine bounds a line between chunks.
const maxChunkLine = 8 << 10

// chunkLine reads a line between chunks: a size, the empty one after a chunk, or a trailer. What makes no sense is read to
// the end of the connection.
func (b *body) chunkLine(data []byte) int {
	i := bytes.IndexByte(data, '\n')
	n := i + 1
	if i < 0 {
		n = len(data)
	}
	b.line = append(b.line, data[:n]...)
	if len(b.line) > maxChunkLine {
		b.toEnd = true
	}
	if i < 0 {
		return n
	}
	line := strings.TrimSpace(string(b.line))
	b.line = nil
	switch {
	case b.trailers:
		b.inBody = line != ""
	case line == "":
	default:
		size, _, _ := strings.Cut(line, ";")
		length, err := strconv.ParseInt(strings.TrimSpace(size), 16, 63)
		b.toEnd = err != nil || length < 0
		b.left, b.trailers, b.lines = length, length == 0, length == 0
	}
	return n
}

// complete notes the end of a message.
func (w *web) complete(c *conversation, from Side) {
	if from == Server && c.current != nil {
		c.current.whole = true
	}
}

// hole passes over bytes that were not captured, which is fine within a body.
func (w *web) hole(c *conversation, from Side, n int, m moment) {
	b := &w.sides[index(from)]
	if b.inBody && (b.toEnd || !b.chunked && b.left >= int64(n)) {
		b.left -= int64(n)
		w.count(c, from, n, m)
		if b.inBody = b.toEnd || b.left > 0; !b.inBody {
			w.complete(c, from)
		}
		return
	}
	w.lost = true
}

// cut tells whether the server's last message is not complete although the connection is at its end.
func (w *web) cut() bool {
	b := &w.sides[1]
	return !w.lost && (len(b.head) > 0 || b.inBody && !b.toEnd)
}

// unfinished tells whether the server is in the middle of a message.
func (w *web) unfinished() bool {
	b := &w.sides[1]
	return !w.lost && (len(b.head) > 0 || b.inBody)
}

package tracing

import "bytes"

// requestHead is what a span tells of a request's head, as pieces of it.
type requestHead struct {
	version    []byte // "1.1"
	host       []byte
	userAgent  []byte
	traceState []byte
}

// maxTraceState is how long a tracestate may be to be told, in bytes: the least that everybody has to pass on (W3C
// Trace Context section 3.3.1.5).
const maxTraceState = 512

// readRequestHead finds them in one pass. The head has been scanned before or was refused: whatever it is, it is only
// cut.
func readRequestHead(raw []byte) requestHead {
	var h requestHead
	line, rest := cutLine(raw)
	if i := bytes.LastIndex(line, []byte(" HTTP/")); i >= 0 {
		h.version = line[i+len(" HTTP/"):]
	}
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		colon := bytes.IndexByte(line, ':')
		switch colon {
		case len("host"):
			keep(&h.host, line, colon, "host")
		case len("user-agent"): // and of tracestate
			keep(&h.userAgent, line, colon, "user-agent")
			keep(&h.traceState, line, colon, "tracestate")
		}
	}
	if len(h.traceState) > maxTraceState {
		h.traceState = nil
	}
	return h
}

// keep takes the value of the first field of that name.
func keep(value *[]byte, line []byte, colon int, name string) {
	if *value == nil && bytes.EqualFold(line[:colon], []byte(name)) {
		*value = bytes.TrimSpace(line[colon+1:])
	}
}

func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// statusOf reads the status from a response's head, 0 if there is none.
func statusOf(head []byte) int {
	line, _ := cutLine(head)
	_, rest, found := bytes.Cut(line, []byte(" "))
	if !found || len(rest) < 3 {
		return 0
	}
	status := 0
	for _, c := range rest[:3] {
		if c < '0' || c > '9' {
			return 0
		}
		status = status*10 + int(c-'0')
	}
	return status
}

// targetOf is the request target in a request's head.
func targetOf(head []byte) []byte {
	line, _ := cutLine(head)
	_, rest, _ := bytes.Cut(line, []byte(" "))
	target, _, _ := bytes.Cut(rest, []byte(" "))
	return target
}

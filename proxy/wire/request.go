package wire

import (
	"bytes"
	"math"
)

// Request is one scanned request head. The zero value is ready; one value may be used for any number of scans and keeps its
// room. After an [Error] it holds what was accepted before the offence.
type Request struct {
	Head
	Method []byte
	Target []byte // the request target as it came
	// Path is the target as a target server wants it: path and query as they came ("/a//b/../c%2Fd?x"). The absolute form is
	// reduced to it (an empty path is "/", or "*" for OPTIONS without a query, RFC 9112 3.2.4), "*" stays.
	Path []byte
	// Host is the authority asked for: from the absolute form if there is one (RFC 9112 3.2.2), else the Host field. May be
	// empty for HTTP/1.0 only.
	Host        []byte
	Upgrade     []byte // value of Upgrade if Connection lists it and the version is 1.1, else nil
	Expect100   bool   // the client waits for 100 Continue; HTTP/1.1 only, other expectations are ignored
	MaxForwards int    // -1 if absent
	TETrailers  bool   // the client accepts trailers in the answer (TE: trailers). Whether it sends some: Has(Trailer)

	scratch []byte // for a Path that does not stand in the buffer
}

// Scan reads one request head from the start of buf and returns its length. The error is [ErrIncomplete] if bytes are
// missing and nothing is wrong so far, or an *[Error]. The slices of r point into buf.
//
// Lines end in CRLF, nothing else. One CRLF before the request line is passed over and counts for the length only. For
// what else is refused see the files request.go to framing.go; each refusal says its reason.
func (r *Request) Scan(buf []byte, lim Limits) (n int, err error) {
	var s scanner
	return r.scan(&s, buf, lim)
}

// scan goes on where s stands.
func (r *Request) scan(s *scanner, buf []byte, lim Limits) (int, error) {
	if s.fields == 0 {
		*r = Request{Head: r.Head, MaxForwards: -1, scratch: r.scratch}
		r.Head.reset()
		s.skipBlankLine(buf)
		line, err := s.startLine(buf, lim.Line)
		if err != nil {
			return 0, err
		}
		if err := r.requestLine(line); err != nil {
			return 0, err
		}
		s.fields = s.pos
	}
	if err := s.fieldLines(&r.Head, buf, lim.Headers); err != nil {
		return 0, err
	}
	return s.pos, r.finish()
}

// requestLine reads "METHOD SP target SP HTTP/1.x" (RFC 9112 3): single blanks, nothing around them.
func (r *Request) requestLine(line []byte) error {
	method, rest, found := bytes.Cut(line, []byte(" "))
	blank := bytes.LastIndexByte(rest, ' ')
	if !found || blank < 0 || !IsToken(method) {
		return malformed("invalid request line")
	}
	minor, err := version(rest[blank+1:])
	if err != nil {
		return err
	}
	r.Method, r.Target, r.Minor = method, rest[:blank], minor
	if string(method) == "CONNECT" {
		return &Error{Kind: MethodNotSupported, Reason: "CONNECT"}
	}
	return r.target()
}

// version reads the version of either start line and returns the digit after the dot (RFC 9112 2.3).
func version(b []byte) (minor int, err error) {
	switch {
	case string(b) == "HTTP/1.1":
		return 1, nil
	case string(b) == "HTTP/1.0":
		return 0, nil
	case len(b) == 8 && string(b[:5]) == "HTTP/" && isDigit(b[5]) && b[6] == '.' && isDigit(b[7]):
		return 0, &Error{Kind: VersionNotSupported, Reason: "neither HTTP/1.0 nor HTTP/1.1"}
	}
	return 0, malformed("invalid HTTP version")
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// finish judges the fields together once all are in.
func (r *Request) finish() error {
	if err := r.frame(); err != nil {
		return err
	}
	if err := r.connect(); err != nil {
		return err
	}
	if err := r.host(); err != nil {
		return err
	}
	r.Upgrade = r.Head.upgrade()
	r.TETrailers = r.Minor == 1 && r.anyLists(TE, "trailers")
	r.Expect100 = r.Minor == 1 && r.anyLists(Expect, "100-continue")
	return r.maxForwards()
}

// anyLists tells whether one of the fields with this id lists the element. Expect and TE are lists: repeats are legal and
// mean the same as one longer line (RFC 9110 5.3).
func (r *Request) anyLists(id FieldID, want string) bool {
	if !r.Has(id) {
		return false
	}
	for i := range r.Fields {
		if r.Fields[i].ID == id && lists(r.Fields[i].Value, []byte(want)) {
			return true
		}
	}
	return false
}

// maxForwards reads Max-Forwards (RFC 9110 7.6.2). It is no list, so two of them contradict each other.
func (r *Request) maxForwards() error {
	if !r.Has(MaxForwards) {
		return nil
	}
	n, ok := decimal(r.Get(MaxForwards))
	if !ok || r.repeated.has(MaxForwards) {
		return malformed("invalid Max-Forwards")
	}
	r.MaxForwards = int(min(n, math.MaxInt32))
	return nil
}

package wire

// Response is one scanned response head. The zero value is ready; one value may be used for any number of scans and keeps
// its room.
type Response struct {
	Head
	Status  int    // 100 to 999
	Reason  []byte // may be empty
	Upgrade []byte // value of Upgrade if Connection lists it and the version is 1.1, else nil

	// Announced: the fields promise content (a Content-Length above 0, or chunked). Right for HEAD and 304; with 1xx and 204
	// it is wrong of the sender, and what it sends next would be taken for another response.
	Announced bool
}

// Scan reads one response head from the start of buf and returns its length; method is that of the request it answers. The
// error is [ErrIncomplete] if bytes are missing and nothing is wrong so far, or an *[Error]. The slices of r point into buf.
func (r *Response) Scan(buf []byte, method []byte, lim Limits) (n int, err error) {
	var s scanner
	return r.scan(&s, buf, method, lim)
}

// scan goes on where s stands.
func (r *Response) scan(s *scanner, buf, method []byte, lim Limits) (int, error) {
	if s.fields == 0 {
		*r = Response{Head: r.Head}
		r.Head.reset()
		line, err := s.startLine(buf, lim.Line)
		if err != nil {
			return 0, err
		}
		if err := r.statusLine(line); err != nil {
			return 0, err
		}
		s.fields = s.pos
	}
	if err := s.fieldLines(&r.Head, buf, lim.Headers); err != nil {
		return 0, err
	}
	return s.pos, r.finish(method)
}

// statusLine reads "HTTP/1.x SP 3DIGIT [SP reason]" (RFC 9112 4). The blank before an empty reason may be missing: many
// servers forget it, and it changes nothing.
func (r *Response) statusLine(line []byte) error {
	minor, err := version(line[:min(len(line), 8)])
	if err != nil {
		return err
	}
	rest := line[8:]
	if len(rest) < 4 || rest[0] != ' ' || len(rest) > 4 && rest[4] != ' ' {
		return malformed("invalid status line")
	}
	status, ok := decimal(rest[1:4])
	if !ok || status < 100 {
		return malformed("invalid status code")
	}
	reason := rest[min(len(rest), 5):]
	if !validText(reason) {
		return malformed("control character in the reason phrase")
	}
	r.Minor, r.Status, r.Reason = minor, int(status), reason
	return nil
}

// finish judges the fields together and settles the framing (RFC 9112 6.3).
func (r *Response) finish(method []byte) error {
	if err := r.frame(); err != nil {
		return err
	}
	if err := r.connect(); err != nil {
		return err
	}
	r.Upgrade = r.Head.upgrade()
	r.Announced = r.Framing == Chunked || r.Length > 0
	switch {
	case r.bodiless(method):
		r.Framing = NoBody
	case r.Framing == NoBody:
		r.Framing, r.Close = UntilClose, true
	}
	return nil
}

func (r *Response) bodiless(method []byte) bool {
	switch {
	case r.Status < 200 || r.Status == 204 || r.Status == 304 || string(method) == "HEAD":
		return true
	}
	return string(method) == "CONNECT" && r.Status < 300
}

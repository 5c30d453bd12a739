package wire

import "bytes"

// scanner walks a head line by line. It stops where bytes are missing and goes on from there when it is called again with
// the same array and more bytes, so that a head that arrives byte by byte is still read only once.
type scanner struct {
	start  int // of the start line
	pos    int // of the first line not judged yet
	seen   int // there is no LF in [pos:seen]
	fields int // of the field lines; 0 until the start line is accepted
}

// line returns the next line with its end, nil if the end is not in yet.
func (s *scanner) line(buf []byte) []byte {
	i := bytes.IndexByte(buf[s.seen:], '\n')
	if i < 0 {
		s.seen = len(buf)
		return nil
	}
	line := buf[s.pos : s.seen+i+1]
	s.pos += len(line)
	s.seen = s.pos
	return line
}

// skipBlankLine passes over one CRLF that an old client sent after the body before (RFC 9112 2.2).
func (s *scanner) skipBlankLine(buf []byte) {
	if s.start == 0 && len(buf) >= 2 && buf[0] == '\r' && buf[1] == '\n' {
		s.start, s.pos, s.seen = 2, 2, 2
	}
}

// startLine returns the first line without its CRLF.
func (s *scanner) startLine(buf []byte, limit int) ([]byte, error) {
	line := s.line(buf)
	if line == nil {
		if shortest(buf[s.pos:])-2 > limit {
			return nil, lineTooBig(limit)
		}
		return nil, ErrIncomplete
	}
	text := line[:len(line)-1]
	text, ok := bytes.CutSuffix(text, []byte("\r"))
	switch {
	case len(text) > limit:
		return nil, lineTooBig(limit)
	case !ok:
		return nil, malformed("a line ends in a bare LF")
	}
	return text, nil
}

// fieldLines adds the field lines to h, up to the empty line.
func (s *scanner) fieldLines(h *Head, buf []byte, limit int) error {
	for {
		start := s.pos
		line := s.line(buf)
		switch {
		case line == nil && start-s.fields+shortest(buf[start:]) > limit:
			return headersTooBig(limit)
		case line == nil:
			return ErrIncomplete
		case len(line) == 2 && line[0] == '\r':
			h.Raw = buf[s.start:s.pos]
			return nil
		case s.pos-s.fields > limit:
			return headersTooBig(limit)
		}
		if err := h.add(line); err != nil {
			return err
		}
	}
}

// shortest returns how long, CRLF included, a line that starts so must become at least; 0 if it may be the empty line.
func shortest(partial []byte) int {
	n := len(partial)
	switch {
	case n == 0 || n == 1 && partial[0] == '\r':
		return 0
	case partial[n-1] == '\r':
		return n + 1
	}
	return n + 2
}

package wire

import "bytes"

// target reads the request target in one of its forms (RFC 9112 3.2). Its octets are forwarded untouched, hence the few that
// could end it early on the other side are refused; the authority form belongs to CONNECT alone.
func (r *Request) target() error {
	t := r.Target
	switch {
	case len(t) == 0 || !all(t, targetOctet):
		return malformed("invalid character in the request target")
	case t[0] == '/':
		r.Path = t
		return nil
	case len(t) == 1 && t[0] == '*' && string(r.Method) == "OPTIONS":
		r.Path = t
		return nil
	}
	return r.absoluteForm()
}

func (r *Request) absoluteForm() error {
	rest := afterScheme(r.Target)
	if rest == nil {
		return malformed("invalid request target")
	}
	end := bytes.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	if !validAuthority(rest[:end]) {
		return malformed("invalid authority in the request target")
	}
	r.Host, r.Path = rest[:end], rest[end:]
	switch {
	case len(r.Path) == 0 && string(r.Method) == "OPTIONS":
		r.Path = r.compose("*", nil)
	case len(r.Path) == 0 || r.Path[0] == '?':
		r.Path = r.compose("/", r.Path)
	}
	return nil
}

// afterScheme returns what follows "http://" or "https://", nil if neither is there.
func afterScheme(target []byte) []byte {
	scheme, rest, found := bytes.Cut(target, []byte("://"))
	if !found || !EqualFold(scheme, "http") && !EqualFold(scheme, "https") {
		return nil
	}
	return rest
}

func (r *Request) compose(prefix string, rest []byte) []byte {
	r.scratch = append(append(r.scratch[:0], prefix...), rest...)
	return r.scratch
}

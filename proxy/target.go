package proxy

import (
	"bytes"
	"strings"
)

// appendTargetPath appends the path and query the target receives: its own
// path, then the request's suffix byte for byte.
func (r *route) appendTargetPath(dst, path []byte) []byte {
	if len(path) == 1 && path[0] == '*' {
		return append(dst, '*')
	}
	suffix := r.suffix(path)
	prefix := r.proxy.Target.Path
	if len(suffix) > 0 && suffix[0] == '/' {
		prefix = strings.TrimSuffix(prefix, "/")
	}
	if prefix == "" && (len(suffix) == 0 || suffix[0] != '/') {
		prefix = "/"
	}
	dst = append(append(dst, prefix...), suffix...)
	return r.appendTargetQuery(dst, suffix)
}

// appendTargetQuery adds the query the target's own URL has, if any.
func (r *route) appendTargetQuery(dst, suffix []byte) []byte {
	query := r.proxy.Target.Query
	if query == "" {
		return dst
	}
	separator := byte('?')
	if bytes.IndexByte(suffix, '?') >= 0 {
		separator = '&'
	}
	return append(append(dst, separator), query...)
}

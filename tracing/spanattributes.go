package tracing

import (
	"bytes"
	"net"
	"strconv"
	"strings"
)

func (w *renderer) methodAttributes(method Method) {
	w.str("http.request.method", method.String())
	if method == 0 {
		w.text("http.request.method_original", w.record.Method)
	}
}

// requestAttributes are those of an HTTP server span.
func (w *renderer) requestAttributes(method Method) {
	r := w.record
	w.methodAttributes(method)
	w.str("http.route", r.API.BasePath)
	path, query, _ := bytes.Cut(r.Path, []byte("?"))
	w.redacted("url.path", path)
	w.redacted("url.query", query)
	w.str("url.scheme", "http")
	w.hostAttributes(w.head.host)
	w.text("user_agent.original", w.head.userAgent)
	w.text("network.protocol.version", w.head.version)
	w.address("client.address", "client.port", r.Client)
	w.address("network.peer.address", "network.peer.port", r.Client)
	w.size("http.request.body.size", r.BytesIn)
	w.size("http.response.body.size", r.BytesOut)
	if r.Status != 0 {
		w.num("http.response.status_code", int64(r.Status))
	}
}

// redacted writes a part of a request target without the secrets in it.
func (w *renderer) redacted(key string, part []byte) {
	w.scratch = AppendRedacted(w.scratch[:0], part)
	w.text(key, w.scratch)
}

func (w *renderer) size(key string, bytes int64) {
	if bytes > 0 {
		w.num(key, bytes)
	}
}

// hostAttributes are server.address and server.port from a Host field or a host:port.
func (w *renderer) hostAttributes(host []byte) {
	colon := bytes.LastIndexByte(host, ':')
	if colon < bytes.LastIndexByte(host, ']') { // of an IPv6 address
		colon = -1
	}
	name, port := host, []byte(nil)
	if colon >= 0 {
		name, port = host[:colon], host[colon+1:]
	}
	w.text("server.address", bytes.Trim(name, "[]"))
	if number := decimal(port); number > 0 {
		w.num("server.port", int64(number))
	}
}

// decimal reads a port, 0 if it is none.
func decimal(text []byte) int {
	number := 0
	for _, c := range text {
		if c < '0' || c > '9' || number > 65535 {
			return 0
		}
		number = number*10 + int(c-'0')
	}
	return number
}

func (w *renderer) apiAttributes() {
	r := w.record
	w.str("apigee.organization", r.API.Organization)
	w.str("apigee.environment", r.API.Environment)
	w.str("apigee.api", r.API.Name)
	if r.API.Name != "" {
		w.num("apigee.revision", int64(r.API.Revision))
	}
	w.str("apigee.message_id", r.MessageID)
}

func (w *renderer) faultAttributes() {
	w.str("apigee.fault.code", w.problem.code)
	w.str("apigee.fault.source", w.problem.source)
	w.str("apigee.diagnosis", w.problem.verdict)
}

// faultEvent tells when the fault was noticed, in which step, and what was underneath.
func (w *renderer) faultEvent() {
	f := w.record.Failure
	if f == nil {
		return
	}
	w.event("apigee.fault", f.At)
	w.str("apigee.fault.code", w.problem.code)
	w.str("apigee.fault.source", w.problem.source)
	w.str("apigee.fault.id", string(f.Fault.ID))
	w.str("apigee.fault.step", f.Step.String())
	if f.Err != nil {
		w.scratch = AppendRedacted(w.scratch[:0], []byte(f.Err.Error()))
		w.text("exception.message", w.scratch)
	}
	w.str("exception.stacktrace", f.Stack)
	w.endEvent()
}

// attemptEvents tell of the servers of a load balancer that were tried in vain before.
func (w *renderer) attemptEvents() {
	for i := range w.record.Attempts {
		attempt := &w.record.Attempts[i]
		w.event("apigee.attempt", attempt.At)
		w.str("apigee.target.server", attempt.Server)
		if attempt.Err != nil {
			w.str("exception.message", attempt.Err.Error())
		}
		w.endEvent()
	}
}

// targetAttributes are those of an HTTP client span.
func (w *renderer) targetAttributes(method Method) {
	r := w.record
	w.methodAttributes(method)
	host, port, err := net.SplitHostPort(r.API.Target)
	if err != nil {
		host = r.API.Target
	}
	w.str("server.address", host)
	if number, err := strconv.Atoi(port); err == nil {
		w.num("server.port", int64(number))
	}
	w.address("network.peer.address", "network.peer.port", r.Channel.Remote)
	w.str("network.protocol.version", "1.1")
	w.url()
	w.str("apigee.target.server", r.Server)
	w.size("http.request.body.size", r.BytesIn)
	if status := r.Answered(); status != 0 {
		w.num("http.response.status_code", int64(status))
	}
	if r.Channel.ID != 0 {
		w.num("apigee.channel.id", int64(r.Channel.ID))
		w.num("apigee.channel.use_count", int64(r.Channel.UseCount))
	}
}

// url writes url.full: the target's scheme and authority without a user, and the path and query it was sent, or would
// have been sent.
func (w *renderer) url() {
	scheme, rest, found := strings.Cut(w.record.API.TargetURL, "://")
	if !found {
		return
	}
	slash := strings.IndexAny(rest, "/?#")
	if slash < 0 {
		slash = len(rest)
	}
	authority := rest[:slash]
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	target := targetOf(w.record.Messages.SentHead)
	w.scratch = w.scratch[:0]
	if len(target) == 0 || target[0] == '/' { // a forward proxy is sent the whole URL
		w.scratch = append(append(append(w.scratch, scheme...), "://"...), authority...)
	}
	if len(target) > 0 {
		w.scratch = AppendRedacted(w.scratch, target)
	} else {
		path, _, _ := strings.Cut(rest[slash:], "?")
		w.scratch = append(w.scratch, strings.TrimSuffix(path, "/")...)
		w.scratch = AppendRedacted(w.scratch, suffix(w.record.Path, w.record.API.BasePath))
	}
	w.text("url.full", w.scratch)
}

// suffix is what of a path follows the base path.
func suffix(path []byte, base string) []byte {
	if base == "/" || len(path) < len(base) {
		return path
	}
	return path[len(base):]
}

package probe

import (
	"fmt"
	"net/textproto"
	"strings"
)

// Request is the one request that is sent on each connection.
type Request struct {
	Method string   // GET if empty
	Path   string   // with the query; / if empty
	Host   string   // value of the Host field
	Header []string // more fields, each "Name: value"
}

// The fields that say where the message ends are the probe's own: it sends no body and one request.
var ownFields = []string{"Connection", "Content-Length", "Transfer-Encoding", "Expect", "Upgrade"}

func (r *Request) check() error {
	if r.Method != "" && !isToken(r.Method) {
		return fmt.Errorf("--method: is %.100q; allowed: a method such as GET, HEAD or OPTIONS", r.Method)
	}
	if r.Method == "CONNECT" {
		return fmt.Errorf("--method: CONNECT opens a tunnel; allowed: a method such as GET, HEAD or OPTIONS")
	}
	for _, field := range r.Header {
		name, value, found := strings.Cut(field, ":")
		if !found || !isToken(name) || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return fmt.Errorf("--header: is %.100q; allowed: \"NAME: VALUE\"", field)
		}
		for _, own := range ownFields {
			if textproto.CanonicalMIMEHeaderKey(name) == own {
				return fmt.Errorf("--header: %s is the probe's own: it sends one request without a body", own)
			}
		}
	}
	return nil
}

// isToken follows RFC 9110 section 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

// method is what is asked, for people and for the wire.
func (r *Request) method() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// bytes are the request on the wire. A Host among Header replaces the usual one.
func (r *Request) bytes() []byte {
	path, host := r.Path, "Host: "+r.Host
	if path == "" {
		path = "/"
	}
	var fields []string
	for _, field := range r.Header {
		if name, _, _ := strings.Cut(field, ":"); strings.EqualFold(name, "Host") {
			host = field
			continue
		}
		fields = append(fields, field)
	}
	fields = append([]string{r.method() + " " + path + " HTTP/1.1", host}, fields...)
	fields = append(fields, r.defaults()...)
	return []byte(strings.Join(fields, "\r\n") + "\r\n\r\n")
}

// defaults are the fields that nobody has set.
func (r *Request) defaults() []string {
	fields := []string{"Connection: close"}
	for _, field := range []string{"User-Agent: message-processor-probe", "Accept: */*"} {
		if !r.has(field) {
			fields = append(fields, field)
		}
	}
	switch r.method() {
	case "POST", "PUT", "PATCH": // RFC 9110 section 8.6: says that there is no body
		fields = append(fields, "Content-Length: 0")
	}
	return fields
}

func (r *Request) has(field string) bool {
	name, _, _ := strings.Cut(field, ":")
	for _, given := range r.Header {
		if n, _, _ := strings.Cut(given, ":"); strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

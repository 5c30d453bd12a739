package lab

import (
	"strings"
	"time"
)

// Client is a scripted client: it sends one request that provokes a fault of the client's making.
type Client struct {
	Name  string
	Does  string // one short line
	Fault string // id in the fault catalogue of what a gateway with default limits answers
	Path  string // where it asks unless told otherwise
	Fixed bool   // it asks there whatever it is told

	text   func(path, host string) string // the request, byte for byte
	leaves time.Duration                  // how long it waits for the answer before it closes, 0: as long as it takes
}

// echoPath is where the embedded lab's healthy backend is reached through the gateway.
const echoPath = "/lab/healthy"

// clients lists every scripted client in the order of the catalogue.
var clients = []Client{
	{Name: "request-timeout", Does: "sends half of the body it announces, then nothing", Fault: "request_timeout",
		text: posting("Content-Length: 10\r\n", "hello")},
	{Name: "application-not-found", Does: "asks for a path that no API proxy has", Fault: "application_not_found",
		Path: "/no-such-api-proxy", Fixed: true, text: getting("")},
	{Name: "request-body-too-big", Does: "sends 10 MiB and a byte", Fault: "request_body_too_big",
		text: func(path, host string) string {
			return posting("Content-Length: 10485761\r\n", strings.Repeat("x", 10<<20+1))(path, host)
		}},
	{Name: "request-line-too-big", Does: "sends a request line of more than 7,168 bytes", Fault: "request_line_too_big",
		text: asking("GET", strings.Repeat("x", 7200), "HTTP/1.1")},
	{Name: "request-headers-too-big", Does: "sends 26,000 bytes of header fields", Fault: "request_headers_too_big",
		text: getting(padding(26_000))},
	{Name: "duplicate-header", Does: "sends a field twice that may be there once", Fault: "duplicate_header",
		text: getting("Expires: 0\r\nExpires: 1\r\n")},
	{Name: "request-decompression-failure", Does: "sends text as Content-Encoding: gzip", Fault: "request_decompression_failure",
		text: posting("Content-Encoding: gzip\r\nContent-Length: 33\r\n", uncompressed)},
	{Name: "unsupported-encoding", Does: "sends a body with Content-Encoding: br", Fault: "unsupported_encoding",
		text: posting("Content-Encoding: br\r\nContent-Length: 33\r\n", uncompressed)},
	{Name: "length-required", Does: "sends POST without any sign of the body's length", Fault: "length_required",
		text: posting("", "")},
	{Name: "empty-header-name", Does: "sends a field that begins with its colon", Fault: "empty_header_name",
		text: getting(": nameless\r\n")},
	{Name: "header-name-non-ascii", Does: "sends a field name with a letter outside ASCII", Fault: "header_name_non_ascii",
		text: getting("X-Größe: 1\r\n")},
	{Name: "header-invalid-char", Does: "sends a field name with a separator in it", Fault: "header_invalid_char",
		text: getting("X-Bad(Name): 1\r\n")},
	{Name: "malformed-request", Does: "sends a header line without a colon", Fault: "malformed_request",
		text: getting("this line has no colon\r\n")},
	{Name: "method-not-supported", Does: "sends CONNECT, as if to a forward proxy", Fault: "method_not_supported",
		text: func(_, host string) string { return "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n" }},
	{Name: "version-not-supported", Does: "sends a request of HTTP/2.0 in the form of HTTP/1", Fault: "version_not_supported",
		text: asking("GET", "", "HTTP/2.0")},
	{Name: "client-leaves", Does: "closes half a second after its request, without an answer", Fault: "router_499",
		Path: "/lab/response-silent", text: getting(""), leaves: 500 * time.Millisecond},
}

// Clients lists the scripted clients.
func Clients() []Client {
	list := append([]Client(nil), clients...)
	for i := range list {
		if list[i].Path == "" {
			list[i].Path = echoPath
		}
	}
	return list
}

// getting is a GET request with more field lines.
func getting(fields string) func(path, host string) string {
	return func(path, host string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n"
	}
}

// posting is a POST request with more field lines and a body, which is sent as it is.
func posting(fields, body string) func(path, host string) string {
	return func(path, host string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: text/plain\r\n" + fields + "\r\n" + body
	}
}

// asking is a request of another request line, whose query is there if it is not empty.
func asking(method, query, version string) func(path, host string) string {
	if query != "" {
		query = "?" + query
	}
	return func(path, host string) string {
		return method + " " + path + query + " " + version + "\r\nHost: " + host + "\r\n\r\n"
	}
}

package proxy

import (
	"fmt"
	"strings"

	"message-processor/faults"
)

// badNames puts every octet that a token must not have into a field name.
func badNames() []hostile {
	var all []hostile
	for c := range 256 {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80
		if letter || strings.ContainsRune("0123456789!#$%&'*+-.^_`|~", rune(c)) || c == ':' {
			continue
		}
		want := faults.HeaderInvalidChar
		switch {
		case c == '\r' || c == '\n':
			want = faults.MalformedRequest
		case c >= 0x80 && c%16 != 0:
			continue // one row in sixteen is enough
		case c >= 0x80:
			want = faults.HeaderNameNonASCII
		}
		all = append(all, hostile{fmt.Sprintf("name with %#x", c), post("X"+string([]byte{byte(c)})+"Y: z", ""), want})
	}
	return all
}

// badValues puts every control octet into a field value.
func badValues() []hostile {
	var all []hostile
	for c := range 0x80 {
		if c >= ' ' && c != 0x7f || c == '\t' {
			continue
		}
		all = append(all, hostile{fmt.Sprintf("value with %#x", c), post("X: a"+string(rune(c))+"b", ""), faults.MalformedRequest})
	}
	return all
}

func badFields() []hostile {
	var all []hostile
	for fields, want := range map[string]faults.ID{
		": x": faults.EmptyHeaderName, ":": faults.EmptyHeaderName, "X: y\r\n: z": faults.EmptyHeaderName,
		" : x": faults.MalformedRequest, "X: y\r\n folded": faults.MalformedRequest, "X: y\r\n\tfolded": faults.MalformedRequest,
		"X: y\r\n \r\nZ: z": faults.MalformedRequest, "no colon": faults.MalformedRequest, "X: y\r\nno-colon\r\nZ: z": faults.MalformedRequest,
		"X: y\n": faults.MalformedRequest, "X: y\n\nGET /v1/orders/smuggled HTTP/1.1": faults.MalformedRequest,
		"X: y\r\r\nZ: z": faults.MalformedRequest, "X: y\r": faults.MalformedRequest, "X\r: y": faults.MalformedRequest,
		"X: y\n\rZ: z": faults.MalformedRequest, "X : y": faults.HeaderInvalidChar, "X\t: y": faults.HeaderInvalidChar,
		"Connection: " + strings.Repeat("a,", 65): faults.MalformedRequest,
	} {
		all = append(all, hostile{"fields " + fields, post(fields, ""), want})
	}
	// The blank line that other readers accept in front of the fields, too.
	for _, start := range []string{" ", "\t", "\n", " X: y", "\r"} {
		all = append(all, hostile{"fields begin with " + start,
			"GET /v1/orders/bad HTTP/1.1\r\n" + start + "\r\nHost: gateway\r\n\r\n", faults.MalformedRequest})
	}
	return all
}

func badRequestLines() []hostile {
	var all []hostile
	for _, line := range []string{
		"GET", "GET ", "GET /v1/orders/bad", "GET /v1/orders/bad ", "GET  /v1/orders/bad HTTP/1.1", "GET /v1/orders/bad  HTTP/1.1",
		"GET /v1/orders/bad HTTP/1.1 ", " GET /v1/orders/bad HTTP/1.1", "\tGET /v1/orders/bad HTTP/1.1",
		"GET\t/v1/orders/bad\tHTTP/1.1", "GET\t/v1/orders/bad HTTP/1.1", "GET /v1/orders/bad\tHTTP/1.1", "GET /v1/orders /bad HTTP/1.1",
		"G(T /v1/orders/bad HTTP/1.1", "GE\x00T /v1/orders/bad HTTP/1.1", "G\xc3\x89T /v1/orders/bad HTTP/1.1", ": /v1/orders/bad HTTP/1.1",
		"GET: /v1/orders/bad HTTP/1.1", "\"GET\" /v1/orders/bad HTTP/1.1", " /v1/orders/bad HTTP/1.1", "/v1/orders/bad HTTP/1.1",
		"GET v1/orders/bad HTTP/1.1", "GET * HTTP/1.1", "GET ? HTTP/1.1", "GET ../v1/orders HTTP/1.1", "OPTIONS ** HTTP/1.1",
		"POST * HTTP/1.1", "GET \\v1\\orders HTTP/1.1", "GET %2Fv1/orders HTTP/1.1", "GET gateway/v1/orders HTTP/1.1", "GET gateway:80 HTTP/1.1",
		"GET ftp://gateway/v1/orders/bad HTTP/1.1", "GET file:///v1/orders/bad HTTP/1.1", "GET javascript:alert(1) HTTP/1.1",
		"GET http: HTTP/1.1", "GET http:/ HTTP/1.1", "GET http:// HTTP/1.1", "GET http:///v1/orders/bad HTTP/1.1", "GET http:/v1/orders/bad HTTP/1.1",
		"GET http://user@gateway/v1/orders/bad HTTP/1.1", "GET http://user:pw@gateway/v1/orders/bad HTTP/1.1",
		"GET http://gate way/v1/orders/bad HTTP/1.1", "GET http://gateway:port/v1/orders/bad HTTP/1.1", "GET http://gateway:99999/v1/orders/bad HTTP/1.1",
		"GET http://[::1/v1/orders/bad HTTP/1.1", "GET http://gateway,other/v1/orders/b#d HTTP/1.1", "GET http://gateway\\@other/v1/orders/bad HTTP/1.1",
		"GET /v1/orders/bad#fragment HTTP/1.1", "GET /v1/orders/bad\x00 HTTP/1.1", "GET /v1/orders/bad\x7f HTTP/1.1",
		"GET /v1/orders/\x0bbad HTTP/1.1", "GET /v1/orders/bad\x1f HTTP/1.1", "GET /v1/orders/bad\rX HTTP/1.1", "GET /v1/orders/bad\r HTTP/1.1",
		"\r\n\r\nGET /v1/orders/bad HTTP/1.1", "\nGET /v1/orders/bad HTTP/1.1", "\rGET /v1/orders/bad HTTP/1.1", "\r\n\nGET /v1/orders/bad HTTP/1.1",
		"\x00GET /v1/orders/bad HTTP/1.1", "\ufeffGET /v1/orders/bad HTTP/1.1", "GET /v1/orders/bad HTTP/1.1\r", "GET /v1/orders/bad HTTP/1.1\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "SSH-2.0-OpenSSH_9.2", "HTTP/1.1 200 OK", "*1\r\n$4\r\nPING",
	} {
		all = append(all, hostile{"line", line + "\r\nHost: gateway\r\n\r\n", faults.MalformedRequest})
	}
	return all
}

func badVersions() []hostile {
	var all []hostile
	add := func(want faults.ID, versions ...string) {
		for _, version := range versions {
			all = append(all, hostile{"version " + version, "GET /v1/orders/bad " + version + "\r\nHost: gateway\r\n\r\n", want})
		}
	}
	add(faults.VersionNotSupported, "HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/2.1", "HTTP/3.0", "HTTP/9.9", "HTTP/0.0", "HTTP/0.1")
	add(faults.MalformedRequest, "HTTP/1.", "HTTP/1", "HTTP/.1", "HTTP/11", "HTTP/", "HTTP", "http/1.1", "Http/1.1", "HTTP/1.1.1", "HTTP/ 1.1",
		"HTTP/+1.1", "HTTP/-1.1", "HTTP/01.1", "HTTP/1.01", "HTTP/1.10", "HTTP/1.1x", "HTTP/x.1", "HTTP/1.x", "HTTP/1,1", "HTTP-1.1", "HTTPS/1.1",
		"ICY/1.1", "HTTP/1.1\x00", "HTTP/1.1\x0b", "HTTP/１.1", "\"HTTP/1.1\"", "HTTP/1.1;", "HTTP\\1.1", "HTTP/2", "h2", "HTTQ/1.1")
	return append(all, hostile{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", faults.VersionNotSupported})
}

func badHosts() []hostile {
	var all []hostile
	for _, fields := range []string{
		"X: y", "Host: gateway\r\nHost: gateway", "Host: gateway\r\nHost: other", "Host: gateway\r\nhost: gateway", "Host:\r\nHost: gateway",
		"Host:", "Host: \t", "Host: a b", "Host: a\tb", "Host: a, b", "Host: user@gateway", "Host: user:pw@gateway",
		"Host: http://gateway", "Host: gateway/path", "Host: gateway?x", "Host: gateway#x", "Host: gateway\\x", "Host: gateway:port",
		"Host: gateway:99999", "Host: gateway:-1", "Host: gateway:+80", "Host: gateway:80:80", "Host: gateway: 80", "Host: gateway :80",
		"Host: gateway:0x50", "Host: :80", "Host: [::1", "Host: ::1", "Host: [::1]x", "Host: [::1]:x", "Host: [v1.x]", "Host: [fe80::1%eth0]",
		"Host: [127.0.0.1]", "Host: [gateway]", "Host: []", "Host: gate\x80way", "Host: g\u0430teway", "Host: gateway%", "Host: gateway%2", "Host: %zz",
		`Host: "gateway"`, "Host: <gateway>", "Host: gate{way}", "Host: gate^way", "Host: gate|way", "Host: gate`way", "Host: gateway\x00",
	} {
		all = append(all, hostile{fields, "GET /v1/orders/bad HTTP/1.1\r\n" + fields + "\r\n\r\n", faults.MalformedRequest})
	}
	const absolute = "GET http://gateway/v1/orders/bad HTTP/1.1\r\n"
	return append(all,
		hostile{"absolute form without Host", absolute + "\r\n", faults.MalformedRequest},
		hostile{"absolute form with a bad Host", absolute + "Host: a b\r\n\r\n", faults.MalformedRequest},
		hostile{"absolute form with two Hosts", absolute + "Host: a\r\nHost: a\r\n\r\n", faults.MalformedRequest},
		hostile{"two Hosts in HTTP/1.0", "GET /v1/orders/bad HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", faults.MalformedRequest})
}

func badMethods() []hostile {
	const host = " HTTP/1.1\r\nHost: gateway\r\n"
	return []hostile{
		{"CONNECT", "CONNECT gateway:443" + host + "\r\n", faults.MethodNotSupported},
		{"CONNECT with a path", "CONNECT /v1/orders/bad" + host + "\r\n", faults.MethodNotSupported},
		{"CONNECT with a URL", "CONNECT http://gateway/v1/orders/bad" + host + "\r\n", faults.MethodNotSupported},
		{"CONNECT with a body", "CONNECT gateway:443" + host + "Content-Length: 5\r\n\r\nhello", faults.MethodNotSupported},
		{"CONNECT in HTTP/1.0", "CONNECT gateway:443 HTTP/1.0\r\n\r\n", faults.MethodNotSupported},
		{"TRACE with a body", "TRACE /v1/orders/bad" + host + "Content-Length: 5\r\n\r\nhello", faults.MalformedRequest},
		{"TRACE with chunks", "TRACE /v1/orders/bad" + host + "Transfer-Encoding: chunked\r\n\r\n" + chunkedBody, faults.MalformedRequest},
		{"TRACE for us with a body", "TRACE /v1/orders/bad" + host + "Max-Forwards: 0\r\nContent-Length: 5\r\n\r\nhello", faults.MalformedRequest},
	}
}

func badMaxForwards() []hostile {
	var all []hostile
	for _, method := range []string{"OPTIONS", "TRACE", "GET"} {
		for _, value := range []string{"", "-1", "+1", "x", "1.5", "1 1", "0x1", "1,2", "99999999999999999999", "1\r\nMax-Forwards: 1", "\"1\"", "1;"} {
			all = append(all, hostile{method + " Max-Forwards: " + value,
				method + " /v1/orders/bad HTTP/1.1\r\nHost: gateway\r\nMax-Forwards: " + value + "\r\n\r\n", faults.MalformedRequest})
		}
	}
	return all
}

// climbingPaths lead above /v1/orders for a target that resolves dot segments, in every spelling some target knows.
func climbingPaths() []hostile {
	var all []hostile
	for _, suffix := range []string{
		"/..", "/../", "/../bad", "/..?x=1", "/a/../..", "/a/../../bad", "/./..", "/././../bad", "//..", "/a//../../bad", "/%2e%2e", "/%2E%2e/bad",
		"/.%2e/bad", "/%2e./bad", "/..%2fbad", "/..%2Fbad", "/%2e%2e%2fbad", "/..\\bad", "/..%5cbad", "/..%5Cbad", "/a%2f..%2f..%2fbad", "/%2f..",
		"/..;/bad", "/..;x=y/bad", "/a/..;/..;/bad", "/%2e%2e;/bad", "/a/b/../../../bad",
	} {
		all = append(all, hostile{"path " + suffix, "GET /v1/orders" + suffix + " HTTP/1.1\r\nHost: gateway\r\n\r\n", faults.MalformedRequest})
	}
	return all
}

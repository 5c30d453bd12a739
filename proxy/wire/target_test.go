package wire

import (
	"testing"
)

func TestTargetsOfARequest(t *testing.T) {
	for _, c := range []struct{ line, path, host string }{
		{"GET /", "/", "a"},
		{"GET //a//b/./../c%2Fd%41;p=1?q=%zz?&", "//a//b/./../c%2Fd%41;p=1?q=%zz?&", "a"},
		{"GET /?", "/?", "a"},
		{"GET /caf\xc3\xa9", "/caf\xc3\xa9", "a"},
		{"GET /\"<>\\^`{|}", "/\"<>\\^`{|}", "a"},
		{"OPTIONS *", "*", "a"},
		{"OPTIONS /", "/", "a"},
		{"GET http://b.example", "/", "b.example"},
		{"GET http://b.example/", "/", "b.example"},
		{"GET HTTPS://b.example:8443/x?y", "/x?y", "b.example:8443"},
		{"GET http://b.example?y", "/?y", "b.example"},
		{"GET http://b.example//x/../y", "//x/../y", "b.example"},
		{"GET http://[2001:db8::1]:80/x", "/x", "[2001:db8::1]:80"},
		{"GET http://b.example/http://c/@d", "/http://c/@d", "b.example"},
		{"OPTIONS http://b.example", "*", "b.example"},
		{"OPTIONS http://b.example/", "/", "b.example"},
		{"OPTIONS http://b.example?", "/?", "b.example"},
	} {
		r := scanRequest(t, lines(c.line+" HTTP/1.1", "Host: a"))
		if string(r.Path) != c.path || string(r.Host) != c.host {
			t.Errorf("%s: Path %q, Host %q; want %q, %q", c.line, r.Path, r.Host, c.path, c.host)
		}
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	for _, target := range []string{
		"*", "x", "?x", "a.example:443", "a.example", "/a#b", "/#", "/a\x00b", "/a\x7fb", "/a\x1fb", "/a\rb", "/a\tb", "/a\vb",
		"http:/b.example/", "http:b.example", "http://", "http:///x", "http://?x", "http://user@b.example/", "http://u:p@b/",
		"http://b.example:x/", "http://b.example:80:80/", "http://b.example:65536/", "http://b .example/", "http://b\\@c/",
		"http://[::1/", "http://[::1]x/", "http://b.example#x", "ftp://b.example/", "ws://b.example/", "://b.example/",
		"//b.example@/\x01", "*/", "**", "\xff",
	} {
		refuseRequest(t, lines("GET "+target+" HTTP/1.1", "Host: a"), Malformed)
	}
	refuseRequest(t, lines("OPTIONS *x HTTP/1.1", "Host: a"), Malformed)
	refuseRequest(t, lines("options * HTTP/1.1", "Host: a"), Malformed)
}

func TestAComposedPathDoesNotTouchTheBuffer(t *testing.T) {
	head := lines("GET http://b?q HTTP/1.1", "Host: a")
	r := scanRequest(t, head)
	if string(r.Raw) != head || string(r.Target) != "http://b?q" {
		t.Errorf("Raw = %q, Target = %q", r.Raw, r.Target)
	}
}

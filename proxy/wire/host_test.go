package wire

import "testing"

func TestHostsThatAreAccepted(t *testing.T) {
	for _, host := range []string{
		"a", "a.example", "A.EXAMPLE.", "a_b.example", "a.example:80", "a.example:", "a.example:65535", "127.0.0.1:8080", "1.2.3.999",
		"a%2Db", "[::1]", "[::1]:443", "[2001:db8::1.2.3.4]", "[::ffff:10.0.0.1]:1", "~!$&'()*+,;=-._", "xn--bcher-kva.example",
	} {
		if r := scanRequest(t, lines("GET / HTTP/1.1", "Host: "+host)); string(r.Host) != host {
			t.Errorf("Host = %q, want %q", r.Host, host)
		}
	}
}

func TestHostsThatAreRefused(t *testing.T) {
	for _, host := range []string{
		"", "a b", "a, b", "a/b", "a?b", "a#b", "a@b", "a:b", "a:80:80", ":80", "a:-1", "a:65536", "a:99999999999999999999", "a%", "a%2",
		"a%zz", "a\\b", "b\xc3\xbccher", "\"a\"", "<a>", "[]", "[", "[::1", "[::1]a", "[::1]]", "[::1%25eth0]", "[::1%eth0]", "[1.2.3.4]",
		"[v1.a]", "[:::]", "::1", "http://a", "a\x01", "a\tb", "[1111:1111:1111:1111:1111:1111:255.255.255.2555]",
	} {
		refuseRequest(t, lines("GET / HTTP/1.1", "Host: "+host), Malformed)
		if host != "" {
			refuseRequest(t, lines("GET / HTTP/1.0", "Host: "+host), Malformed)
		}
	}
}

func TestHowManyHostsARequestNeeds(t *testing.T) {
	refuseRequest(t, lines("GET / HTTP/1.1"), Malformed)
	refuseRequest(t, lines("GET / HTTP/1.1", "X-Host: a"), Malformed)
	refuseRequest(t, lines("GET / HTTP/1.1", "Host: a", "Host: a"), Malformed)
	refuseRequest(t, lines("GET / HTTP/1.1", "Host: a", "X: y", "hOsT: b"), Malformed)
	refuseRequest(t, lines("GET / HTTP/1.0", "Host: a", "Host: a"), Malformed)
	refuseRequest(t, lines("GET / HTTP/1.0", "Host:", "Host:"), Malformed)
	// The absolute form overrules the field but does not replace it.
	refuseRequest(t, lines("GET http://b/ HTTP/1.1"), Malformed)
	refuseRequest(t, lines("GET http://b/ HTTP/1.1", "Host: x y"), Malformed)
	for _, head := range []string{lines("GET / HTTP/1.0"), lines("GET / HTTP/1.0", "Host:")} {
		if r := scanRequest(t, head); len(r.Host) != 0 {
			t.Errorf("%q: Host = %q", head, r.Host)
		}
	}
	if r := scanRequest(t, lines("GET http://b/ HTTP/1.0")); string(r.Host) != "b" {
		t.Errorf("Host = %q", r.Host)
	}
}

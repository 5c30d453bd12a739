package wire

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines joins lines into a head: each gets its CRLF, and the empty line follows.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n\r\n" }

func scanRequest(t *testing.T, head string) *Request {
	t.Helper()
	var r Request
	n, err := r.Scan([]byte(head), generous)
	if err != nil {
		t.Fatalf("Scan(%q): %v", head, err)
	}
	if n != len(head) {
		t.Fatalf("Scan(%q) read %d bytes of %d", head, n, len(head))
	}
	return &r
}

// wantRefused checks that err is an *Error of this kind.
func wantRefused(t *testing.T, head string, err error, kind Kind) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%q: got %v, want a refusal (%v)", head, err, kind)
	} else if e.Kind != kind {
		t.Errorf("%q: refused as %v (%s), want %v", head, e.Kind, e.Reason, kind)
	}
}

func refuseRequest(t *testing.T, head string, kind Kind) {
	t.Helper()
	var r Request
	_, err := r.Scan([]byte(head), generous)
	wantRefused(t, head, err, kind)
}

func TestAHeadKeepsItsBytes(t *testing.T) {
	head := lines("PoST /a//b/../c%2Fd;p?x=1& HTTP/1.1", "hOST: Shop.example:8080", "X-A:one", "x-a: \t two\twords \t",
		"Empty:", "Latin: caf\xe9", "Content-Length: 7")
	var r Request
	n, err := r.Scan([]byte(head+"payload"), generous)
	if err != nil || n != len(head) {
		t.Fatalf("Scan = %d, %v; want %d", n, err, len(head))
	}
	if string(r.Raw) != head {
		t.Errorf("Raw = %q", r.Raw)
	}
	got := []string{string(r.Method), string(r.Target), string(r.Path), string(r.Host)}
	want := []string{"PoST", "/a//b/../c%2Fd;p?x=1&", "/a//b/../c%2Fd;p?x=1&", "Shop.example:8080"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var fields []string
	for _, f := range r.Fields {
		fields = append(fields, string(f.Name)+"|"+string(f.Value)+"|"+string(f.Line))
	}
	want = []string{"hOST|Shop.example:8080|hOST: Shop.example:8080\r\n", "X-A|one|X-A:one\r\n",
		"x-a|two\twords|x-a: \t two\twords \t\r\n", "Empty||Empty:\r\n", "Latin|caf\xe9|Latin: caf\xe9\r\n",
		"Content-Length|7|Content-Length: 7\r\n"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}
}

func TestGetTellsAbsentFromEmpty(t *testing.T) {
	r := scanRequest(t, lines("GET / HTTP/1.1", "Host: a", "Via:", "Cookie: one", "cookie: two"))
	if r.Get(Via) == nil || len(r.Get(Via)) != 0 {
		t.Error("an empty value must not be nil")
	}
	if r.Get(Trailer) != nil || r.Has(Trailer) || !r.Has(Via) {
		t.Error("absent is nil, present is not")
	}
	if string(r.Get(Cookie)) != "one" {
		t.Errorf("Get = %q, want the first value", r.Get(Cookie))
	}
}

func TestRequestLinesThatAreRefused(t *testing.T) {
	for line, kind := range map[string]Kind{
		"":                               Malformed,
		"GET":                            Malformed,
		"GET /":                          Malformed, // HTTP/0.9
		"GET  / HTTP/1.1":                Malformed,
		"GET /  HTTP/1.1":                Malformed,
		" GET / HTTP/1.1":                Malformed,
		"GET / HTTP/1.1 ":                Malformed,
		"GET\t/ HTTP/1.1":                Malformed,
		"GET /\tHTTP/1.1":                Malformed,
		"GET / x HTTP/1.1":               Malformed,
		"G(T / HTTP/1.1":                 Malformed,
		"G\xc3T / HTTP/1.1":              Malformed,
		" / HTTP/1.1":                    Malformed,
		"GET / http/1.1":                 Malformed,
		"GET / HTTP/1.1\r":               Malformed,
		"GET / HTTP/1":                   Malformed,
		"GET / HTTP/11":                  Malformed,
		"GET / HTTP/1.10":                Malformed,
		"GET / HTTP/01.1":                Malformed,
		"GET / HTTP/1,1":                 Malformed,
		"GET / HTTP/a.1":                 Malformed,
		"GET / HTTPS/1.1":                Malformed,
		"GET / ICY/1.1":                  Malformed,
		"GET / HTTP/1.2":                 VersionNotSupported,
		"GET / HTTP/0.9":                 VersionNotSupported,
		"GET / HTTP/2.0":                 VersionNotSupported,
		"PRI * HTTP/2.0":                 VersionNotSupported,
		"GET / HTTP/3.0":                 VersionNotSupported,
		"GET / HTTP/9.9":                 VersionNotSupported,
		"CONNECT a.example:443 HTTP/1.1": MethodNotSupported,
		"CONNECT / HTTP/1.0":             MethodNotSupported,
	} {
		refuseRequest(t, lines(line, "Host: a"), kind)
	}
}

func TestARefusedMethodIsStillNamed(t *testing.T) {
	var r Request
	if _, err := r.Scan([]byte("CONNECT a:443 HTTP/1.1\r\n"), generous); err == nil || string(r.Method) != "CONNECT" {
		t.Errorf("Method = %q, err = %v", r.Method, err)
	}
}

func TestOneBlankLineBeforeARequestIsPassedOver(t *testing.T) {
	head := lines("GET / HTTP/1.1", "Host: a")
	r := scanRequest(t, "\r\n"+head)
	if string(r.Raw) != head {
		t.Errorf("Raw = %q, want the head without the blank line", r.Raw)
	}
	refuseRequest(t, "\r\n\r\n"+head, Malformed)
	refuseRequest(t, "\n"+head, Malformed)
	refuseRequest(t, "\r"+head, Malformed)
}

func TestExpectationsOfARequest(t *testing.T) {
	for _, c := range []struct {
		version, fields string
		want            bool
	}{
		{"1.1", "Expect: 100-continue", true},
		{"1.1", "expect:100-Continue", true},
		{"1.1", "Expect: 100-continue\r\nExpect: 100-continue", true},
		{"1.1", "Expect: other, 100-continue", true},
		{"1.1", "Expect: other", false},
		{"1.1", "Expect: 100-continue;x=1", false},
		{"1.1", "Expect:", false},
		{"1.1", "X-Expect: 100-continue", false},
		{"1.0", "Expect: 100-continue", false},
	} {
		r := scanRequest(t, lines("POST / HTTP/"+c.version, "Host: a", c.fields))
		if r.Expect100 != c.want {
			t.Errorf("%s %q: Expect100 = %v", c.version, c.fields, r.Expect100)
		}
	}
}

func TestMaxForwards(t *testing.T) {
	for value, want := range map[string]int{"0": 0, "10": 10, "007": 7, "99999999999": 1<<31 - 1} {
		if r := scanRequest(t, lines("TRACE / HTTP/1.1", "Host: a", "Max-Forwards: "+value)); r.MaxForwards != want {
			t.Errorf("%s: MaxForwards = %d", value, r.MaxForwards)
		}
	}
	if r := scanRequest(t, lines("TRACE / HTTP/1.1", "Host: a")); r.MaxForwards != -1 {
		t.Errorf("absent: MaxForwards = %d", r.MaxForwards)
	}
	for _, value := range []string{"", "-1", "+1", "1.0", "x", "1, 1", "1\r\nMax-Forwards: 1", "99999999999999999999"} {
		refuseRequest(t, lines("TRACE / HTTP/1.1", "Host: a", "Max-Forwards: "+value), Malformed)
	}
}

func TestAClientSaysWhetherItTakesTrailers(t *testing.T) {
	for _, c := range []struct {
		version, te string
		want        bool
	}{
		{"1.1", "trailers", true},
		{"1.1", "gzip;q=0.5, Trailers", true},
		{"1.1", "gzip\r\nTE: trailers", true},
		{"1.1", "gzip", false},
		{"1.1", "", false},
		{"1.0", "trailers", false},
	} {
		r := scanRequest(t, lines("GET / HTTP/"+c.version, "Host: a", "TE: "+c.te))
		if r.TETrailers != c.want {
			t.Errorf("%s %q: TETrailers = %v", c.version, c.te, r.TETrailers)
		}
	}
}

func TestASecondScanRemembersNothingOfTheFirst(t *testing.T) {
	r := scanRequest(t, lines("OPTIONS http://b.example HTTP/1.1", "Host: a", "Connection: close, upgrade", "Upgrade: websocket",
		"Expect: 100-continue", "Max-Forwards: 3", "TE: trailers", "Content-Length: 9"))
	plain := lines("GET /x HTTP/1.1", "Host: c")
	if _, err := r.Scan([]byte(plain), generous); err != nil {
		t.Fatal(err)
	}
	fresh := scanRequest(t, plain)
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".scratch" }, cmp.Ignore())
	if diff := cmp.Diff(fresh, r, cmp.AllowUnexported(Request{}, Head{}), ignore); diff != "" {
		t.Error(diff)
	}
}

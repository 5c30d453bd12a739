package wire

import (
	"errors"
	"strings"
	"testing"
)

func TestFieldLinesThatAreRefused(t *testing.T) {
	for line, kind := range map[string]Kind{
		":":                             EmptyName,
		": x":                           EmptyName,
		"\xe4:x":                        NameNotASCII,
		"X-\xc3\xa9: x":                 NameNotASCII,
		"Host : a":                      NameInvalidChar,
		"Host\t: a":                     NameInvalidChar,
		"Transfer Encoding: chunked":    NameInvalidChar,
		"Transfer-Encoding x: chunked":  NameInvalidChar,
		"Content-Length : 5":            NameInvalidChar,
		"X(Y): z":                       NameInvalidChar,
		"X\x00: z":                      NameInvalidChar,
		"X\x7f: z":                      NameInvalidChar,
		"X@: z":                         NameInvalidChar,
		"{X}: z":                        NameInvalidChar,
		" Host: b":                      Malformed, // folded
		"\tHost: b":                     Malformed,
		" ":                             Malformed,
		"\t":                            Malformed,
		"no colon":                      Malformed,
		"NoColon":                       Malformed,
		"X\rY: z":                       Malformed,
		"X: a\rb":                       Malformed,
		"X: a\r":                        Malformed,
		"X:\r":                          Malformed,
		"\r":                            Malformed,
		"X: a\nY: b":                    Malformed,
		"X: a\n":                        Malformed,
		"X: a\x00":                      Malformed,
		"X: \x01":                       Malformed,
		"X: a\x7fb":                     Malformed,
		"X: a\x0bb":                     Malformed,
		"X: a\x0c":                      Malformed,
		"X: 0123456\x1f89":              Malformed,
		"X: 01234567\x7f":               Malformed,
		"X: 012345678901234567890\x08a": Malformed,
	} {
		refuseRequest(t, lines("GET / HTTP/1.1", "Host: a", line), kind)
		refuseRequest(t, lines("GET / HTTP/1.1", line, "Host: a"), kind)
		refuseResponse(t, lines("HTTP/1.1 200 OK", line, "Content-Length: 0"), kind)
	}
}

func TestABareLineFeedEndsNothing(t *testing.T) {
	good := lines("GET / HTTP/1.1", "Host: a", "X: y")
	for i := strings.Index(good, "\r"); i < len(good)-1; i++ {
		if good[i] == '\r' {
			refuseRequest(t, good[:i]+good[i+1:], Malformed)
		}
	}
	refuseRequest(t, "GET / HTTP/1.1\nHost: a\n\n", Malformed)
	refuseResponse(t, "HTTP/1.1 200 OK\nContent-Length: 0\n\n", Malformed)
}

func TestARefusedNameIsShownSafely(t *testing.T) {
	for _, c := range []struct{ line, field, char string }{
		{"Bad Name: x", "Bad Name", " "},
		{"B\xc3\xa9d: x", "Béd", "é"},
		{"B\xe9d: x", `B\xe9d`, `\xe9`},
		{"B\x1b[31m: x", `B\x1b[31m`, `\x1b`},
		{"B\xe2\x80\xa8: x", `B\xe280a8`, `\xe280a8`},
		{strings.Repeat("n", 100) + " : x", strings.Repeat("n", 64), " "},
	} {
		var r Request
		_, err := r.Scan([]byte(lines("GET / HTTP/1.1", c.line)), generous)
		var e *Error
		if !errors.As(err, &e) || e.Field != c.field || e.Char != c.char {
			t.Errorf("%q: %#v, want field %q and character %q", c.line, err, c.field, c.char)
		}
	}
}

func TestKnownNamesAreFoundWhateverTheirCase(t *testing.T) {
	seen := map[FieldID]bool{Other: true, XApigee: true}
	for length, names := range knownNames {
		for _, known := range names {
			if len(known.lower) != length || known.lower != strings.ToLower(known.lower) {
				t.Errorf("%q stands at length %d", known.lower, length)
			}
			for _, name := range []string{known.lower, strings.ToUpper(known.lower), titled(known.lower)} {
				if got := fieldID([]byte(name)); got != known.id {
					t.Errorf("fieldID(%q) = %d, want %d", name, got, known.id)
				}
			}
			if fieldID([]byte(known.lower+"x")) == known.id || fieldID([]byte(known.lower[1:])) == known.id {
				t.Errorf("%q is found by a part of it", known.lower)
			}
			seen[known.id] = true
		}
	}
	for id := Other; id <= HTTP2Settings; id++ {
		if !seen[id] {
			t.Errorf("FieldID %d has no name", id)
		}
	}
}

func TestNamesOfTheGatewayItself(t *testing.T) {
	for name, want := range map[string]FieldID{
		"X-Apigee-Message-ID": XApigee, "x-apigee.message-id": XApigee, "X-APIGEE-": XApigee, "X-Apigee": Other, "X-Apigeex": Other,
		"X-Apigee_x": Other, "Y-Apigee-x": Other, "X_Apigee-x": Other, "X-Apigee-Msg-01234": XApigee, "H\xf0st": Other, "\xe8ost": Other,
	} {
		if got := fieldID([]byte(name)); got != want {
			t.Errorf("fieldID(%q) = %d, want %d", name, got, want)
		}
	}
}

func titled(lower string) string { return strings.ToUpper(lower[:1]) + lower[1:] }

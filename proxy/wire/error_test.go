package wire

import (
	"strings"
	"testing"
)

func TestEveryKindHasAName(t *testing.T) {
	seen := map[string]bool{}
	for kind := Malformed; kind <= NameInvalidChar; kind++ {
		name := kind.String()
		if name == "" || seen[name] {
			t.Errorf("kind %d is called %q", kind, name)
		}
		seen[name] = true
	}
}

func TestARefusalSaysWhatIsWrong(t *testing.T) {
	var r Request
	_, err := r.Scan([]byte(lines("GET / HTTP/1.1", "Host: a", "Host: b")), generous)
	if err == nil || err.Error() != "malformed: more than one Host" {
		t.Errorf("%v", err)
	}
	_, err = r.Scan([]byte(strings.Repeat("x", 99)), Limits{Line: 10})
	if err == nil || err.Error() != "line too big: start line exceeds 10 bytes" {
		t.Errorf("%v", err)
	}
}

func TestNothingOfThePeerReachesTheReason(t *testing.T) {
	for _, head := range []string{"SECRET\r\n", "GET SECRET HTTP/1.1\r\n", "GET / SECRET\r\n", "GET / HTTP/1.1\r\nSECRET\r\n",
		"GET / HTTP/1.1\r\nSECRET : x\r\n", "GET / HTTP/1.1\r\nHost: SEC RET\r\n\r\n", "GET / HTTP/1.1\r\nX: SECRET\x00\r\n"} {
		var r Request
		_, err := r.Scan([]byte(head), generous)
		if err == nil || strings.Contains(err.Error(), "SEC") {
			t.Errorf("%q: %v", head, err)
		}
	}
}

package wire

import "testing"

func scanResponse(t *testing.T, method, head string) *Response {
	t.Helper()
	var r Response
	n, err := r.Scan([]byte(head), []byte(method), generous)
	if err != nil {
		t.Fatalf("Scan(%q): %v", head, err)
	}
	if n != len(head) || string(r.Raw) != head {
		t.Fatalf("Scan(%q) read %d bytes of %d: %q", head, n, len(head), r.Raw)
	}
	return &r
}

func refuseResponse(t *testing.T, head string, kind Kind) {
	t.Helper()
	var r Response
	_, err := r.Scan([]byte(head), []byte("GET"), generous)
	wantRefused(t, head, err, kind)
}

func TestStatusLinesThatAreAccepted(t *testing.T) {
	for _, c := range []struct {
		line   string
		minor  int
		status int
		reason string
	}{
		{"HTTP/1.1 200 OK", 1, 200, "OK"},
		{"HTTP/1.0 404 Not Found", 0, 404, "Not Found"},
		{"HTTP/1.1 200 ", 1, 200, ""},
		{"HTTP/1.1 200", 1, 200, ""},
		{"HTTP/1.1 500  two  blanks ", 1, 500, " two  blanks "},
		{"HTTP/1.1 418 caf\xe9\tx", 1, 418, "caf\xe9\tx"},
		{"HTTP/1.1 100 Continue", 1, 100, "Continue"},
		{"HTTP/1.1 999 ?", 1, 999, "?"},
	} {
		r := scanResponse(t, "GET", lines(c.line))
		if r.Minor != c.minor || r.Status != c.status || string(r.Reason) != c.reason {
			t.Errorf("%q: minor %d, status %d, reason %q", c.line, r.Minor, r.Status, r.Reason)
		}
	}
}

func TestStatusLinesThatAreRefused(t *testing.T) {
	for line, kind := range map[string]Kind{
		"":                         Malformed,
		"HTTP/1.1":                 Malformed,
		"HTTP/1.1 ":                Malformed,
		"HTTP/1.1 2":               Malformed,
		"HTTP/1.1 20 OK":           Malformed,
		"HTTP/1.1 2000 OK":         Malformed,
		"HTTP/1.1 099 OK":          Malformed,
		"HTTP/1.1 000 OK":          Malformed,
		"HTTP/1.1 -20 OK":          Malformed,
		"HTTP/1.1 +20 OK":          Malformed,
		"HTTP/1.1 2x0 OK":          Malformed,
		"HTTP/1.1  200 OK":         Malformed,
		"HTTP/1.1\t200 OK":         Malformed,
		"HTTP/1.1 200\tOK":         Malformed,
		"HTTP/1.1 200OK":           Malformed,
		"HTTP/1.1 200 O\x00K":      Malformed,
		"HTTP/1.1 200 O\rK":        Malformed,
		"HTTP/1.1 200 OK\x7f":      Malformed,
		" HTTP/1.1 200 OK":         Malformed,
		"http/1.1 200 OK":          Malformed,
		"ICY 200 OK":               Malformed,
		"HTTP/1.10 200 OK":         Malformed,
		"HTTP/11 200 OK":           Malformed,
		"HTTP/2 200":               Malformed,
		"SSH-2.0-OpenSSH_9.2":      Malformed,
		"220 mail.example ESMTP":   Malformed,
		"\x15\x03\x01\x00\x02\x02": Malformed, // a TLS alert
		"HTTP/2.0 200 OK":          VersionNotSupported,
		"HTTP/5.6 200 OK":          VersionNotSupported,
		"HTTP/1.2 200 OK":          VersionNotSupported,
		"HTTP/0.9 200 OK":          VersionNotSupported,
	} {
		refuseResponse(t, lines(line, "Content-Length: 0"), kind)
	}
}

func TestABlankLineBeforeAResponseIsRefused(t *testing.T) {
	refuseResponse(t, "\r\n"+lines("HTTP/1.1 200 OK"), Malformed)
}

func TestARepeatedScanOfResponsesRemembersNothing(t *testing.T) {
	r := scanResponse(t, "GET", lines("HTTP/1.1 101 Switching", "Connection: upgrade", "Upgrade: websocket", "Content-Length: 3"))
	if string(r.Upgrade) != "websocket" || !r.Announced {
		t.Errorf("Upgrade = %q, Announced = %v", r.Upgrade, r.Announced)
	}
	if _, err := r.Scan([]byte(lines("HTTP/1.0 304")), nil, generous); err != nil {
		t.Fatal(err)
	}
	if r.Upgrade != nil || r.Announced || r.Length != 0 || len(r.Fields) != 0 || r.Has(Upgrade) || r.Get(ContentLength) != nil {
		t.Errorf("left over: %+v", r)
	}
}

package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
)

// narrow are limits that a fuzzer can reach.
var narrow = Limits{Line: 200, Headers: 1000}

func FuzzScanRequest(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		original := bytes.Clone(data)
		var r Request
		n, err := r.Scan(data, narrow)
		if !bytes.Equal(data, original) {
			t.Fatal("the scanned bytes changed")
		}
		var slow Request
		slowErr := NewReader(iotest.OneByteReader(bytes.NewReader(data)), nil).ReadRequest(&slow, narrow)
		sameOutcome(t, err, slowErr)
		if err != nil {
			return
		}
		sameHead(t, &r.Head, &slow.Head)
		checkHead(t, &r.Head, data[:n])
		var again Request
		if m, err := again.Scan(r.Raw, narrow); err != nil || m != len(r.Raw) || !bytes.Equal(again.Path, r.Path) {
			t.Fatalf("the accepted head does not scan again: %d, %v", m, err)
		}
		checkForwarded(t, &r)
		checkAgainstNetHTTP(t, &r)
	})
}

// sameOutcome compares a scan of the whole with a scan byte by byte.
func sameOutcome(t *testing.T, whole, slow error) {
	t.Helper()
	var refusal *Error
	switch {
	case whole == nil && slow == nil:
	case whole == ErrIncomplete && (slow == io.EOF || slow == io.ErrUnexpectedEOF):
	case errors.As(whole, &refusal) && errors.As(slow, &refusal):
	default:
		t.Fatalf("as a whole: %v, byte by byte: %v", whole, slow)
	}
}

func sameHead(t *testing.T, a, b *Head) {
	t.Helper()
	if !bytes.Equal(a.Raw, b.Raw) || a.Framing != b.Framing || a.Length != b.Length || a.Close != b.Close || len(a.Fields) != len(b.Fields) {
		t.Fatalf("heads differ:\n%q\n%q", a.Raw, b.Raw)
	}
	for i := range a.Fields {
		if !bytes.Equal(a.Fields[i].Line, b.Fields[i].Line) || a.Fields[i].Hop != b.Fields[i].Hop {
			t.Fatalf("field %d differs: %q, %q", i, a.Fields[i].Line, b.Fields[i].Line)
		}
	}
}

// checkHead checks what holds for every accepted head, whatever it says.
func checkHead(t *testing.T, h *Head, scanned []byte) {
	t.Helper()
	if !bytes.HasSuffix(scanned, h.Raw) || !bytes.HasSuffix(h.Raw, []byte("\r\n\r\n")) {
		t.Fatalf("Raw = %q of %q", h.Raw, scanned)
	}
	inLines := bytes.Count(h.Raw, []byte("\n"))
	if inLines != len(h.Fields)+2 || bytes.Count(h.Raw, []byte("\r")) != inLines || bytes.IndexByte(h.Raw, 0) >= 0 {
		t.Fatalf("%d fields out of %q", len(h.Fields), h.Raw)
	}
	for i := range h.Fields {
		f := &h.Fields[i]
		if !IsToken(f.Name) || !bytes.HasPrefix(f.Line, append(bytes.Clone(f.Name), ':')) || !bytes.Equal(bytes.Trim(f.Value, " \t"), f.Value) {
			t.Fatalf("field %q: %q, %q", f.Line, f.Name, f.Value)
		}
	}
}

// forwarded writes the head a relay would send on.
func forwarded(r *Request) []byte {
	out := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: target.example\r\n", r.Method, r.Path)
	for i := range r.Fields {
		if f := &r.Fields[i]; !f.Hop && f.ID != Host {
			out = append(out, f.Line...)
		}
	}
	if r.Framing == Chunked {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	}
	return append(out, "\r\n"...)
}

// checkForwarded proves that what is sent on cannot be framed in another way than what came in.
func checkForwarded(t *testing.T, r *Request) {
	t.Helper()
	out := forwarded(r)
	var again Request
	n, err := again.Scan(out, generous)
	if err != nil || n != len(out) {
		t.Fatalf("forwarded head %q: %d, %v", out, n, err)
	}
	if again.Framing != r.Framing || again.Length != r.Length || !bytes.Equal(again.Path, r.Path) || !bytes.Equal(again.Method, r.Method) {
		t.Fatalf("forwarded as %v of %d bytes, came as %v of %d bytes: %q", again.Framing, again.Length, r.Framing, r.Length, out)
	}
}

// checkAgainstNetHTTP compares with another reader where that one accepts the head, too.
func checkAgainstNetHTTP(t *testing.T, r *Request) {
	t.Helper()
	other, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.Raw)))
	if err != nil {
		return
	}
	length := r.Length
	if r.Framing == Chunked {
		length = -1
	}
	if other.ContentLength != length || other.Method != string(r.Method) || other.RequestURI != string(r.Target) {
		t.Fatalf("net/http reads %s %s of %d bytes: %q", other.Method, other.RequestURI, other.ContentLength, r.Raw)
	}
}

func FuzzScanResponse(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		var r, slow Response
		n, err := r.Scan(data, []byte(method), narrow)
		slowErr := NewReader(iotest.OneByteReader(bytes.NewReader(data)), nil).ReadResponse(&slow, []byte(method), narrow)
		sameOutcome(t, err, slowErr)
		if err != nil {
			return
		}
		sameHead(t, &r.Head, &slow.Head)
		checkHead(t, &r.Head, data[:n])
		if r.Status < 100 || r.Status > 999 || r.Framing == UntilClose && !r.Close {
			t.Fatalf("%+v", r)
		}
		other, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(r.Raw)), &http.Request{Method: method})
		if err != nil {
			return
		}
		want := map[Framing]int64{NoBody: other.ContentLength, Length: r.Length, Chunked: -1, UntilClose: -1}[r.Framing]
		if other.StatusCode != r.Status || other.ContentLength != want {
			t.Fatalf("net/http reads %d with %d bytes, here %v of %d: %q", other.StatusCode, other.ContentLength, r.Framing, r.Length, r.Raw)
		}
	})
}

package proxy

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"

	"message-processor/proxy/wire"
)

// FuzzContentCodings opens anything through any codings, with decoders that have been used before, and compares the
// outcome with fresh ones: nothing of an earlier body, sound or not, may be left in them.
func FuzzContentCodings(f *testing.F) {
	const limit = 10_000
	var used decoders
	f.Fuzz(func(t *testing.T, codings, body string) {
		var head wire.Response
		answer := "HTTP/1.1 200 OK\r\nContent-Encoding: " + codings + "\r\n\r\n"
		if n, err := head.Scan([]byte(answer), nil, wire.Limits{Line: 100, Headers: 4000}); err != nil || n != len(answer) || len(head.Fields) != 1 {
			return
		}
		known, unknown := contentCodings(&head.Head)
		if unknown != nil {
			if !strings.Contains(codings, string(unknown)) {
				t.Fatalf("%q is not in %q", unknown, codings)
			}
			return
		}
		got, want := used.open(known, []byte(body), limit), openFresh(known, body, limit)
		if outcomeOf(got) != outcomeOf(want) {
			t.Errorf("%v: used decoders say %v, fresh ones %v", known, got, want)
		}
	})
}

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "sound"
	case errors.Is(err, wire.ErrTooBig):
		return "too big"
	}
	return "broken"
}

func openFresh(codings []coding, body string, limit int64) error {
	var content io.Reader = strings.NewReader(body)
	for i := len(codings) - 1; i >= 0; i-- {
		var err error
		if codings[i] == codingGzip {
			content, err = gzip.NewReader(content)
		} else {
			content, err = zlib.NewReader(content)
		}
		if err != nil {
			return err
		}
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(content, limit+1))
	if n > limit {
		return wire.ErrTooBig
	}
	return err
}

package session_test

import (
	"bytes"
	"strings"
	"testing"

	"message-processor/faults"
	"message-processor/tracing"
	"message-processor/tracing/session"
)

// Whatever the network brings, both forms are well-formed and keep the rules, and nothing of an Authorization field is
// in them.
func FuzzRenderers(f *testing.F) {
	f.Add([]byte("/v1/orders?a=1"), []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nX: y\r\n\r\n"), []byte("body"), uint8(0))
	nasty := hostile()
	f.Add(nasty.Path, nasty.Messages.RequestHead[:400], nasty.Messages.ResponseHead, nasty.Messages.ResponseBody, uint8(4))
	f.Add([]byte("%"), []byte("\n\n:\n :\r"), []byte("HTTP/1.1 999"), []byte("\xff\xfe<![CDATA["), uint8(7))
	f.Fuzz(func(t *testing.T, path, request, response, body []byte, step uint8) {
		c := newCall("GET", "/")
		c.Path, c.Messages.RequestBody, c.BytesIn = path, body, int64(len(body))
		c.Messages.RequestHead = append([]byte("GET / HTTP/1.1\r\nAuthorization: "+planted+"\r\n"), request...)
		c.connect().secure().send()
		if failedAt := tracing.Step(step % 12); failedAt <= tracing.Respond {
			c.fail(faults.UnexpectedEOFAtTarget, failedAt, nil)
		} else {
			c.pass("200 OK", string(body))
		}
		c.Messages.ResponseHead = response
		for _, own := range [][]byte{path, request, response, body} {
			if bytes.Contains(own, []byte(planted)) {
				t.Skip()
			}
		}
		tx := record(t, c)
		document := tx.AppendXML(nil)
		parse(t, document)
		parse(t, tx.AppendFile(nil))
		parseJSON(t, tx.AppendJSON(nil))
		if strings.Contains(shown(tx), planted) {
			t.Error("a secret is shown")
		}
	})
}

func FuzzFilters(f *testing.F) {
	f.Add("header_X", "1", []byte("/?x=1"), []byte("GET / HTTP/1.1\r\nX: 1\r\n\r\n"))
	f.Add("qparam_x", "1 ", []byte("/?x=1%20&%"), []byte(":\n:"))
	f.Fuzz(func(t *testing.T, key, value string, path, request []byte) {
		filter, ok := session.ParseFilter(key, value)
		if !ok || len(key)+len(value) > 1000 {
			return
		}
		s := session.New(options())
		defer s.Close()
		start(t, s, orders, "default", filter)
		c := success()
		c.Path, c.Messages.RequestHead = path, request
		s.Observe(c.Record)
		if len(transactions(t, s, "default")) == 1 && len(value) > 0 && !filter.Query && !bytes.Contains(request, []byte(value)) {
			t.Errorf("%+v matches %q", filter, request)
		}
	})
}

package proxy

import (
	"strings"
	"testing"

	"message-processor/faults"
)

// TestRequestsThatTheOriginalDoesNotTake are well-formed and refused all the same; the connection serves on.
func TestRequestsThatTheOriginalDoesNotTake(t *testing.T) {
	target := serve(t, always(plain))
	for _, c := range []struct {
		name, request string
		want          faults.ID
		says          string
	}{
		{"POST without a length", "POST /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n", faults.LengthRequired, `\"Content-Length\" is missing`},
		{"PUT without a length", "PUT /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n", faults.LengthRequired, `\"Content-Length\" is missing`},
		{"two Content-Types", post("Content-Type: a/b\r\ncontent-type: a/b\r\nContent-Length: 0", ""), faults.DuplicateHeader, `Duplicate Header \"Content-Type\"`},
		{"two Authorizations", post("Authorization: a\r\nX: y\r\nAuthorization: b\r\nContent-Length: 0", ""), faults.DuplicateHeader, `Duplicate Header \"Authorization\"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := setup{target: target.url()}.start(t)
			client := g.dial()
			client.send(c.request)
			a := client.receive("POST")
			g.faulty(a, c.want)
			if !strings.Contains(a.body, c.says) {
				t.Errorf("body %s", a.body)
			}
			client.exchange(ask, 200)
		})
	}
}

func TestRequestsThatTheOriginalTakes(t *testing.T) {
	g := setup{target: serve(t, always(plain)).url()}.start(t)
	c := g.dial()
	for _, request := range []string{
		"DELETE /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n",
		"PATCH /v1/orders HTTP/1.1\r\nHost: gw\r\n\r\n",
		post("Content-Length: 0", ""),
		post("Content-Length: 0\r\nAccept: a\r\nAccept: b\r\nX: y\r\nX: y", ""),
	} {
		c.exchange(request, 200)
	}
}

func TestTargetURLSetByAPolicyNeedsAPath(t *testing.T) {
	target := serve(t, always(plain)).url()
	for _, c := range []struct {
		url     string
		dynamic bool
		want    faults.ID
	}{
		{target, false, ""},
		{target, true, faults.EmptyPath},
		{target + "?x=1", true, faults.BadPath},
		{target + "?x=1", false, ""},
		{target + "/", true, ""},
		{target + "/a?x=1", true, ""},
	} {
		s := setup{target: c.url}
		if c.dynamic {
			s.within = "dynamic_url: true,"
		}
		g := s.start(t)
		client := g.dial()
		client.send("GET /v1/orders/1 HTTP/1.1\r\nHost: gw\r\n\r\n")
		if got, r := client.receive("GET"), g.record(); r.fault != c.want {
			t.Errorf("%s, dynamic %v: fault %q, answered %d %s", c.url, c.dynamic, r.fault, got.StatusCode, got.body)
		}
	}
}

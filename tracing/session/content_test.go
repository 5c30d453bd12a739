package session_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"message-processor/tracing"
	"message-processor/tracing/session"
)

func answer(body []byte, total int64) *call {
	c := success()
	c.Messages.ResponseBody, c.BytesOut = body, total
	return c
}

func TestContentIsCutAtFiveHundredCharacters(t *testing.T) {
	tests := []struct {
		name  string
		body  string
		total int
		want  string
	}{
		{"empty", "", 0, ""},
		{"500 characters are shown whole", strings.Repeat("a", 500), 500, strings.Repeat("a", 500)},
		{"501 are cut", strings.Repeat("a", 501), 501, strings.Repeat("a", 500) + "....."},
		{"characters count, not bytes", strings.Repeat("ä€", 300), 1500, strings.Repeat("ä€", 250) + "....."},
		{"a sample of more", strings.Repeat("€", 341) + "\xe2", 3000, strings.Repeat("€", 341) + "....."},
		{"a large body", strings.Repeat("b", 1<<20), 1 << 20, strings.Repeat("b", 500) + "....."},
		{"what is no UTF-8", "a\xff\xfeb", 4, "a\uFFFDb"},
	}
	for _, test := range tests {
		tx := record(t, answer([]byte(test.body), int64(test.total)))
		for _, p := range tx.Points() {
			if p.Message == nil || p.Message.Kind != session.ResponseMessage || p.Properties[0].Value != "RESP_SENT" {
				continue
			}
			if p.Message.Content != test.want || p.Message.Truncated != strings.HasSuffix(test.want, ".....") {
				t.Errorf("%s: %d characters, truncated %v: %.40q", test.name, utf8.RuneCountInString(p.Message.Content),
					p.Message.Truncated, p.Message.Content)
			}
		}
	}
}

// hostile is a call in which everything that can come from the network is nasty.
func hostile() *call {
	const nasty = "<script>alert(1)</script>]]>&amp;\"'\x00\x01\x0b\x1f\x7f\xff\xed\xa0\x80\xef\xbf\xbe\xef\xbf\xbf\u2028&#0;\ttab"
	c := newCall("GET", "/v1/orders?q="+nasty, "X-Nasty: "+nasty, nasty+": x", "X-Huge: "+strings.Repeat("h\"<", 40<<10),
		"X-Apigee.Message-ID: forged", "X-Apigee.organization: forged")
	c.Messages.RequestBody, c.BytesIn = []byte(nasty), int64(len(nasty))
	c.connect().secure().send().pass("200 "+nasty, strings.Repeat(nasty, 9), "X-Nasty: "+nasty, nasty+": x",
		"X-Apigee.fault-code: forged", "X-Apigee.Message-ID: forged", "X-Apigee-Message-ID: forged")
	return c
}

func TestAHostilePeerIsShownSafely(t *testing.T) {
	tx := record(t, hostile())
	document := tx.AppendXML(nil)
	checkStructure(t, document)
	if strings.Contains(string(document), "<script") || strings.Contains(string(document), "\x00") {
		t.Error("markup of the peer is in the document")
	}
	parse(t, tx.AppendFile(nil))
	parseJSON(t, tx.AppendJSON(nil))
	root := parse(t, document)
	post := root.points("StateChange")[len(root.changes())-1].message()
	if ids := post.header("X-Apigee.Message-ID"); len(ids) != 1 || ids[0] != "mp1-12575-7-1" {
		t.Errorf("message ids %q", ids)
	}
	routed := root.points("StateChange")[0].message()
	if names := routed.header("X-Apigee.organization"); len(names) != 1 || names[0] != "acme" {
		t.Errorf("organizations %q", names)
	}
	if len(document) > 2<<20 {
		t.Errorf("%d bytes of XML", len(document))
	}
}

func TestAHeadOfAnySizeIsKeptWithinBounds(t *testing.T) {
	c := newCall("GET", "/v1/orders")
	c.Messages.RequestHead = append(c.Messages.RequestHead[:len(c.Messages.RequestHead)-2], strings.Repeat("a: b\r\n", 100_000)...)
	received := record(t, c.connect().secure().send().pass("200 OK", "")).Received()
	if n := len(received.Headers); n != 512 {
		t.Errorf("%d fields", n)
	}
}

func TestTheRecordsMemoryIsNotKept(t *testing.T) {
	c := success()
	tx := record(t, c)
	tell := func() string { return string(tx.AppendXML(nil)) + string(tx.AppendJSON(nil)) }
	want, summary := tell(), tx.Summary()
	for _, memory := range [][]byte{c.Method, c.Path, c.Messages.RequestHead, c.Messages.RequestBody, c.Messages.SentHead,
		c.Messages.ResponseHead, c.Messages.ResponseBody, c.Messages.AnswerHead} {
		clear(memory)
	}
	*c.Record = tracing.Record{}
	if tell() != want {
		t.Error("the transaction changed with the next request")
	}
	if diff := cmp.Diff(summary, tx.Summary()); diff != "" {
		t.Error(diff)
	}
}

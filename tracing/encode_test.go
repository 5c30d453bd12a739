package tracing

import (
	"net/netip"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func TestMessagesOfAnyLengthAreWritten(t *testing.T) {
	for _, size := range []int{0, 1, 100, 117, 118, 119, 127, 128, 129, 16_000, 16_375, 16_383, 16_384, 16_385, 100_000, 3_000_000} {
		var e encoder
		name := strings.Repeat("n", size)
		for range 2 { // the second one shows that the first ends where it should
			start := e.open(scopeSpansSpans)
			e.string(spanName, name)
			e.varint(spanKind, kindServer)
			e.close(start)
		}
		var scope tracepb.ScopeSpans
		if err := proto.Unmarshal(e.buf, &scope); err != nil {
			t.Fatalf("a name of %d bytes: %v", size, err)
		}
		if len(scope.Spans) != 2 || scope.Spans[0].Name != name || scope.Spans[1].Kind != tracepb.Span_SPAN_KIND_SERVER {
			t.Errorf("a name of %d bytes: %d spans", size, len(scope.Spans))
		}
		if again, _ := proto.Marshal(&scope); size > 0 && len(again) != len(e.buf) { // an empty one it leaves out
			t.Errorf("a name of %d bytes: %d bytes, the library needs %d", size, len(e.buf), len(again))
		}
	}
}

func TestAttributesOfEveryKindAreWritten(t *testing.T) {
	var e encoder
	start := e.open(scopeSpansSpans)
	e.str("text", "a")
	e.text("bytes", []byte("b"))
	e.str("empty", "")
	e.text("none", nil)
	e.num("negative", -1)
	e.num("large", 1<<62)
	e.flag("yes", true)
	e.flag("no", false)
	e.address("address", "port", netip.MustParseAddrPort("[::ffff:192.0.2.1]:80"))
	e.address("unknown", "unknown", netip.AddrPort{})
	e.close(start)
	var scope tracepb.ScopeSpans
	if err := proto.Unmarshal(e.buf, &scope); err != nil {
		t.Fatal(err)
	}
	want := "address=192.0.2.1\nbytes=b\nlarge=4611686018427387904\nnegative=-1\nno=false\nport=80\ntext=a\nyes=true"
	if got := listed(scope.Spans[0].Attributes); got != want {
		t.Errorf("attributes\n%s", got)
	}
}

func TestLongTextIsCutToValidText(t *testing.T) {
	var e encoder
	start := e.open(scopeSpansSpans)
	e.str("string", strings.Repeat("ü", maxText))
	e.text("bytes", []byte("x"+strings.Repeat("ü", maxText)))
	e.close(start)
	var scope tracepb.ScopeSpans
	if err := proto.Unmarshal(e.buf, &scope); err != nil {
		t.Fatal(err)
	}
	got := attributesOf(scope.Spans[0].Attributes)
	if got["string"] != strings.Repeat("ü", maxText/2) || got["bytes"] != "x"+strings.Repeat("ü", maxText/2-1)+"\uFFFD" {
		t.Errorf("%d and %d bytes are left", len(got["string"]), len(got["bytes"]))
	}
}

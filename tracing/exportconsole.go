package tracing

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// console is the client that writes instead of sending: each upload is one line of OTLP JSON, as a file receiver reads
// it.
type console struct{ to io.Writer }

func newConsole(to io.Writer) *console {
	if to == nil {
		to = os.Stdout
	}
	return &console{to}
}

// Start does nothing.
func (*console) Start(context.Context) error { return nil }

// Stop does nothing.
func (*console) Stop(context.Context) error { return nil }

// UploadTraces writes the spans, decoded ones. It changes their ids.
func (c *console) UploadTraces(_ context.Context, all []*tracepb.ResourceSpans) error {
	for _, s := range all {
		hexIDs(s)
	}
	text, err := protojson.MarshalOptions{UseEnumNumbers: true}.Marshal(&tracepb.TracesData{ResourceSpans: all})
	if err != nil {
		return err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, text); err != nil { // protojson varies its blanks
		return err
	}
	line.WriteByte('\n')
	_, err = c.to.Write(line.Bytes())
	return err
}

// hexIDs makes the ids come out in hexadecimal, which OTLP JSON wants, where protojson writes base64: they become what
// the hexadecimal text is the base64 of.
func hexIDs(s *tracepb.ResourceSpans) {
	for _, scope := range s.ScopeSpans {
		for _, span := range scope.Spans {
			span.TraceId, span.SpanId, span.ParentSpanId = hexID(span.TraceId), hexID(span.SpanId), hexID(span.ParentSpanId)
		}
	}
}

func hexID(id []byte) []byte {
	decoded, _ := base64.StdEncoding.DecodeString(hex.EncodeToString(id)) // 16 or 32 digits are always base64
	return decoded
}

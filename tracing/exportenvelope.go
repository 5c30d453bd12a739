package tracing

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	serviceName = "message-processor"
	scopeName   = "message-processor/tracing"
	// schemaURL is the version of the semantic conventions that attribute names follow.
	schemaURL = "https://opentelemetry.io/schemas/1.43.0"
)

// NewResource describes this process. What the environment says comes last and wins. A resource comes with an error
// too: the part that could be made.
func NewResource(ctx context.Context, version string) (*resource.Resource, error) {
	return resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", serviceName), attribute.String("service.version", version)),
		resource.WithHost(),
		resource.WithProcessPID(),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(),
	)
}

// envelope wraps rendered spans into the message that the OTLP clients upload.
type envelope struct {
	resource *resourcepb.Resource
	scope    *commonpb.InstrumentationScope
	decoded  bool // the client looks into the spans: they have to be structures, not bytes
}

func newEnvelope(r *resource.Resource, version string, decoded bool) *envelope {
	e := &envelope{
		resource: &resourcepb.Resource{},
		scope:    &commonpb.InstrumentationScope{Name: scopeName, Version: version},
		decoded:  decoded,
	}
	for _, kv := range r.Attributes() {
		e.resource.Attributes = append(e.resource.Attributes, &commonpb.KeyValue{Key: string(kv.Key), Value: anyValue(kv.Value)})
	}
	return e
}

func anyValue(v attribute.Value) *commonpb.AnyValue {
	if v.Type() == attribute.INT64 {
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: v.AsInt64()}}
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: strings.ToValidUTF8(v.Emit(), "\uFFFD")}}
}

// wrap makes the message. The spans, already encoded, become its unknown fields: those are marshalled as they are, and
// the receiver knows them. The message refers to the bytes.
func (e *envelope) wrap(spans []byte) ([]*tracepb.ResourceSpans, error) {
	scope := &tracepb.ScopeSpans{Scope: e.scope, SchemaUrl: schemaURL}
	if e.decoded {
		if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(spans, scope); err != nil {
			return nil, err
		}
	} else {
		scope.ProtoReflect().SetUnknown(spans)
	}
	return []*tracepb.ResourceSpans{{Resource: e.resource, ScopeSpans: []*tracepb.ScopeSpans{scope}, SchemaUrl: schemaURL}}, nil
}

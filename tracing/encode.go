package tracing

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of opentelemetry/proto/trace/v1/trace.proto, as far as they are written here. All of them but spanFlags
// make tags of one byte.
const (
	scopeSpansSpans = 2

	spanTraceID    = 1
	spanID         = 2
	spanTraceState = 3
	spanParent     = 4
	spanName       = 5
	spanKind       = 6
	spanStart      = 7
	spanEnd        = 8
	spanAttributes = 9
	spanEvents     = 11
	spanStatus     = 15
	spanFlags      = 16

	eventTime       = 1
	eventName       = 2
	eventAttributes = 3

	statusMessage = 2
	statusCode    = 3
)

// Tags of opentelemetry/proto/common/v1/common.proto: the members of KeyValue and the kinds of AnyValue.
const (
	keyTag   = 1<<3 | byte(protowire.BytesType)
	valueTag = 2<<3 | byte(protowire.BytesType)

	stringTag = 1<<3 | byte(protowire.BytesType)
	boolTag   = 2<<3 | byte(protowire.VarintType)
	intTag    = 3<<3 | byte(protowire.VarintType)
)

// maxText is how much of one text value a span carries, in bytes: enough for what people write, little enough that a
// hostile client cannot fill the queue with a few requests.
const maxText = 2048

// encoder appends protobuf messages to a buffer. Its zero value writes the attributes of a span.
type encoder struct {
	buf        []byte
	scratch    []byte           // for values that are put together first
	attributes protowire.Number // which field attributes go into; 0 stands for a span's
}

// tag returns the buffer with a field's tag at its end.
func (e *encoder) tag(field protowire.Number, kind protowire.Type) []byte {
	if field < 16 {
		return append(e.buf, byte(field)<<3|byte(kind))
	}
	return protowire.AppendTag(e.buf, field, kind)
}

// appendVarint and sizeBytes are protowire's, with a short cut for the small numbers that nearly all lengths are.
func appendVarint(dst []byte, n int) []byte {
	if n < 0x80 {
		return append(dst, byte(n))
	}
	return protowire.AppendVarint(dst, uint64(n))
}

func sizeBytes(n int) int {
	if n < 0x80 {
		return 1 + n
	}
	return protowire.SizeBytes(n)
}

// open begins a message inside the one under way and returns where its bytes start. Two bytes are left for the length,
// which is right for nearly every message here.
func (e *encoder) open(field protowire.Number) (start int) {
	e.buf = append(e.tag(field, protowire.BytesType), 0, 0)
	return len(e.buf)
}

// close ends the message that started at start.
func (e *encoder) close(start int) {
	size := len(e.buf) - start
	switch room := protowire.SizeVarint(uint64(size)); {
	case room < 2:
		copy(e.buf[start-1:], e.buf[start:])
		e.buf = e.buf[:len(e.buf)-1]
	case room > 2:
		e.buf = append(e.buf, make([]byte, room-2)...)
		copy(e.buf[start+room-2:], e.buf[start:start+size])
	}
	protowire.AppendVarint(e.buf[:start-2], uint64(size))
}

func (e *encoder) bytes(field protowire.Number, value []byte) {
	e.buf = append(appendVarint(e.tag(field, protowire.BytesType), len(value)), value...)
}

func (e *encoder) string(field protowire.Number, value string) {
	e.buf = append(appendVarint(e.tag(field, protowire.BytesType), len(value)), value...)
}

func (e *encoder) varint(field protowire.Number, value uint64) {
	e.buf = protowire.AppendVarint(e.tag(field, protowire.VarintType), value)
}

func (e *encoder) fixed64(field protowire.Number, value uint64) {
	e.buf = binary.LittleEndian.AppendUint64(e.tag(field, protowire.Fixed64Type), value)
}

func (e *encoder) fixed32(field protowire.Number, value uint32) {
	e.buf = binary.LittleEndian.AppendUint32(e.tag(field, protowire.Fixed32Type), value)
}

// key writes an attribute up to its value, of which size bytes will follow.
func (e *encoder) key(key string, size int) {
	field := e.attributes
	if field == 0 {
		field = spanAttributes
	}
	e.buf = appendVarint(e.tag(field, protowire.BytesType), 1+sizeBytes(len(key))+1+sizeBytes(size))
	e.buf = append(appendVarint(append(e.buf, keyTag), len(key)), key...)
	e.buf = appendVarint(append(e.buf, valueTag), size)
}

// str writes a text attribute; an empty one is left out.
func (e *encoder) str(key, value string) {
	if value == "" {
		return
	}
	value = clean(value)
	e.key(key, 1+sizeBytes(len(value)))
	e.buf = append(appendVarint(append(e.buf, stringTag), len(value)), value...)
}

// clean makes a text fit to be exported, wherever it comes from: what is too long is cut, and what is not UTF-8 is
// replaced, because a receiver throws the whole batch away otherwise.
func clean(text string) string {
	text = text[:min(len(text), maxText)]
	if !utf8.ValidString(text) {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}

// text is str for bytes.
func (e *encoder) text(key string, value []byte) {
	if len(value) == 0 {
		return
	}
	value = value[:min(len(value), maxText)]
	if !utf8.Valid(value) {
		value = bytes.ToValidUTF8(value, []byte("\uFFFD"))
	}
	e.key(key, 1+sizeBytes(len(value)))
	e.buf = append(appendVarint(append(e.buf, stringTag), len(value)), value...)
}

func (e *encoder) num(key string, value int64) {
	e.key(key, 1+protowire.SizeVarint(uint64(value)))
	e.buf = protowire.AppendVarint(append(e.buf, intTag), uint64(value))
}

func (e *encoder) flag(key string, value bool) {
	e.key(key, 2)
	e.buf = protowire.AppendVarint(append(e.buf, boolTag), protowire.EncodeBool(value))
}

// address writes an IP address and a port; one that is not known is left out.
func (e *encoder) address(addressKey, portKey string, a netip.AddrPort) {
	if !a.IsValid() {
		return
	}
	e.scratch = a.Addr().Unmap().AppendTo(e.scratch[:0])
	e.text(addressKey, e.scratch)
	if portKey != "" {
		e.num(portKey, int64(a.Port()))
	}
}

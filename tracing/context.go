package tracing

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// TraceID and SpanID are the ids of W3C Trace Context.
type (
	TraceID [16]byte
	SpanID  [8]byte
)

// Context is a request's place in a distributed trace
// (https://www.w3.org/TR/trace-context/).
type Context struct {
	Trace   TraceID
	Parent  SpanID // the caller's span; zero when the trace begins here
	Server  SpanID // our span for the request
	Client  SpanID // our span for the target exchange: the target's parent
	Sampled bool   // the decision made at the start, as the target is told
	Flags   byte   // the caller's flags other than sampled, passed on
}

const sampledFlag = 0x01

// newContext continues the trace of an incoming traceparent value or, when
// there is none that is valid, begins a new one.
func newContext(traceparent []byte, s Sampling) Context {
	c, continued := parseTraceparent(traceparent)
	if !continued {
		c = Context{}
		binary.BigEndian.PutUint64(c.Trace[:8], rand.Uint64())
		binary.BigEndian.PutUint64(c.Trace[8:], rand.Uint64()|1) // an all-zero id is invalid
	}
	c.Sampled = s.decide(&c, continued)
	binary.BigEndian.PutUint64(c.Server[:], rand.Uint64()|1)
	binary.BigEndian.PutUint64(c.Client[:], rand.Uint64()|1)
	return c
}

// parseTraceparent reads version-traceid-parentid-flags. A version above 00
// may carry more after the flags (section 3.2.4 of the recommendation).
func parseTraceparent(v []byte) (Context, bool) {
	var c Context
	var version, flags [1]byte
	if len(v) < 55 || v[2] != '-' || v[35] != '-' || v[52] != '-' {
		return c, false
	}
	if !lowerHex(version[:], v[:2]) || !lowerHex(c.Trace[:], v[3:35]) ||
		!lowerHex(c.Parent[:], v[36:52]) || !lowerHex(flags[:], v[53:55]) {
		return c, false
	}
	switch {
	case version[0] == 0xff, c.Trace == TraceID{}, c.Parent == SpanID{}:
		return c, false
	case version[0] == 0 && len(v) != 55:
		return c, false
	case len(v) > 55 && v[55] != '-':
		return c, false
	}
	c.Sampled = flags[0]&sampledFlag != 0
	c.Flags = flags[0] &^ sampledFlag
	if version[0] > 0 {
		c.Flags = 0 // meaning unknown: a restarted 00 value carries only what 00 defines
	}
	return c, true
}

// lowerHex decodes src into dst and refuses upper-case digits, which the
// recommendation does not allow.
func lowerHex(dst, src []byte) bool {
	for _, b := range src {
		if b >= 'A' && b <= 'F' {
			return false
		}
	}
	_, err := hex.Decode(dst, src)
	return err == nil
}

// AppendTraceparent appends the value the target receives: our client span is
// its parent.
func (c *Context) AppendTraceparent(dst []byte) []byte {
	flags := c.Flags
	if c.Sampled {
		flags |= sampledFlag
	}
	dst = append(dst, "00-"...)
	dst = hex.AppendEncode(dst, c.Trace[:])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, c.Client[:])
	dst = append(dst, '-')
	return hex.AppendEncode(dst, []byte{flags})
}

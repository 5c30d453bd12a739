// Package wire treats an HTTP/1.1 head as bytes.
//
// A head is judged in one strict pass and never rebuilt. What is fine keeps its bytes, order and case, and the relay copies
// it line by line. The few fields a gateway must understand (framing, connection management, Host, the expectations) are
// found in the same pass. What two readers could understand differently is refused, because the reader behind this gateway
// may be the other one: that is how requests are smuggled.
//
// The life of a message on one connection:
//
//  1. A [Reader] owns the read side. ReadRequest or ReadResponse reads until one head is complete, or until it is certain
//     that none can follow: every line is judged as soon as its end is in, every limit as soon as it must be broken.
//  2. The [Request] or [Response] now holds slices into the Reader's buffer. They are pinned: however much body is read,
//     they stay as they are until the next head is read, the buffer is released or the Reader is reset.
//  3. Head.Framing and Head.Length say how the body ends. A [Body] reads exactly that and not one byte more; an end that
//     comes too early is io.ErrUnexpectedEOF, at whichever byte it comes.
//  4. Trailers of a chunked body arrive cleaned, for they come too late to take part in any decision.
//  5. What follows in the buffer is the next message, or, after an Upgrade, the first bytes of the tunnel: Reader.Take.
//
// The law is RFC 9112 (syntax, framing) and RFC 9110 (fields); where both leave a choice, the stricter reading is taken.
// Start reading at scanner.go, then request.go and framing.go; reader.go holds the rules of the buffer.
package wire

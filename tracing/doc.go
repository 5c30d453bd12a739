// Package tracing names a request, times its steps and hands the finished
// record to whoever wants to tell about it.
//
// The life of a record:
//
//  1. A [Recorder] gives every client connection a [Connection], which counts
//     the requests on it; the two numbers make the message id (contract
//     section 4), the name under which a request is found everywhere.
//  2. [Connection.Begin] starts a [Transaction]: trace and span ids are chosen
//     here, because the target has to receive them (W3C Trace Context), and so
//     is the sampling decision.
//  3. As the request travels, [Transaction.Enter] marks the step it has
//     reached. Steps follow one another, so entering one ends the one before:
//     one look at the clock per step.
//  4. [Transaction.Finish] closes the [Record] and shows it to the observers,
//     each a plain function. Log lines, spans, trace sessions and metrics are
//     such renderings; none of them is on the data path, and a record nobody
//     wants costs none of them.
//
// An [Exporter] is the observer that makes spans. It appends them as protobuf
// bytes to a pooled buffer (a renderer), straight from the record: objects of an
// SDK would cost more than relaying the request. The queue gathers these bytes
// into batches, and a goroutine uploads them with OpenTelemetry's own clients.
package tracing

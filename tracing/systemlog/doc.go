// Package systemlog writes and reads system.log, the file in which support looks up a message id.
//
// The life of one line:
//
//  1. Somebody calls a zerolog.Logger whose writer is a *Writer. zerolog renders the event as one JSON object.
//  2. record.decode reads that object into a fixed struct, without allocating (decode.go, cursor.go).
//  3. record.appendText or appendJSON renders it (text.go, json.go). Whatever came from the network is made visible on the
//     way (escape.go): a value can neither start a line nor pose as another field. Both steps pass over what is plain
//     several bytes at a time (plain.go).
//  4. The line is copied into a queue bounded in bytes (queue.go). The caller returns here, whatever the disk does.
//  5. One goroutine writes what is queued (drain.go) to standard output or to a file that rotates by size (output.go).
//
// When the disk is full, gone or hangs, the queue fills and lines are dropped, the less severe ones first, because each level
// may fill only a share of the queue: DEBUG a half, INFO three quarters, WARN seven eighths, ERROR all of it. Writing is tried
// again every second, on a freshly opened file, from the byte where it stopped. After recovery WARN lines say how long the
// file could not be written and how many lines are missing; Dropped has the count at any time.
//
// Parse goes the other way: from a line of ours, in either format, or of the original, to an Event and a Channel.
//
// # What the text layout leaves out
//
// The original's layout has no place for further fields, so the text format shows only the fixed ones; zerolog's "error" is
// the exception and follows the message after a colon, since a reason that is missing helps nobody. The JSON format has
// every field. An event without a logger is one of the process itself, BOOTSTRAP, and without a thread it is Apigee-Main-1.
//
// # Why the rotation is our own
//
// github.com/DeRuina/timberjack v1.4.9 stops its goroutine on Close, but it cannot reopen its file without rotating it, which
// SIGHUP must do (after Close every write opens and closes the file again, without rotation). It creates a missing parent
// directory, refuses a write longer than the size limit, opens fresh files without O_APPEND (so an external copytruncate
// leaves holes), and reports its own trouble on standard error. The little that is needed of it is in output.go.
package systemlog

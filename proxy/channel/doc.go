// Package channel opens, uses, counts, reuses and closes one connection to one
// target, and is the only place that knows how old, how used and how open that
// connection is.
//
// The life of a Channel:
//
//  1. Target.ConnectContext starts the connect timer, the first of three. It
//     covers the name lookup and every address tried.
//  2. Dialer.Lookup turns the target's host into addresses.
//  3. Dialer.Dial tries the addresses one after the other and returns a Channel:
//     a TCP connection with an id, an age and a use count of 1.
//  4. Channel.Tunnel asks the forward proxy, if one is on the way, to connect to
//     the target.
//  5. Channel.Handshake runs TLS under the second timer. Connecting and the
//     handshake are two calls because their failures are two different faults.
//  6. Channel.Use begins one exchange: the byte counters start at zero. Every
//     Write and every Read from here on runs under the third timer, which is an
//     idle timer: it starts anew with each call.
//  7. Channel.ReadResponse and Channel.Body read what the target answers.
//  8. Pool.Put keeps a healthy Channel for the next exchange; Pool.Take looks at
//     it before handing it out. Anything else ends in Channel.Close.
//
// Whatever goes wrong comes back as *Error: the Phase it happened in, the Cause,
// and a Snapshot of the Channel. The Snapshot is taken at the moment of failure,
// while the connection is still open, because that is what the original's log
// line shows (isOpen=true beside a handshake timeout) and because the kernel's
// TCP_INFO, which tells a firewall from a silent backend, is gone after close.
//
// Counters count application bytes, above TLS: in a handshake timeout both are
// zero although a ClientHello went out.
//
// Closing is orderly and immediate: a FIN, no TLS alert and no reset by choice.
//
// A Channel belongs to one exchange at a time. Within it one goroutine may write
// while another reads; Snapshot and Close may be called from anywhere.
package channel

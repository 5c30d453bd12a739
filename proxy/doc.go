// Package proxy takes a client's request in and gives the target's answer, or
// a fault, out. The life of a request:
//
//  1. The door (door.go) is a fasthttp server that accepts the connection,
//     waits for the first head and hands the connection over. Nothing fasthttp
//     parsed is used: its bytes are scanned again by package wire.
//  2. The client (client.go) is that connection from then on. It reads one
//     head after the other and runs one exchange for each.
//  3. The exchange (exchange.go) is the path of one request, a method that
//     reads like it: identify the proxy, take the body, open a Channel, send,
//     receive, respond. Each step is a verb in a file of its own: routes.go,
//     request.go, open.go, response.go.
//  4. Whatever goes wrong leaves as one error and arrives in fail.go, where a
//     table turns phase and cause into a fault of the catalogue. Nothing is
//     retried, because what the original does not hide must not be hidden here.
//  5. The finished record goes to its observers (package tracing); log.go is
//     the one that writes system.log.
//
// Bodies are buffered up to a limit before they are passed on, as the original
// does; a target can be set to stream either direction (stream.go). An
// Upgrade that the target agrees to becomes a tunnel (upgrade.go).
//
// A Gateway serves from one immutable state (state.go), which a reload
// replaces whole; a request under way keeps the state it began with.
package proxy

// Package lab runs backends that misbehave, each in exactly one documented way, so that every target-side fault of the
// gateway has a guilty backend to show it with. It is a feature of the product and the fixture of its tests at once.
//
// How a lab comes up:
//
//  1. [Start] makes a certificate authority in memory and a handful of certificates: a good one, an expired one, one for
//     another name, one of an authority nobody knows. Every backend shares them.
//  2. Each backend is an [Entry]: a row of the table (table.go) with its knobs set, and perhaps others that take a share of
//     its connections, or all of them for a while. Nothing is returned before every address is taken.
//  3. A behaviour says on which level it wants its connections: from the first byte (place.listen), after the handshake
//     (place.listenTLS), after each request (place.listenExchanges), or as a well-behaved HTTP server (place.listenHTTP).
//     That makes it a handler, for which a server listens; the server gives each connection the handler that the plan of
//     its entry says (plan.go). The few behaviours that are about having no listener at all (connect-refused,
//     connect-timeout, dns-failure and the like) open what they need, and have it alone.
//  4. [Lab.Switch] and the control API ([Lab.Handler]) change plans while they run. Open connections keep the handler they
//     got, but those with another one than is now in force end when they rest between two requests (link.go).
//  5. [Lab.Close] ends listeners, connections and goroutines, and waits for them.
//
// What a peer may cost is bounded: the number of connections of each backend (maxStuck, maxServed; the kernel's queue
// holds the rest), the life of each connection (lifetime), the bytes of a request head (maxHead). What fasthttp keeps for
// the whole process, one goroutine that renders the Date field, stays after Close.
//
// How connections end is part of what is shown. hangUp sends FIN and reads on until the peer has closed too, so that no
// RST follows data left unread; reset sends RST on purpose; both leave out TLS's close_notify, as a crashed backend does.
//
// For the faults that a client causes there are scripted clients (client.go): one request each, byte for byte.
//
// To add a behaviour: a file with a struct whose fields are its knobs and whose open method is one line, a row in the
// table, a test that looks at the wire with a raw client.
package lab

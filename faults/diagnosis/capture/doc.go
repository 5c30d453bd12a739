// Package capture records packets: the playbook's tcpdump step as a part of the product, without libpcap and cgo. It
// reads from an AF_PACKET socket, which is Linux and needs the privilege CAP_NET_RAW.
//
// There are two ways to use it.
//
// A Recording is one capture from the command line, to one file or to a ring of files:
//
//  1. Resolve turns names and ports into endpoints.
//  2. Open compiles them into a filter that the kernel runs (filter.go), opens the socket (socket_linux.go) and only then
//     creates the file (output.go), so that a failure leaves nothing behind.
//  3. Recording.Run writes packets until its context ends or the size is reached.
//
// A Watch lives in the gateway and keeps the last packets of every target in memory, to have them when something has gone
// wrong:
//
//  1. Watch.Dialing is told of every address before the gateway connects to it. A new one is let through the kernel's
//     filter before the first SYN leaves.
//  2. The packets of each target are kept by connection (ring.go): of each its beginning, which holds both handshakes, and
//     its end. When memory runs short, connections that have ended go first and busy ones are cut next, so that a
//     handshake that has been stuck for 55 seconds is still there on a target with thousands of other requests.
//  3. Watch.Fault names the connection of a transaction that ended in a fault. A moment later its packets are written to
//     MESSAGE_ID.pcapng (save.go), with the TLS secrets of the connection (keys.go) if that was asked for.
//  4. Find says where the capture of a message id is.
//
// Every file is pcapng with Linux cooked headers, as "tcpdump -i any" writes them: all interfaces at once, and each packet
// on loopback once, although the kernel shows it twice.
package capture

// Package packets reads a packet capture and tells for each TCP connection in it what somebody with Wireshark and an
// hour would: the three-way handshake, the ClientHello and whether it was acknowledged or sent again, what the backend
// answered, who ended the connection and how, and what all that says about the cause. It is the step "Analyze the TCP/IP
// packets" of the playbook "502 Bad Gateway, TLS handshake timeout".
//
// How a capture becomes a report:
//
//  1. A source (source.go, blocks.go) yields the packets of a pcap or pcapng file one by one, so that a capture of any size
//     takes little memory. Where the file is damaged it stops, with the offset; what came before is used all the same.
//  2. A packet becomes a segment (link.go, segment.go): the link layer is taken off, IP and TCP are decoded.
//  3. A table finds the flow of a segment (table.go). The flow follows both directions (flow.go, direction.go): what was
//     sent, acknowledged, sent again, and what is missing, and puts the bytes in order.
//  4. In-order bytes are read as TLS records (records.go, handshake.go, hello.go) or as HTTP/1 (http.go) as far as they are
//     not encrypted. Each remarkable thing becomes an Event with its time and packet number.
//  5. The events and counters become evidence for package verdict (evidence.go), whose judgement is the same as for a live
//     request or a probe. The sentences with packet numbers are added here (facts.go).
//
// After the ServerHello of TLS 1.3 all is encrypted, alerts and certificates included. The types and sizes of records
// still tell requests from answers and alerts from data; where they do not suffice the verdict says so.
//
// Packet numbers are those of Wireshark: the first packet of the file is number 1.
package packets

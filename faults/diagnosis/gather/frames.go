package gather

import (
	"bytes"
	"encoding/binary"
)

// frames cleans packets. It knows for each direction of each connection whether TLS is spoken: TLS records stay as they
// are, everything else that a connection carried is overwritten, because nothing tells where a password would begin
// when it may be spread over packets.
type frames struct{ secure map[string]bool }

// maxFlows bounds what is remembered. Later connections are overwritten.
const maxFlows = 100_000

func newFrames() *frames { return &frames{map[string]bool{}} }

// Link types (the tcpdump group's registry) and what stands before the IP header.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawBSD   = 12
	linkRawOpen  = 14
	linkRaw      = 101
	linkLoop     = 108
	linkCooked   = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkCooked2  = 276
)

func knownLink(link uint32) bool {
	switch link {
	case linkNull, linkEthernet, linkRawBSD, linkRawOpen, linkRaw, linkLoop, linkCooked, linkIPv4, linkIPv6, linkCooked2:
		return true
	}
	return false
}

// EtherTypes.
const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeIPv6 = 0x86dd
)

// clean overwrites in a frame what could give something away, and tells whether there was anything.
func (f *frames) clean(link uint32, frame []byte) bool {
	packet, kind := network(link, frame)
	switch {
	case kind == typeARP:
		return false
	case len(packet) > 0 && kind == 0:
		kind = map[byte]int{4: typeIPv4, 6: typeIPv6}[packet[0]>>4]
	}
	switch kind {
	case typeIPv4:
		return f.ipv4(packet)
	case typeIPv6:
		return f.ipv6(packet)
	}
	return blank(packet)
}

// network is what follows the link layer's header, and its EtherType; 0 where the packet's first digit tells.
func network(link uint32, frame []byte) (packet []byte, kind int) {
	skip, typeAt := 0, -1
	switch link {
	case linkNull, linkLoop:
		skip = 4
	case linkEthernet:
		skip, typeAt = 14, 12
	case linkCooked:
		skip, typeAt = 16, 14
	case linkCooked2:
		skip, typeAt = 20, 0
	}
	if len(frame) < skip {
		return frame, -1
	}
	if typeAt < 0 {
		return frame[skip:], 0
	}
	kind = int(binary.BigEndian.Uint16(frame[typeAt:]))
	packet = frame[skip:]
	for (kind == 0x8100 || kind == 0x88a8 || kind == 0x9100) && len(packet) >= 4 { // VLAN tags
		kind, packet = int(binary.BigEndian.Uint16(packet[2:])), packet[4:]
	}
	return packet, kind
}

// Protocols of IP.
const (
	protocolICMP   = 1
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58
)

func (f *frames) ipv4(p []byte) bool {
	if len(p) < 20 {
		return blank(p)
	}
	head := int(p[0]&0xf) * 4
	if head < 20 || head > len(p) {
		return blank(p[20:])
	}
	if binary.BigEndian.Uint16(p[6:])&0x1fff != 0 { // a later fragment
		return blank(p[head:])
	}
	return f.transport(p[9], p[12:20], p[head:])
}

// ipv6 walks over the extension headers that can stand before the payload (RFC 8200 section 4).
func (f *frames) ipv6(p []byte) bool {
	if len(p) < 40 {
		return blank(p)
	}
	next, ends, rest := p[6], p[8:40], p[40:]
	for len(rest) >= 8 {
		switch next {
		case 0, 43, 60: // hop-by-hop, routing, destination options
			size := (int(rest[1]) + 1) * 8
			if size > len(rest) {
				return blank(rest)
			}
			next, rest = rest[0], rest[size:]
			continue
		case 44: // fragment
			if binary.BigEndian.Uint16(rest[2:])&^7 != 0 {
				return blank(rest[8:])
			}
			next, rest = rest[0], rest[8:]
			continue
		}
		break
	}
	return f.transport(next, ends, rest)
}

// quoted is how much of an ICMP message stays, in bytes: its header and those of the packet it is about.
const quoted = 8 + 20 + 8

func (f *frames) transport(protocol byte, ends, segment []byte) bool {
	switch {
	case protocol == protocolTCP && len(segment) >= 20:
		head := int(segment[12]>>4) * 4
		if head < 20 || head > len(segment) {
			return blank(segment[20:])
		}
		return f.payload(string(ends)+string(segment[:4]), segment[head:])
	case protocol == protocolUDP && len(segment) >= 8:
		if from, to := binary.BigEndian.Uint16(segment), binary.BigEndian.Uint16(segment[2:]); from == 53 || to == 53 {
			return false // DNS tells names and addresses, which are in the archive anyway
		}
		return blank(segment[8:])
	case protocol == protocolICMP || protocol == protocolICMPv6:
		return blank(segment[min(quoted, len(segment)):])
	}
	return blank(segment)
}

// payload decides about what a segment carries. A direction is TLS from its first bytes on, or from a hello that comes
// later, as after CONNECT. Of an answer in the clear the status stays: it tells who answered instead of TLS.
func (f *frames) payload(flow string, p []byte) bool {
	if len(p) < 2 { // a keep-alive probe says nothing
		return blank(p)
	}
	secure, seen := f.secure[flow]
	if !secure && (!seen && isRecord(p) || isHello(p)) {
		secure = true
	}
	if _, known := f.secure[flow]; known || len(f.secure) < maxFlows {
		f.secure[flow] = secure
	}
	if secure {
		return false
	}
	if status := len("HTTP/1.1 400"); len(p) >= status && bytes.HasPrefix(p, []byte("HTTP/1.")) {
		p = p[status:]
	}
	return blank(p)
}

// isRecord tells whether a TLS record begins here (RFC 8446 section 5.1).
func isRecord(p []byte) bool { return p[0] >= 20 && p[0] <= 23 && p[1] == 3 }

// isHello tells whether a handshake begins here, of either side.
func isHello(p []byte) bool {
	return len(p) > 5 && p[0] == 22 && p[1] == 3 && (p[5] == 1 || p[5] == 2)
}

// blank overwrites bytes, and tells whether there were any.
func blank(p []byte) bool {
	for i := range p {
		p[i] = '*'
	}
	return len(p) > 0
}

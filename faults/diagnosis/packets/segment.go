package packets

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// moment is a place in the capture.
type moment struct {
	packet int
	time   time.Time
}

// segment is one TCP segment, or what an ICMP message says about one.
type segment struct {
	moment
	from, to  netip.AddrPort
	flags     flags
	seq, ack  uint32
	length    int    // of the payload as it was sent
	payload   []byte // as far as it was captured
	print     fingerprint
	complaint string // of ICMP about a segment that went from from to to; "" for a segment
}

// fingerprint is the same in two packets only if one is a copy of the other, captured on another interface.
type fingerprint struct {
	id               uint16 // of IPv4
	checksum, window uint16
	seq, ack         uint32
	flags            flags
	length           int
}

type flags uint8

const (
	flagFIN flags = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

func (f flags) has(one flags) bool { return f&one != 0 }

// String is the letters of those that are set.
func (f flags) String() string {
	var b strings.Builder
	for _, l := range []struct {
		flag   flags
		letter byte
	}{{flagSYN, 'S'}, {flagACK, 'A'}, {flagPSH, 'P'}, {flagFIN, 'F'}, {flagRST, 'R'}} {
		if f.has(l.flag) {
			b.WriteByte(l.letter)
		}
	}
	return b.String()
}

// decoder decodes packets; its layers are used again for each.
type decoder struct {
	ip4 layers.IPv4
	ip6 layers.IPv6
	ext layers.IPv6ExtensionSkipper
	tcp layers.TCP
}

// inner is what an IP packet carries.
type inner struct {
	from, to netip.Addr
	protocol layers.IPProtocol
	payload  []byte
	length   int // of the payload as it was sent
	id       uint16
}

// decode makes a segment of a packet; false when there is none in it.
func (d *decoder) decode(r raw) (segment, bool) {
	in, ok := d.ip(network(r.link, r.data))
	if !ok {
		return segment{}, false
	}
	switch in.protocol {
	case layers.IPProtocolTCP:
		return d.segment(in)
	case layers.IPProtocolICMPv4, layers.IPProtocolICMPv6:
		return d.complaint(in)
	}
	return segment{}, false
}

func (d *decoder) ip(data []byte) (inner, bool) {
	if len(data) == 0 {
		return inner{}, false
	}
	switch data[0] >> 4 {
	case 4:
		return d.version4(data)
	case 6:
		return d.version6(data)
	}
	return inner{}, false
}

func (d *decoder) version4(data []byte) (inner, bool) {
	if err := d.ip4.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil {
		return inner{}, false
	}
	from, ok1 := netip.AddrFromSlice(d.ip4.SrcIP)
	to, ok2 := netip.AddrFromSlice(d.ip4.DstIP)
	fragment := d.ip4.FragOffset > 0 || d.ip4.Flags&layers.IPv4MoreFragments != 0
	return inner{from, to, d.ip4.Protocol, d.ip4.Payload, int(d.ip4.Length) - 4*int(d.ip4.IHL), d.ip4.Id}, ok1 && ok2 && !fragment
}

// maxExtensions are the extension headers of IPv6 that are passed over.
const maxExtensions = 8

func (d *decoder) version6(data []byte) (inner, bool) {
	if err := d.ip6.DecodeFromBytes(data, gopacket.NilDecodeFeedback); err != nil {
		return inner{}, false
	}
	from, ok1 := netip.AddrFromSlice(d.ip6.SrcIP)
	to, ok2 := netip.AddrFromSlice(d.ip6.DstIP)
	in := inner{from: from, to: to, protocol: d.ip6.NextHeader, payload: d.ip6.Payload, length: int(d.ip6.Length)}
	if in.length == 0 { // a jumbogram
		in.length = len(in.payload)
	}
	for range maxExtensions {
		switch in.protocol {
		case layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination:
			if d.ext.DecodeFromBytes(in.payload, gopacket.NilDecodeFeedback) != nil {
				return inner{}, false
			}
			in.protocol, in.payload, in.length = d.ext.NextHeader, d.ext.Payload, in.length-len(d.ext.Contents)
		default:
			return in, ok1 && ok2
		}
	}
	return inner{}, false
}

func (d *decoder) segment(in inner) (segment, bool) {
	if err := d.tcp.DecodeFromBytes(in.payload, gopacket.NilDecodeFeedback); err != nil {
		return segment{}, false
	}
	t := &d.tcp
	s := segment{
		from: netip.AddrPortFrom(in.from, uint16(t.SrcPort)), to: netip.AddrPortFrom(in.to, uint16(t.DstPort)),
		seq: t.Seq, ack: t.Ack, length: max(in.length-4*int(t.DataOffset), 0), payload: t.Payload,
	}
	for _, f := range []struct {
		set  bool
		flag flags
	}{{t.FIN, flagFIN}, {t.SYN, flagSYN}, {t.RST, flagRST}, {t.PSH, flagPSH}, {t.ACK, flagACK}} {
		if f.set {
			s.flags |= f.flag
		}
	}
	s.payload = s.payload[:min(len(s.payload), s.length)]
	s.print = fingerprint{in.id, t.Checksum, t.Window, s.seq, s.ack, s.flags, s.length}
	return s, true
}

// What ICMP says when a segment cannot be delivered: RFC 792 and 1812 for IPv4, RFC 4443 for IPv6.
const (
	unreachable4, unreachable6, tooBig6 = 3, 1, 2
	icmpHead                            = 8 // bytes before the packet that is complained about
)

var reasons4 = map[byte]string{0: "network unreachable", 1: "host unreachable", 3: "port unreachable", 4: "packet too big",
	9: "network prohibited", 10: "host prohibited", 13: "prohibited by a filter"}

var reasons6 = map[byte]string{0: "no route", 1: "prohibited by a filter", 3: "address unreachable", 4: "port unreachable",
	5: "source address refused by a filter", 6: "route rejected"}

const packetTooBig = "packet too big"

// complaint reads an ICMP message about a TCP segment, of which only the ports are needed.
func (d *decoder) complaint(in inner) (segment, bool) {
	if len(in.payload) < icmpHead {
		return segment{}, false
	}
	kind, code, six := in.payload[0], in.payload[1], in.protocol == layers.IPProtocolICMPv6
	var reason string
	switch {
	case !six && kind == unreachable4:
		reason = reasons4[code]
	case six && kind == unreachable6:
		reason = reasons6[code]
	case six && kind == tooBig6:
		reason = packetTooBig
	default:
		return segment{}, false
	}
	if reason == "" {
		reason = "unreachable"
	}
	about, ok := d.ip(in.payload[icmpHead:])
	if !ok || about.protocol != layers.IPProtocolTCP || len(about.payload) < 8 {
		return segment{}, false
	}
	port := func(at int) uint16 { return binary.BigEndian.Uint16(about.payload[at:]) }
	return segment{complaint: reason, from: netip.AddrPortFrom(about.from, port(0)), to: netip.AddrPortFrom(about.to, port(2)),
		seq: binary.BigEndian.Uint32(about.payload[4:])}, true
}

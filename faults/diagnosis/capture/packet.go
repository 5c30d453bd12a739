package capture

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// cookedSize is the length of a Linux cooked header in bytes.
const cookedSize = 16

// cooked is the pseudo link header of LINKTYPE_LINUX_SLL: packet type, hardware type, length of the link address, the
// address in eight bytes, protocol. All numbers are in network order.
type cooked [cookedSize]byte

// packet is one IP packet as an interface has seen it.
type packet struct {
	at     time.Time
	link   cooked
	length int    // of the whole IP packet in bytes
	data   []byte // from the IP header on, no longer than the snapshot length
}

// Flags of a TCP header (RFC 9293 section 3.1).
const (
	flagFIN = 0x01
	flagSYN = 0x02
	flagRST = 0x04
	flagACK = 0x10
)

// Numbers of RFC 791 and RFC 8200, and of the protocols above.
const (
	protocolTCP = 6
	protocolUDP = 17
	headerIPv6  = 40
)

// segment is what of a TCP segment decides where its packet is kept.
type segment struct {
	from, to netip.AddrPort
	sequence uint32
	flags    byte
	payload  []byte
}

// dissect reads an IP packet that carries the beginning of a TCP segment. IPv6 extension headers are not followed: the
// kernel's filter lets no such packet through.
func dissect(ip []byte) (segment, bool) {
	var from, to netip.Addr
	var tcp []byte
	switch {
	case len(ip) >= 20 && ip[0]>>4 == 4 && ip[9] == protocolTCP && binary.BigEndian.Uint16(ip[6:])&0x1fff == 0:
		from, to = netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
		tcp = after(ip, int(ip[0]&0x0f)*4, int(binary.BigEndian.Uint16(ip[2:])))
	case len(ip) >= headerIPv6 && ip[0]>>4 == 6 && ip[6] == protocolTCP:
		from, to = netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40]))
		tcp = after(ip, headerIPv6, headerIPv6+int(binary.BigEndian.Uint16(ip[4:])))
	}
	if len(tcp) < 20 {
		return segment{}, false
	}
	return segment{
		from:     netip.AddrPortFrom(from, binary.BigEndian.Uint16(tcp)),
		to:       netip.AddrPortFrom(to, binary.BigEndian.Uint16(tcp[2:])),
		sequence: binary.BigEndian.Uint32(tcp[4:]),
		flags:    tcp[13],
		payload:  after(tcp, int(tcp[12]>>4)*4, len(tcp)),
	}, true
}

// leastHeader is the length of the shortest header of IPv4 and of TCP, in bytes. One that says it is shorter is a lie.
const leastHeader = 20

// after is what follows a header, up to the end that a length field gives: short frames are padded. A length of nothing
// but the header stands for a packet too large for its field, which segmentation offload makes.
func after(b []byte, header, end int) []byte {
	if end <= header || end > len(b) {
		end = len(b)
	}
	if header < leastHeader || header > end {
		return nil
	}
	return b[header:end]
}

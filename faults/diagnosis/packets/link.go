package packets

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"
)

// The types of Ethernet frames that matter.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8 // the outer tag of two
	etherOld  = 0x9100 // the same, before there was a standard
)

// Lengths of link headers, and where the type of the content stands in them. Linux cooked captures are what "-i any" gives,
// the second version since libpcap 1.10.
const (
	ethernetHead, ethernetType = 14, 12
	cookedHead, cookedType     = 16, 14
	cooked2Head, cooked2Type   = 20, 0
	tag                        = 4 // bytes of a VLAN tag, the type included
	family                     = 4 // bytes of a loopback header
)

// Some systems write their own number for raw IP (LINKTYPE_RAW is 101).
const linkRawBSD, linkRawOpenBSD = 12, 14

// network takes off the link layer and the VLAN tags: what is left begins with an IP header. nil: no IP, or a link type that
// is not known.
func network(link layers.LinkType, data []byte) []byte {
	switch link {
	case layers.LinkTypeEthernet:
		return untagged(data, ethernetHead, ethernetType)
	case layers.LinkTypeLinuxSLL:
		return untagged(data, cookedHead, cookedType)
	case layers.LinkTypeLinuxSLL2:
		return untagged(data, cooked2Head, cooked2Type)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return data[min(family, len(data)):] // the version of IP tells the family better than the header does
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, linkRawBSD, linkRawOpenBSD:
		return data
	}
	return nil
}

func untagged(data []byte, head, typeAt int) []byte {
	if len(data) < head {
		return nil
	}
	kind, data := binary.BigEndian.Uint16(data[typeAt:]), data[head:]
	for kind == etherVLAN || kind == etherQinQ || kind == etherOld {
		if len(data) < tag {
			return nil
		}
		kind, data = binary.BigEndian.Uint16(data[2:]), data[tag:]
	}
	if kind != etherIPv4 && kind != etherIPv6 {
		return nil
	}
	return data
}

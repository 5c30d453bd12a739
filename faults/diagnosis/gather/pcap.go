package gather

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// The layout of pcap (draft-ietf-opsawg-pcap): a header of 24 bytes, then packets, each with a header of 16.
const (
	pcapHeader   = 24
	packetHeader = 16
)

// cleanPcap copies a pcap file, with the payload of its packets cleaned.
func cleanPcap(raw []byte) (capture, error) {
	order := pcapOrder(raw)
	if order == nil {
		return capture{}, errNoCapture
	}
	link := order.Uint32(raw[20:]) & 0xffff
	if !knownLink(link) {
		return capture{}, unknownLink(link)
	}
	c := capture{out: bytes.Clone(raw), extension: "pcap", damaged: -1}
	frames := newFrames()
	at := pcapHeader
	for at < len(raw) {
		if len(raw)-at < packetHeader || int64(order.Uint32(raw[at+8:])) > int64(len(raw)-at-packetHeader) {
			c.damaged = at
			break
		}
		end := at + packetHeader + int(order.Uint32(raw[at+8:]))
		c.count(frames.clean(link, c.out[at+packetHeader:end]))
		at = end
	}
	c.out = c.out[:at]
	return c, nil
}

// pcapOrder is the byte order of a pcap file, nil if it is none. The magic numbers are those for microseconds and for
// nanoseconds.
func pcapOrder(raw []byte) binary.ByteOrder {
	if len(raw) < pcapHeader {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if magic := order.Uint32(raw); magic == 0xa1b2c3d4 || magic == 0xa1b23c4d {
			return order
		}
	}
	return nil
}

func (c *capture) count(blanked bool) {
	c.packets++
	if blanked {
		c.blanked++
	}
}

func unknownLink(link uint32) error {
	return fmt.Errorf("its link type %d is not known here, so nobody can tell what it would give away", link)
}

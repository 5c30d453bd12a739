package gather

import (
	"encoding/binary"
)

// The blocks of pcapng (draft-ietf-opsawg-pcapng) that matter here. Types are the same in both byte orders only for the
// section header, by which a reader learns the order.
const (
	sectionMagic = "\x0a\x0d\x0d\x0a"

	sectionBlock    = 0x0a0d0d0a
	interfaceBlock  = 1
	simplePacket    = 3
	nameBlock       = 4
	statisticsBlock = 5
	enhancedPacket  = 6
	secretsBlock    = 10

	blockFrame = 12 // bytes: type, length, and the length again at the end
)

// pcapngReader goes through the blocks of a file.
type pcapngReader struct {
	capture
	raw        []byte
	order      binary.ByteOrder
	links      []uint32 // of the section's interfaces
	frames     *frames
	unknown    uint32 // a link type that is not known
	hasUnknown bool
}

// cleanPcapng copies the packets of a pcapng file, cleaned, and what is needed to read them: sections, interfaces,
// names and statistics. Everything else is left out, TLS secrets first of all, and so are the options of sections and
// packets, which may hold comments.
func cleanPcapng(raw []byte) (capture, error) {
	r := &pcapngReader{raw: raw, frames: newFrames()}
	r.extension, r.damaged = "pcapng", -1
	for at := 0; at < len(raw); {
		kind, size, ok := r.header(at)
		if !ok || !r.block(kind, raw[at+8:at+size-4]) {
			r.damaged = at
			break
		}
		at += size
	}
	switch {
	case r.hasUnknown:
		return capture{}, unknownLink(r.unknown)
	case len(r.out) == 0:
		return capture{}, errNoCapture
	}
	return r.capture, nil
}

// header reads type and size of a block and checks that all of it is there.
func (r *pcapngReader) header(at int) (kind uint32, size int, ok bool) {
	rest := r.raw[at:]
	if len(rest) < blockFrame {
		return 0, 0, false
	}
	if string(rest[:4]) == sectionMagic {
		switch {
		case binary.LittleEndian.Uint32(rest[8:]) == 0x1a2b3c4d:
			r.order = binary.LittleEndian
		case binary.BigEndian.Uint32(rest[8:]) == 0x1a2b3c4d:
			r.order = binary.BigEndian
		default:
			return 0, 0, false
		}
	}
	if r.order == nil {
		return 0, 0, false
	}
	length := r.order.Uint32(rest[4:])
	if length < blockFrame || length%4 != 0 || int64(length) > int64(len(rest)) {
		return 0, 0, false
	}
	return r.order.Uint32(rest), int(length), true
}

// block takes one block's body over, or leaves it out. False: it is damaged.
func (r *pcapngReader) block(kind uint32, body []byte) bool {
	switch kind {
	case sectionBlock:
		return r.section(body)
	case interfaceBlock:
		return r.networkInterface(body)
	case enhancedPacket:
		return r.packet(body, 20)
	case simplePacket:
		return r.packet(body, 4)
	case nameBlock, statisticsBlock:
		r.write(kind, body)
	case secretsBlock:
		r.secrets++
	default:
		r.dropped++
	}
	return true
}

// section begins anew. Its length is not known any more.
func (r *pcapngReader) section(body []byte) bool {
	if len(body) < 16 {
		return false
	}
	head := append([]byte{}, body[:8]...)
	r.write(sectionBlock, append(head, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
	r.links = nil
	return true
}

func (r *pcapngReader) networkInterface(body []byte) bool {
	if len(body) < 8 {
		return false
	}
	link := uint32(r.order.Uint16(body))
	if !knownLink(link) {
		r.unknown, r.hasUnknown = link, true
	}
	r.links = append(r.links, link)
	r.write(interfaceBlock, body)
	return true
}

// packet takes a packet over whose data begins at the offset head. Enhanced packets name their interface, simple ones
// belong to the first.
func (r *pcapngReader) packet(body []byte, head int) bool {
	if len(body) < head {
		return false
	}
	in, length, kind := uint32(0), uint32(len(body)-head), uint32(simplePacket)
	if head == 20 {
		in, length, kind = r.order.Uint32(body), r.order.Uint32(body[12:]), enhancedPacket
	} else if original := r.order.Uint32(body); original < length {
		length = original
	}
	if int64(length) > int64(len(body)-head) || int64(in) >= int64(len(r.links)) {
		return false
	}
	padded := min((int(length)+3)&^3, len(body)-head)
	own := append([]byte{}, body[:head+padded]...)
	clear(own[head+int(length):])
	r.count(r.frames.clean(r.links[in], own[head:head+int(length)]))
	r.write(kind, own)
	return true
}

func (r *pcapngReader) write(kind uint32, body []byte) {
	size := uint32(len(body) + blockFrame)
	r.out = r.order.(binary.AppendByteOrder).AppendUint32(r.out, kind)
	r.out = r.order.(binary.AppendByteOrder).AppendUint32(r.out, size)
	r.out = append(r.out, body...)
	r.out = r.order.(binary.AppendByteOrder).AppendUint32(r.out, size)
}

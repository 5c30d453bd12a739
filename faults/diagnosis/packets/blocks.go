package packets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// The blocks of pcapng that matter (draft-ietf-opsawg-pcapng section 4). All others are passed over, so that tables of names
// and the like are not kept in memory.
const (
	blockSection   = 0x0A0D0D0A
	blockInterface = 0x00000001
	blockOldPacket = 0x00000002
	blockSimple    = 0x00000003
	blockEnhanced  = 0x00000006
	blockSecrets   = 0x0000000A

	byteOrderMagic  = 0x1A2B3C4D
	smallestBlock   = 12 // bytes: type, length and length again
	smallestSection = 28
	maxInterfaces   = 4096 // of a section
)

// blocks reads a pcapng file block by block. The reader of pcapgo trusts the lengths inside a block, so that damage to one
// is read as the beginning of another; here every block is bounded by its own frame, and the offset of a broken one known.
type blocks struct {
	in         io.Reader
	order      binary.ByteOrder
	buffer     []byte
	at         int64 // offset of the block in hand
	following  int64 // of the one after it
	interfaces []capturer
	comment    string
	secrets    bool
}

// capturer is an interface that packets were captured on: how they begin and how their time is told.
type capturer struct {
	link   layers.LinkType
	snap   uint32
	ticks  uint64 // per second
	offset int64  // seconds
}

func openNext(in io.Reader) (source, error) {
	b := &blocks{in: in, buffer: make([]byte, maxBlock)}
	if _, _, err := b.block(); err != nil || b.order == nil {
		return nil, fmt.Errorf("%w (%v)", errNoCapture, err)
	}
	return b, nil
}

func (b *blocks) offset() int64         { return b.at }
func (b *blocks) about() (string, bool) { return b.comment, b.secrets }

func (b *blocks) next() (raw, error) {
	for {
		kind, body, err := b.block()
		if err != nil {
			return raw{}, err
		}
		switch kind {
		case blockEnhanced, blockOldPacket:
			return b.packet(kind, body)
		case blockSimple:
			return b.simple(body)
		}
	}
}

// block reads one block, learns from those that are no packets, and returns its kind and what is between its lengths.
func (b *blocks) block() (uint32, []byte, error) {
	b.at = b.following
	var head [smallestBlock]byte
	if n, err := io.ReadFull(b.in, head[:8]); err != nil {
		return 0, nil, atEnd(err, n)
	}
	had := 8
	if binary.LittleEndian.Uint32(head[:4]) == blockSection { // the same in both byte orders
		had = len(head)
		if _, err := io.ReadFull(b.in, head[8:]); err != nil {
			return 0, nil, atEnd(err, 8)
		}
		if err := b.begin(binary.LittleEndian.Uint32(head[8:])); err != nil {
			return 0, nil, err
		}
	}
	kind, length := b.order.Uint32(head[:4]), b.order.Uint32(head[4:8])
	if length < smallestBlock || length%4 != 0 || kind == blockSection && length < smallestSection {
		return 0, nil, fmt.Errorf("a block says that it is %d bytes long", length)
	}
	b.following += int64(length)
	body, err := b.take(kind, head[:had], length)
	if err != nil {
		return 0, nil, err
	}
	return kind, body, b.learn(kind, body)
}

// atEnd is the clean end of a file between two blocks, or what is wrong with it.
func atEnd(err error, read int) error {
	switch {
	case err == io.EOF && read == 0:
		return io.EOF
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file ends in the middle of a block")
	}
	return err
}

// begin starts a section with its byte order.
func (b *blocks) begin(magic uint32) error {
	switch magic {
	case byteOrderMagic:
		b.order = binary.LittleEndian
	case 0x4D3C2B1A:
		b.order = binary.BigEndian
	default:
		return errors.New("a section has no byte-order mark")
	}
	b.interfaces = b.interfaces[:0]
	return nil
}

// take reads a block to its end, where its length stands again. One that does not matter is nil.
func (b *blocks) take(kind uint32, head []byte, length uint32) ([]byte, error) {
	switch kind {
	case blockSection, blockInterface, blockOldPacket, blockSimple, blockEnhanced:
	default:
		b.secrets = b.secrets || kind == blockSecrets
		if _, err := io.CopyN(io.Discard, b.in, int64(length)-int64(len(head))); err != nil {
			return nil, atEnd(err, 1)
		}
		return nil, nil
	}
	if length > maxBlock {
		return nil, fmt.Errorf("a block of %d bytes is longer than any packet", length)
	}
	whole := b.buffer[:length]
	copy(whole, head)
	if _, err := io.ReadFull(b.in, whole[len(head):]); err != nil {
		return nil, atEnd(err, 1)
	}
	if again := b.order.Uint32(whole[length-4:]); again != length {
		return nil, fmt.Errorf("a block is %d bytes long by its head and %d by its end", length, again)
	}
	return whole[8 : length-4], nil
}

// learn takes what later packets need.
func (b *blocks) learn(kind uint32, body []byte) error {
	switch kind {
	case blockSection:
		if major := b.order.Uint16(body[4:]); major != 1 {
			return fmt.Errorf("a section of version %d of pcapng, only 1 is known", major)
		}
		if comment := b.option(body[16:], optionComment); comment != nil && b.comment == "" {
			b.comment = clean(string(comment))
		}
	case blockInterface:
		return b.describe(body)
	}
	return nil
}

// Options of blocks.
const (
	optionEnd        = 0
	optionComment    = 1
	optionResolution = 9
	optionTimeOffset = 14
)

// option finds an option by its code, or nil.
func (b *blocks) option(options []byte, code uint16) []byte {
	for len(options) >= 4 {
		this, length := b.order.Uint16(options), int(b.order.Uint16(options[2:]))
		if this == optionEnd || length > len(options)-4 {
			return nil
		}
		if this == code {
			return options[4 : 4+length]
		}
		options = options[min(4+(length+3)/4*4, len(options)):]
	}
	return nil
}

// describe adds an interface.
func (b *blocks) describe(body []byte) error {
	if len(body) < 8 || len(b.interfaces) == maxInterfaces {
		return errors.New("an interface is described in too few bytes, or there are too many")
	}
	c := capturer{link: layers.LinkType(b.order.Uint16(body)), snap: b.order.Uint32(body[4:]), ticks: 1_000_000}
	if r := b.option(body[8:], optionResolution); len(r) > 0 {
		c.ticks = ticksPerSecond(r[0])
	}
	if o := b.option(body[8:], optionTimeOffset); len(o) >= 8 {
		c.offset = int64(b.order.Uint64(o))
	}
	b.interfaces = append(b.interfaces, c)
	return nil
}

// ticksPerSecond reads a resolution: a negative power of 2 with the upper bit set, else of 10. What 64 bits cannot hold
// becomes the finest they can.
func ticksPerSecond(resolution byte) uint64 {
	if resolution&0x80 != 0 {
		return 1 << min(resolution&0x7f, 63)
	}
	ticks := uint64(1)
	for range min(resolution, 19) {
		ticks *= 10
	}
	return ticks
}

// lastSecond is the end of the year 9999, behind which a time is damage and cannot be written down.
const lastSecond = 253402300799

// time is a packet's, from the two halves of its count of ticks.
func (c capturer) time(high, low uint32) time.Time {
	ticks := uint64(high)<<32 | uint64(low)
	seconds := min(max(int64(ticks/c.ticks)+c.offset, 0), lastSecond)
	if c.ticks <= 1e9 {
		return time.Unix(seconds, int64(ticks%c.ticks*1e9/c.ticks)).UTC()
	}
	return time.Unix(seconds, int64(float64(ticks%c.ticks)/float64(c.ticks)*1e9)).UTC()
}

// packet is an enhanced packet block, or the obsolete one, whose interface has 16 bits.
func (b *blocks) packet(kind uint32, body []byte) (raw, error) {
	if len(body) < 20 {
		return raw{}, errors.New("a packet's block is too short for its head")
	}
	index := b.order.Uint32(body)
	if kind == blockOldPacket {
		index = uint32(b.order.Uint16(body))
	}
	captured := b.order.Uint32(body[12:])
	if index >= uint32(len(b.interfaces)) {
		return raw{}, fmt.Errorf("a packet was captured on interface %d, and %d are described", index, len(b.interfaces))
	}
	if captured > uint32(len(body)-20) {
		return raw{}, fmt.Errorf("a packet of %d bytes in a block that holds %d", captured, len(body)-20)
	}
	c := b.interfaces[index]
	return raw{data: body[20 : 20+captured], link: c.link, time: c.time(b.order.Uint32(body[4:]), b.order.Uint32(body[8:]))}, nil
}

// simple is a simple packet block: of the first interface, without a time.
func (b *blocks) simple(body []byte) (raw, error) {
	if len(body) < 4 || len(b.interfaces) == 0 {
		return raw{}, errors.New("a simple packet without a length or an interface")
	}
	c := b.interfaces[0]
	captured := min(b.order.Uint32(body), uint32(len(body)-4))
	if c.snap > 0 {
		captured = min(captured, c.snap)
	}
	return raw{data: body[4 : 4+captured], link: c.link}, nil
}

package packets

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// source yields the packets of a capture file. What it has given is valid until the next call.
type source interface {
	// next returns io.EOF at the good end. Any other error is the damage.
	next() (raw, error)
	// offset is where the last packet, or what could not be read in its place, begins.
	offset() int64
	// about says what the file tells about itself, as far as it has been read.
	about() (comment string, secrets bool)
}

// raw is one packet as the file has it.
type raw struct {
	data []byte
	link layers.LinkType
	time time.Time // zero where the file does not tell
}

// errNoCapture is an input that is neither pcap nor pcapng.
var errNoCapture = errors.New("this is no packet capture: neither pcap nor pcapng (tcpdump -w, tshark -w and message-processor capture write them)")

// open looks at the first bytes to see which kind of file it is. A gzip file is unpacked on the way.
func open(r io.Reader) (source, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	magic, err := in.Peek(4)
	if len(magic) == 4 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("the file begins like gzip: %w", err)
		}
		in = bufio.NewReaderSize(unpacked, 1<<16)
		magic, err = in.Peek(4)
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("the file begins like gzip: %w", err)
		}
	} else if err != nil && err != io.EOF {
		return nil, err
	}
	if len(magic) < 4 {
		return nil, errNoCapture
	}
	if [4]byte(magic) == [4]byte{0x0A, 0x0D, 0x0D, 0x0A} {
		return openNext(in)
	}
	return openClassic(in)
}

// classic is a file of libpcap.
type classic struct {
	*pcapgo.Reader
	at, following int64
}

const classicHead, classicRecord = 24, 16 // bytes

func openClassic(in *bufio.Reader) (source, error) {
	reader, err := pcapgo.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", errNoCapture, err)
	}
	reader.SetSnaplen(min(reader.Snaplen(), maxBlock))
	return &classic{Reader: reader, following: classicHead}, nil
}

func (c *classic) next() (raw, error) {
	c.at = c.following
	data, info, err := c.ZeroCopyReadPacketData()
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF && info.CaptureLength > 0 {
		return raw{}, errors.New("the file ends in the middle of a packet")
	}
	if err != nil {
		return raw{}, err
	}
	c.following += classicRecord + int64(len(data))
	return raw{data, c.LinkType(), info.Timestamp}, nil
}

func (c *classic) offset() int64         { return c.at }
func (c *classic) about() (string, bool) { return "", false }

package lab

import (
	"encoding/binary"
	"io"
)

const (
	recordHeader    = 5    // type, version, length (RFC 8446 section 5.1)
	handshakeRecord = 0x16 // the type of the record that carries a ClientHello
	maxRecord       = 16<<10 + 256
)

// readHello reads one TLS record, which holds the whole ClientHello of every client met so far.
func readHello(r io.Reader) error {
	var head [recordHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, r, min(recordLength(head[:]), maxRecord))
	return err
}

// recordLength is the length of the fragment that follows the record header at the start of p.
func recordLength(p []byte) int64 { return int64(binary.BigEndian.Uint16(p[3:recordHeader])) }

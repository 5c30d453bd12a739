package capture

import (
	"bytes"
	"encoding/hex"
	"sync"
)

// Bounds of the secrets that are kept.
const (
	keptSessions = 8192 // TLS sessions
	keptLines    = 16   // of one session; TLS 1.3 has five, a handshake begun again no more
	longestLine  = 512  // bytes
)

// Keys is a TLS key log in memory (tls.Config.KeyLogWriter): the secrets of the latest sessions, by the random number of the
// ClientHello, which a capture shows. It is safe for concurrent use.
type Keys struct {
	mu    sync.Mutex
	lines map[string][]byte // by client random in hexadecimal
	order []string          // of their coming
	count map[string]int
}

// NewKeys returns an empty key log.
func NewKeys() *Keys { return &Keys{lines: map[string][]byte{}, count: map[string]int{}} }

// Write takes one line: a label, the client random, the secret. What is no such line is ignored.
func (k *Keys) Write(line []byte) (int, error) {
	fields := bytes.Fields(line)
	if len(fields) != 3 || len(fields[1]) != 2*randomSize || len(line) > longestLine {
		return len(line), nil
	}
	random := string(bytes.ToLower(fields[1]))
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count[random] == 0 {
		if len(k.order) == keptSessions {
			delete(k.lines, k.order[0])
			delete(k.count, k.order[0])
			k.order = k.order[1:]
		}
		k.order = append(k.order, random)
	}
	if k.count[random]++; k.count[random] <= keptLines {
		k.lines[random] = append(k.lines[random], line...)
	}
	return len(line), nil
}

// of returns the lines of one session; nil if there are none, or no more.
func (k *Keys) of(random []byte) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return bytes.Clone(k.lines[hex.EncodeToString(random)])
}

// randomSize is the length of a ClientHello's random, which follows the record's and the message's header and the version
// (RFC 8446 sections 4.1.2 and 5.1).
const (
	randomSize   = 32
	randomOffset = 5 + 4 + 2
)

// clientRandom finds the random of the ClientHello at the beginning of what a client has sent; nil without one.
func clientRandom(payload []byte) []byte {
	if len(payload) < randomOffset+randomSize || payload[0] != 22 || payload[1] != 3 || payload[5] != 1 {
		return nil
	}
	return payload[randomOffset : randomOffset+randomSize]
}
